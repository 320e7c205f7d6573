package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.loop.UserStack;
import io.perilune.loop.Waiter;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.charset.StandardCharsets;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What the contracts share: channels that are closed after each test, a second thread, bounded waiting. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.perilune.channels.World#chosen")
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class Contract {

    static final long LIMIT_SECONDS = 15;

    @Parameter
    World world;

    private final Deque<Closeable> opened = new ConcurrentLinkedDeque<>();

    @AfterEach
    void closeAll() throws IOException {
        Thread.interrupted();
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    /** Once all is closed no packet memory is held, by programs or by the stack, but for what waits for its peer. */
    @AfterAll
    static void nothingIsHeld() throws InterruptedException {
        long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        Waiter waiter = new Waiter(null);
        for (UserStack stack : World.stacks()) {
            while (stack.buffersInUse() > 0 && System.nanoTime() < untilNs) {
                stack.await(waiter, TimeUnit.MILLISECONDS.toNanos(1));
            }
            assertThat(stack.buffersInUse()).as("buffers in use").isZero();
            assertThat(stack.heldByPrograms()).as("buffers held by programs").isZero();
        }
    }

    final SelectorProvider provider() {
        return world.provider();
    }

    final <T extends Closeable> T closing(T closeable) {
        opened.push(closeable);
        return closeable;
    }

    /** What is still to be closed. */
    final List<Closeable> opened() {
        return List.copyOf(opened);
    }

    final SocketChannel socket() throws IOException {
        return closing(provider().openSocketChannel());
    }

    final ServerSocketChannel unboundServer() throws IOException {
        return closing(provider().openServerSocketChannel());
    }

    final ServerSocketChannel server() throws IOException {
        return unboundServer().bind(loopback(0));
    }

    final Selector selector() throws IOException {
        return closing(provider().openSelector());
    }

    /** Two ends of one connection, both blocking. */
    record Pair(SocketChannel client, SocketChannel accepted) {}

    final Pair pair() throws IOException {
        ServerSocketChannel server = server();
        SocketChannel client = socket();
        client.connect(server.getLocalAddress());
        SocketChannel accepted = closing(server.accept());
        return new Pair(client, accepted);
    }

    /** A connection whose accepted end was aborted, and whose client end has got to know it. */
    final SocketChannel resetByPeer() throws IOException {
        Pair pair = pair();
        pair.accepted.setOption(java.net.StandardSocketOptions.SO_LINGER, 0);
        pair.accepted.close();
        Selector selector = closing(provider().openSelector());
        pair.client.configureBlocking(false);
        pair.client.register(selector, java.nio.channels.SelectionKey.OP_READ);
        selector.select(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
        selector.close();
        pair.client.configureBlocking(true);
        return pair.client;
    }

    /** Where this world's servers are: the loopback address, or one of a link. */
    final InetSocketAddress loopback(int port) {
        return world.address(port);
    }

    static InetSocketAddress ipv6Loopback(int port) throws IOException {
        byte[] bytes = new byte[16];
        bytes[15] = 1;
        return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
    }

    /** An address at which nobody listens: a port that was given and given back. */
    final InetSocketAddress closedPort() throws IOException {
        try (ServerSocketChannel server = provider().openServerSocketChannel()) {
            server.bind(loopback(0));
            return (InetSocketAddress) server.getLocalAddress();
        }
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    static String readExactly(SocketChannel channel, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            assertThat(channel.read(buffer))
                    .as("bytes before the end of the stream")
                    .isNotNegative();
        }
        return new String(buffer.array(), StandardCharsets.UTF_8);
    }

    /** Fills what a non-blocking channel takes; the peer does not read. Returns how many bytes it took. */
    static long fill(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        long taken = 0;
        int idle = 0;
        while (idle < 3) {
            buffer.clear();
            int count = channel.write(buffer);
            taken += count;
            idle = count == 0 ? idle + 1 : 0;
        }
        return taken;
    }

    /** An operation on a thread of its own. */
    static final class Running<T> {
        private final FutureTask<T> task;
        final Thread thread;

        Running(Callable<T> work) {
            task = new FutureTask<>(work);
            thread = new Thread(task, "second thread of a contract");
            thread.setDaemon(true);
            thread.start();
        }

        T get() throws Exception {
            return task.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        }

        Throwable failure() throws Exception {
            try {
                return new AssertionError("ended without an exception: " + get());
            } catch (java.util.concurrent.ExecutionException e) {
                return e.getCause();
            }
        }

        boolean isDone() {
            return task.isDone();
        }

        /** Returns when the thread waits inside: parked, in a native call, or driving the stack. */
        Running<T> untilItWaits() {
            long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (!isWaiting()) {
                assertThat(System.nanoTime()).as("still not waiting").isLessThan(endNs);
                Thread.onSpinWait();
            }
            return this;
        }

        private boolean isWaiting() {
            Thread.State state = thread.getState();
            if (state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING) {
                return true;
            }
            StackTraceElement[] frames = thread.getStackTrace();
            if (frames.length == 0) {
                return false;
            }
            String top = frames[0].getMethodName();
            if (frames[0].isNativeMethod()
                    && (top.equals("poll")
                            || top.equals("wait")
                            || top.startsWith("read")
                            || top.startsWith("write")
                            || top.startsWith("accept")
                            || top.startsWith("connect"))) {
                return true;
            }
            for (StackTraceElement frame : frames) {
                // Other methods are on the way there: who is closed in those has not waited yet.
                if (frame.getClassName().equals("io.perilune.loop.UserStack")
                        && frame.getMethodName().equals("await")) {
                    return true;
                }
            }
            return false;
        }
    }

    static <T> Running<T> inSecondThread(Callable<T> work) {
        return new Running<>(work);
    }
}
