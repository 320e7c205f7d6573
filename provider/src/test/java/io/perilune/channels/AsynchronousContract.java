package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.perilune.channels.asynchronous.AsynchronousProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What the contracts of the asynchronous channels share. */
abstract class AsynchronousContract extends Contract {

    private static final Map<World, AsynchronousChannelProvider> PROVIDERS = new EnumMap<>(World.class);

    /** As a program's: one for each world, so that all tests share its default group. */
    final AsynchronousChannelProvider asynchronous() {
        synchronized (PROVIDERS) {
            return PROVIDERS.computeIfAbsent(world, AsynchronousContract::newProvider);
        }
    }

    private static AsynchronousChannelProvider newProvider(World world) {
        return world == World.JDK ? AsynchronousChannelProvider.provider() : over(world.provider());
    }

    static AsynchronousChannelProvider over(SelectorProvider channels) {
        return new AsynchronousProvider() {
            @Override
            protected SelectorProvider selectorProvider() {
                return channels;
            }
        };
    }

    final AsynchronousSocketChannel channel(AsynchronousChannelGroup group) throws IOException {
        return closing(asynchronous().openAsynchronousSocketChannel(group));
    }

    final AsynchronousSocketChannel channel() throws IOException {
        return channel(null);
    }

    final AsynchronousServerSocketChannel unboundListener(AsynchronousChannelGroup group) throws IOException {
        return closing(asynchronous().openAsynchronousServerSocketChannel(group));
    }

    final AsynchronousServerSocketChannel listener(AsynchronousChannelGroup group) throws IOException {
        return unboundListener(group).bind(loopback(0));
    }

    final AsynchronousServerSocketChannel listener() throws IOException {
        return listener(null);
    }

    final AsynchronousChannelGroup fixedGroup(int threads) throws IOException {
        AsynchronousChannelGroup group = asynchronous().openAsynchronousChannelGroup(threads, Thread::new);
        closing(group::shutdownNow);
        return group;
    }

    /** Two ends of one connection. */
    record Ends(AsynchronousSocketChannel client, AsynchronousSocketChannel accepted) {}

    final Ends ends(AsynchronousChannelGroup group) throws Exception {
        return ends(group, group);
    }

    final Ends ends(AsynchronousChannelGroup clients, AsynchronousChannelGroup servers) throws Exception {
        AsynchronousServerSocketChannel listener = listener(servers);
        AsynchronousSocketChannel client = channel(clients);
        Future<AsynchronousSocketChannel> accepting = listener.accept();
        await(client.connect(listener.getLocalAddress()));
        return new Ends(client, closing(await(accepting)));
    }

    final Ends ends() throws Exception {
        return ends(null, null);
    }

    /** A server whose queue is full: who connects now waits. */
    final ServerSocketChannel deafServer() throws IOException {
        ServerSocketChannel server = unboundServer().bind(loopback(0), 1);
        for (int i = 0; i < 8; i++) {
            SocketChannel filler = socket();
            filler.configureBlocking(false);
            filler.connect(server.getLocalAddress());
        }
        // In user space a handshake takes as long as its frames: the queue is full when the first is complete.
        try (Selector selector = provider().openSelector()) {
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            assertThat(selector.select(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS)))
                    .isEqualTo(1);
        }
        return server;
    }

    /** Writes until a write has to wait; the peer does not read. Returns that write. */
    static Future<Integer> writeUntilFull(AsynchronousSocketChannel channel) throws Exception {
        while (true) {
            Future<Integer> write = channel.write(ByteBuffer.allocateDirect(1 << 16));
            if (!write.isDone() && !isDoneSoon(write)) {
                return write;
            }
            await(write);
        }
    }

    /** What lies between the two ends may move on for a moment and make room. */
    private static boolean isDoneSoon(Future<?> future) throws Exception {
        try {
            future.get(200, TimeUnit.MILLISECONDS);
            return true;
        } catch (java.util.concurrent.TimeoutException e) {
            return false;
        }
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    static Throwable failureOf(Future<?> future) {
        Throwable thrown = catchThrowable(() -> await(future));
        return thrown instanceof ExecutionException ? thrown.getCause() : thrown;
    }

    static String readFully(AsynchronousSocketChannel channel, int count) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            assertThat(await(channel.read(buffer)))
                    .as("bytes before the end of the stream")
                    .isPositive();
        }
        return new String(buffer.array(), StandardCharsets.UTF_8);
    }

    static void writeFully(AsynchronousSocketChannel channel, ByteBuffer buffer) throws Exception {
        while (buffer.hasRemaining()) {
            await(channel.write(buffer));
        }
    }

    /** A handler that is asked what it was told, once, and on which thread. */
    static final class Told<V> implements CompletionHandler<V, Object> {
        private final CompletableFuture<V> outcome = new CompletableFuture<>();
        volatile Thread thread;
        volatile Object attachment;
        volatile boolean toldTwice;

        @Override
        public void completed(V result, Object attached) {
            told(attached);
            outcome.complete(result);
        }

        @Override
        public void failed(Throwable cause, Object attached) {
            told(attached);
            outcome.completeExceptionally(cause);
        }

        private void told(Object attached) {
            toldTwice |= thread != null;
            thread = Thread.currentThread();
            attachment = attached;
        }

        V result() throws Exception {
            return await(outcome);
        }

        Throwable failure() {
            return failureOf(outcome);
        }

        /** Null for a result; throws if neither comes. */
        Throwable failureOrNull() throws Exception {
            try {
                await(outcome);
                return null;
            } catch (ExecutionException e) {
                return e.getCause();
            }
        }
    }
}
