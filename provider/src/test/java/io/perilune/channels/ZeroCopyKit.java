package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.loop.UserStack;
import io.perilune.loop.Waiter;
import io.perilune.metrics.Counter;
import io.perilune.zerocopy.PacketBytes;
import io.perilune.zerocopy.ZeroCopyChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** What tests of zero-copy share: a stack with its loopback link alone, connections over it, and a look for leaks. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class ZeroCopyKit {

    static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(15);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    UserStack stack;
    World.TestProvider provider;

    /** Two ends of one connection, both blocking. */
    record Ends(SocketChannel near, SocketChannel far) {
        ZeroCopyChannel nearZero() {
            return (ZeroCopyChannel) near;
        }

        ZeroCopyChannel farZero() {
            return (ZeroCopyChannel) far;
        }
    }

    final void start(String... keysAndValues) {
        Map<String, String> values = new HashMap<>(Map.of("link", "none", "loopback", "user", "memory", "16m"));
        for (int i = 0; i < keysAndValues.length; i += 2) {
            values.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        stack = UserStack.start(Settings.of(values), null);
        provider = new World.TestProvider(stack);
    }

    /** Connects; a buffer size of 0 is the stack's own. */
    final Ends connect(int bufferSize) throws IOException {
        try (ServerSocketChannel server = provider.openServerSocketChannel()) {
            if (bufferSize > 0) {
                server.setOption(java.net.StandardSocketOptions.SO_RCVBUF, bufferSize);
            }
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            SocketChannel near = closing(provider.openSocketChannel());
            if (bufferSize > 0) {
                near.setOption(java.net.StandardSocketOptions.SO_RCVBUF, bufferSize);
                near.setOption(java.net.StandardSocketOptions.SO_SNDBUF, bufferSize);
            }
            near.connect(server.getLocalAddress());
            SocketChannel far = closing(server.accept());
            return new Ends(near, far);
        }
    }

    final Ends connect() throws IOException {
        return connect(0);
    }

    final <T extends AutoCloseable> T closing(T closeable) {
        opened.push(closeable);
        return closeable;
    }

    @AfterEach
    void nothingLeaks() throws Exception {
        Thread.interrupted();
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        if (stack != null) {
            awaitUntil(
                    () -> stack.heldByPrograms() == 0 && stack.buffersInUse() == 0,
                    () -> "buffers leak: " + stack.heldByPrograms() + " held, " + stack.buffersInUse() + " in use");
            assertThat(stack.counter(Counter.UNEXPECTED_ERRORS)).isZero();
            stack.close();
        }
    }

    /** Something that comes true while the stack works. */
    interface Condition {
        boolean isTrue() throws Exception;
    }

    final void awaitUntil(Condition condition, java.util.function.Supplier<String> otherwise) throws Exception {
        Waiter waiter = new Waiter(null);
        long startNs = System.nanoTime();
        while (!condition.isTrue()) {
            assertThat(System.nanoTime() - startNs).as(otherwise).isLessThan(LIMIT_NS);
            waiter.reset();
            stack.await(waiter, TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** Takes until there are at least so many bytes. Returns the pieces. */
    static PacketBytes[] take(ZeroCopyChannel channel, int byteCount) throws IOException {
        PacketBytes[] pieces = new PacketBytes[0];
        int got = 0;
        while (got < byteCount) {
            PacketBytes[] some = new PacketBytes[64];
            int count = channel.take(some, 0, some.length);
            assertThat(count).as("pieces").isNotNegative();
            int before = pieces.length;
            pieces = java.util.Arrays.copyOf(pieces, before + count);
            System.arraycopy(some, 0, pieces, before, count);
            for (int i = 0; i < count; i++) {
                got += some[i].remaining();
            }
        }
        return pieces;
    }

    static byte[] content(PacketBytes... pieces) {
        int length = 0;
        for (PacketBytes piece : pieces) {
            length += piece.remaining();
        }
        ByteBuffer all = ByteBuffer.allocate(length);
        for (PacketBytes piece : pieces) {
            all.put(piece.buffer().duplicate());
        }
        return all.array();
    }

    static void release(PacketBytes... pieces) {
        for (PacketBytes piece : pieces) {
            if (piece != null) {
                piece.release();
            }
        }
    }

    /** Fills memory that the channel lends with bytes. */
    static PacketBytes filled(ZeroCopyChannel channel, byte[] bytes) throws IOException {
        PacketBytes piece = channel.allocate();
        assertThat(piece).isNotNull();
        piece.buffer().put(bytes);
        return piece.filled();
    }

    final long counted(Counter counter) {
        return stack.counter(counter);
    }
}
