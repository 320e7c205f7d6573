package io.perilune.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.loop.UserStack;
import io.perilune.loop.WireLink;
import io.perilune.metrics.Counter;
import io.perilune.zerocopy.PacketBytes;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of two stacks on a wire, each with its thread; on a link whose sleep ends on a frame, and one that naps. */
@Timeout(120)
class StreamsOnAWireTest {

    private static final InetSocketAddress ANY_PORT = new InetSocketAddress("198.18.0.3", 0);

    private WireLink[] wire;
    private UserStack near;
    private UserStack far;

    private void start(boolean endsOnFrame) {
        wire = WireLink.pair(endsOnFrame);
        near = UserStack.start(Settings.of(Map.of("address", "198.18.0.2/24", "tcp.msl", "100ms")), wire[0]);
        far = UserStack.start(Settings.of(Map.of("address", "198.18.0.3/24", "tcp.msl", "100ms")), wire[1]);
    }

    @AfterEach
    void nothingLeaks() {
        assertThat(lentInTheEnd(near)).isZero();
        assertThat(lentInTheEnd(far)).isZero();
        near.close();
        far.close();
        for (WireLink end : wire) {
            assertThat(end.misuse).isNull();
            assertThat(end.closed).isTrue();
        }
        assertThat(near.counter(Counter.UNEXPECTED_ERRORS)).isZero();
        assertThat(far.counter(Counter.UNEXPECTED_ERRORS)).isZero();
    }

    private static int lentInTheEnd(UserStack stack) {
        long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        int lent = stack.buffersInUse();
        while (lent > 0 && System.nanoTime() < untilNs) {
            LockSupport.parkNanos(1_000_000);
            lent = stack.buffersInUse();
        }
        return lent;
    }

    /** An echo that keeps what has no room, and stops to read meanwhile. */
    private static final class Echo implements StreamHandler {

        private final Deque<PacketBytes> waiting = new ArrayDeque<>();

        @Override
        public void data(Stream stream, PacketBytes bytes) {
            if (!waiting.isEmpty() || !stream.write(bytes)) {
                waiting.add(bytes);
                stream.pauseReading();
            }
        }

        @Override
        public void writable(Stream stream) {
            while (!waiting.isEmpty()) {
                if (!stream.write(waiting.peek())) {
                    return;
                }
                waiting.remove();
            }
            stream.resumeReading();
        }

        @Override
        public void closed(Stream stream, Throwable cause) {
            waiting.forEach(PacketBytes::release);
        }
    }

    /** Sends all of an array, as there is room, and compares what comes back. */
    private static final class Sender extends Recorder {

        private final ByteBuffer out;
        private final ByteBuffer expected;

        Sender(byte[] all) {
            out = ByteBuffer.wrap(all);
            expected = ByteBuffer.wrap(all);
        }

        @Override
        public void opened(Stream opened) {
            super.opened(opened);
            writable(opened);
        }

        @Override
        public void writable(Stream again) {
            again.write(out);
        }

        @Override
        public void data(Stream from, PacketBytes received) {
            int length = received.remaining();
            ByteBuffer part = expected.slice().limit(length);
            assertThat(received.buffer()).isEqualTo(part);
            received.release();
            expected.position(expected.position() + length);
            bytes.addAndGet(length);
            if (!expected.hasRemaining()) {
                from.close();
            }
        }
    }

    private static byte[] random(int size, int seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void megabytesGoThereAndBackWithoutACopyAtTheServer(boolean endsOnFrame) throws Exception {
        start(endsOnFrame);
        byte[] all = random(4_000_000, 7);
        try (StreamServer port = Streams.on(far).listen(ANY_PORT, 10, Echo::new)) {
            Sender sender = new Sender(all);
            Streams.on(near).connect(port.localAddress(), sender);
            sender.until("closed");
            assertThat(sender.cause).isNull();
            assertThat(sender.bytes).hasValue(all.length);
        }
        assertThat(far.counter(Counter.BYTES_COPIED_RX)).isZero();
        assertThat(far.counter(Counter.BYTES_COPIED_TX)).isZero();
        assertThat(far.counter(Counter.STREAM_HANDLER_FAILURES)).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aThousandConnectionsAreServed(boolean endsOnFrame) throws Exception {
        start(endsOnFrame);
        int connections = 1_000;
        try (StreamServer port = Streams.on(far).listen(ANY_PORT, connections, Echo::new)) {
            List<Sender> senders = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                Sender sender = new Sender(random(500 + i, i));
                Streams.on(near).connect(port.localAddress(), sender);
                senders.add(sender);
            }
            for (Sender sender : senders) {
                sender.until("closed");
                assertThat(sender.cause).isNull();
                assertThat(sender.bytes).hasValue(sender.expected.capacity());
            }
        }
    }

    /** Half of the memory may be held; then nothing more is told until something is released, by whatever thread. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoKeepsAllThatComesSlowsThePeersDownAndGetsOnWhenItReleases(boolean endsOnFrame) throws Exception {
        start(endsOnFrame);
        int streams = 12;
        int size = 400_000;
        Deque<PacketBytes> held = new ArrayDeque<>();
        AtomicInteger received = new AtomicInteger();
        CountDownLatch closed = new CountDownLatch(streams);
        StreamHandler hoarder = new StreamHandler() {
            @Override
            public void data(Stream stream, PacketBytes bytes) {
                received.addAndGet(bytes.remaining());
                synchronized (held) {
                    held.add(bytes);
                }
            }

            @Override
            public void closed(Stream stream, Throwable cause) {
                closed.countDown();
            }
        };
        try (StreamServer port = Streams.on(far).listen(ANY_PORT, streams, () -> hoarder)) {
            for (int i = 0; i < streams; i++) {
                ByteBuffer all = ByteBuffer.allocate(size);
                Streams.on(near).connect(port.localAddress(), new Recorder() {
                    @Override
                    public void opened(Stream opened) {
                        writable(opened);
                    }

                    @Override
                    public void writable(Stream again) {
                        again.write(all);
                        if (!all.hasRemaining()) {
                            again.close();
                        }
                    }
                });
            }
            int stillAt = -1;
            while (received.get() != stillAt || stillAt == 0) { // until nothing moves for a while
                stillAt = received.get();
                LockSupport.parkNanos(500_000_000);
            }
            assertThat(stillAt).isLessThan(streams * size);
            assertThat(far.buffersInUse()).isLessThan(2_000);
            while (closed.getCount() > 0) {
                PacketBytes first;
                synchronized (held) {
                    first = held.poll();
                }
                if (first != null) {
                    first.release();
                } else {
                    Thread.onSpinWait();
                }
            }
            assertThat(received).hasValue(streams * size);
            synchronized (held) {
                held.forEach(PacketBytes::release);
            }
        }
    }

    /** Each side closes, resets, or throws at a random moment; each stream that was opened is closed once. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whateverEndsAStreamItsHandlerHearsOfItOnce(boolean endsOnFrame) throws Exception {
        start(endsOnFrame);
        int connections = 300;
        AtomicInteger accepted = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        AtomicInteger afterClose = new AtomicInteger();
        long seed = System.nanoTime();
        Random seeds = new Random(seed);
        StreamServer port = Streams.on(far).listen(ANY_PORT, connections, () -> {
            accepted.incrementAndGet();
            return new Erratic(new Random(seeds.nextLong()), closed, afterClose);
        });
        try (port) {
            for (int i = 0; i < connections; i++) {
                Random random = new Random(seed + i);
                Stream stream = Streams.on(near).connect(port.localAddress(), new Erratic(random, closed, afterClose) {
                    @Override
                    public void opened(Stream at) {
                        super.opened(at);
                        at.write(ByteBuffer.allocate(100 + random.nextInt(10_000)));
                    }
                });
                if (random.nextInt(4) == 0) {
                    stream.execute(stream::close);
                }
            }
            long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (closed.get() < connections + accepted.get() && System.nanoTime() < untilNs) {
                LockSupport.parkNanos(1_000_000);
            }
        }
        assertThat(closed).as("closed, seed %d", seed).hasValue(connections + accepted.get());
        assertThat(afterClose).as("calls after closed, seed %d", seed).hasValue(0);
    }

    /** A handler that ends its stream when chance has it so. */
    private static class Erratic implements StreamHandler {

        private final Random random;
        private final AtomicInteger closed;
        private final AtomicInteger afterClose;
        private boolean over;

        Erratic(Random random, AtomicInteger closed, AtomicInteger afterClose) {
            this.random = random;
            this.closed = closed;
            this.afterClose = afterClose;
        }

        @Override
        public void opened(Stream stream) {
            check();
        }

        @Override
        public void data(Stream stream, PacketBytes bytes) {
            check();
            switch (random.nextInt(8)) {
                case 0:
                    bytes.release();
                    stream.close();
                    break;
                case 1:
                    stream.abort();
                    bytes.release();
                    break;
                case 2:
                    throw new IllegalStateException("by chance");
                case 3:
                    bytes.release();
                    stream.shutdownOutput();
                    break;
                default:
                    if (!stream.write(bytes)) {
                        bytes.release();
                        stream.close();
                    }
            }
        }

        @Override
        public void ended(Stream stream) {
            check();
            stream.close();
        }

        @Override
        public void closed(Stream stream, Throwable cause) {
            check();
            over = true;
            closed.incrementAndGet();
        }

        private void check() {
            if (over) {
                afterClose.incrementAndGet();
            }
        }
    }
}
