package io.perilune.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.loop.StackUser;
import io.perilune.loop.UserStack;
import io.perilune.metrics.Counter;
import io.perilune.zerocopy.PacketBytes;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams over the loopback link of one stack. */
@Timeout(60)
class StreamsTest {

    private final UserStack stack = start();
    private final Streams streams = Streams.on(stack);

    @AfterEach
    void nothingLeaks() throws Exception {
        long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (stack.buffersInUse() > 0 && System.nanoTime() < untilNs) {
            LockSupport.parkNanos(1_000_000);
        }
        int lent = stack.buffersInUse();
        stack.close();
        assertThat(lent).isZero();
    }

    /** Starts the stack. */
    UserStack start() {
        return StackUser.loopbackStack();
    }

    private StreamServer listen(StreamHandler handler) throws Exception {
        return streams.listen(StackUser.at(0), 100, () -> handler);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void aConnectionIsToldFromItsBeginToItsEndOnBothSides() throws Exception {
        Recorder server = new Recorder();
        try (StreamServer port = listen(server)) {
            Recorder client = new Recorder();
            Stream stream = streams.connect(port.localAddress(), client);
            assertThat(client.next()).isEqualTo("opened");
            assertThat(server.next()).isEqualTo("opened");
            assertThat(client.stream).isSameAs(stream);
            assertThat(server.stream.remoteAddress()).isEqualTo(stream.localAddress());
            assertThat(server.stream.localAddress()).isEqualTo(stream.remoteAddress());
            stream.execute(() -> assertThat(stream.write(bytes("hello"))).isEqualTo(5));
            assertThat(server.next()).isEqualTo("data hello");
            stream.execute(stream::close);
            assertThat(client.next()).isEqualTo("closed");
            assertThat(server.next()).isEqualTo("ended");
            assertThat(server.next()).isEqualTo("closed");
        }
        assertThat(stack.counter(Counter.STREAM_HANDLER_FAILURES)).isZero();
    }

    @Test
    void anEchoWithoutACopyReturnsEveryByte() throws Exception {
        try (StreamServer port =
                listen((stream, bytes) -> assertThat(stream.write(bytes)).isTrue())) {
            Recorder client = new Recorder();
            Stream stream = streams.connect(port.localAddress(), client);
            client.until("opened");
            for (int i = 0; i < 100; i++) {
                String text = "message " + i;
                stream.execute(() -> stream.write(bytes(text)));
                assertThat(client.next()).isEqualTo("data " + text);
            }
            stream.execute(stream::close);
            client.until("closed");
        }
        assertThat(stack.counter(Counter.BYTES_COPIED_RX)).isZero();
        assertThat(stack.counter(Counter.STREAM_HANDLER_FAILURES)).isZero();
    }

    @Test
    void memoryThatWasAllocatedIsFilledAndSent() throws Exception {
        Recorder server = new Recorder();
        try (StreamServer port = listen(server)) {
            streams.connect(port.localAddress(), new Recorder() {
                @Override
                public void opened(Stream opened) {
                    PacketBytes bytes = opened.allocate();
                    bytes.buffer().put(bytes("lent"));
                    assertThat(opened.write(bytes.filled())).isTrue();
                    assertThat(opened.pending()).isEqualTo(4);
                    opened.close();
                }
            });
            assertThat(server.until("data")).isEqualTo("data lent");
            server.until("closed");
        }
        assertThat(stack.counter(Counter.BYTES_COPIED_TX)).isZero();
    }

    @Test
    void handlersOfAllStreamsRunOnOneThreadThatEndsWithTheLast() throws Exception {
        Recorder server = new Recorder();
        Recorder client = new Recorder();
        StreamServer port = listen(server);
        Stream stream = streams.connect(port.localAddress(), client);
        client.until("opened");
        server.until("opened");
        Thread thread = server.thread;
        assertThat(thread).isSameAs(client.thread);
        assertThat(thread.getName()).isEqualTo("perilune-streams");
        assertThat(thread.isDaemon()).isFalse();
        port.close();
        stream.execute(stream::close);
        server.until("closed");
        thread.join(10_000);
        assertThat(thread.isAlive()).isFalse();
        assertThatThrownBy(() -> streams.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        // And another one comes when it is wanted again.
        try (StreamServer again = listen(server)) {
            Recorder other = new Recorder();
            Stream second = streams.connect(again.localAddress(), other);
            other.until("opened");
            assertThat(other.thread).isNotSameAs(thread);
            second.execute(second::abort);
            other.until("closed");
        }
    }

    @Test
    void methodsOfAStreamOnAnotherThreadNameBothThreads() throws Exception {
        Recorder server = new Recorder();
        try (StreamServer port = listen(server)) {
            Recorder client = new Recorder();
            Stream stream = streams.connect(port.localAddress(), client);
            client.until("opened");
            assertThatThrownBy(() -> stream.write(bytes("x")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("perilune-streams")
                    .hasMessageContaining(Thread.currentThread().getName());
            assertThatThrownBy(stream::close).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(stream::allocate).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(stream::pauseReading).isInstanceOf(IllegalStateException.class);
            stream.execute(stream::abort);
            client.until("closed");
        }
    }

    @Test
    void aConnectionThatNobodyAcceptsIsClosedWithTheJdksException() throws Exception {
        Recorder client = new Recorder();
        streams.connect(StackUser.at(9), client);
        assertThat(client.next()).isEqualTo("closed java.net.ConnectException: Connection refused");
        assertThat(client.cause).isInstanceOf(ConnectException.class);
    }

    @Test
    void whatIsNotReachedOverPeriluneIsRefusedInTheJdksWords() throws Exception {
        Recorder client = new Recorder();
        assertThatThrownBy(() -> streams.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9), client))
                .isInstanceOf(SocketException.class)
                .hasMessage("Network is unreachable");
        assertThatThrownBy(() -> streams.connect(InetSocketAddress.createUnresolved("x.invalid", 9), client))
                .isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() ->
                        streams.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1, Recorder::new))
                .isInstanceOf(BindException.class)
                .hasMessage("Cannot assign requested address");
        try (StreamServer port = listen(client)) {
            assertThatThrownBy(() -> streams.listen(port.localAddress(), 1, Recorder::new))
                    .isInstanceOf(BindException.class)
                    .hasMessage("Address already in use");
        }
        assertThat(client.calls).isEmpty();
    }

    @Test
    void aServerOnTheWildcardIsReachedByTheStacksAddresses() throws Exception {
        Recorder server = new Recorder();
        try (StreamServer port = streams.listen(new InetSocketAddress(0), 10, () -> server)) {
            Recorder client = new Recorder();
            Stream stream = streams.connect(StackUser.at(port.localAddress().getPort()), client);
            client.until("opened");
            stream.execute(stream::close);
            server.until("closed");
        }
    }

    @Test
    void aHandlerThatThrowsLosesItsStreamAloneAndIsToldWhy() throws Exception {
        Recorder server = new Recorder();
        IllegalStateException thrown = new IllegalStateException("what a handler throws");
        try (StreamServer port = listen(new Recorder() {
            @Override
            public void data(Stream from, PacketBytes received) {
                if (text(received).equals("bad")) {
                    throw thrown;
                }
                assertThat(from.write(received)).isTrue();
            }

            @Override
            public void closed(Stream over, Throwable why) {
                server.closed(over, why);
            }
        })) {
            Recorder good = new Recorder();
            Recorder bad = new Recorder();
            Stream goodStream = streams.connect(port.localAddress(), good);
            Stream badStream = streams.connect(port.localAddress(), bad);
            good.until("opened");
            bad.until("opened");
            badStream.execute(() -> badStream.write(bytes("bad")));
            assertThat(bad.next()).isEqualTo("closed java.net.SocketException: Connection reset");
            server.until("closed");
            assertThat(server.cause).isSameAs(thrown);
            goodStream.execute(() -> goodStream.write(bytes("good")));
            assertThat(good.next()).isEqualTo("data good");
            goodStream.execute(goodStream::close);
            server.until("closed");
            assertThat(server.calls).isEmpty();
        }
        assertThat(stack.counter(Counter.STREAM_HANDLER_FAILURES)).isEqualTo(1);
        assertThat(stack.counter(Counter.UNEXPECTED_ERRORS)).isZero();
    }

    @Test
    void pausedReadingShutsTheWindowAndLosesNothing() throws Exception {
        int size = 2_000_000;
        Recorder server = new Recorder() {
            @Override
            public void opened(Stream opened) {
                opened.pauseReading();
                super.opened(opened);
            }

            @Override
            public void data(Stream from, PacketBytes received) {
                bytes.addAndGet(received.remaining());
                received.release();
            }
        };
        try (StreamServer port = listen(server)) {
            ByteBuffer all = ByteBuffer.allocate(size);
            CountDownLatch full = new CountDownLatch(1);
            Recorder client = new Recorder() {
                @Override
                public void opened(Stream opened) {
                    writable(opened);
                }

                @Override
                public void writable(Stream again) {
                    again.write(all);
                    if (all.hasRemaining()) {
                        full.countDown();
                    } else {
                        again.close();
                    }
                }
            };
            Stream stream = streams.connect(port.localAddress(), client);
            server.until("opened");
            full.await();
            CompletableFuture<Integer> pending = new CompletableFuture<>();
            // Until nothing moves: the receive buffer is full, and then the send buffer.
            LockSupport.parkNanos(300_000_000);
            stream.execute(() -> pending.complete(stream.pending()));
            assertThat(pending.get()).isPositive();
            assertThat(all.remaining()).isPositive();
            assertThat(server.bytes).hasValue(0);
            Stream accepted = server.stream;
            accepted.execute(accepted::resumeReading);
            server.until("closed");
            assertThat(server.bytes).hasValue(size);
        }
    }

    /** D4: who waits sleeps, the thread of the streams too. */
    @Test
    void streamsThatAreOpenAndIdleCostNextToNothing() throws Exception {
        Recorder server = new Recorder();
        try (StreamServer port = listen(server)) {
            Recorder client = new Recorder();
            Stream stream = streams.connect(port.localAddress(), client);
            client.until("opened");
            server.until("opened");
            ThreadMXBean beans = ManagementFactory.getThreadMXBean();
            long id = client.thread.getId();
            long cpuNs = beans.getThreadCpuTime(id);
            TimeUnit.SECONDS.sleep(3);
            assertThat(beans.getThreadCpuTime(id) - cpuNs).isLessThan(60_000_000); // 2 %
            stream.execute(stream::close);
            client.until("closed");
            server.until("closed");
        }
    }

    /** The rest of what the maker of handlers gets wrong. */
    @Test
    void aMakerOfHandlersThatThrowsLosesTheConnectionAlone() throws Exception {
        Recorder server = new Recorder();
        AtomicInteger made = new AtomicInteger();
        StreamServer port = streams.listen(StackUser.at(0), 10, () -> {
            if (made.getAndIncrement() == 0) {
                throw new IllegalStateException("no handler for the first");
            }
            return server;
        });
        try (port) {
            Recorder first = new Recorder();
            streams.connect(port.localAddress(), first);
            assertThat(first.until("closed")).isEqualTo("closed java.net.SocketException: Connection reset");
            Recorder second = new Recorder();
            Stream stream = streams.connect(port.localAddress(), second);
            second.until("opened");
            server.until("opened");
            stream.execute(stream::abort);
            assertThat(server.until("closed")).isEqualTo("closed java.net.SocketException: Connection reset");
        }
        assertThat(stack.counter(Counter.STREAM_HANDLER_FAILURES)).isEqualTo(1);
    }

    /** A task and the call that ends a stream may throw too: the rest goes on. */
    @Test
    void whateverThrowsIsCountedAndTheThreadGoesOn() throws Exception {
        Recorder server = new Recorder();
        try (StreamServer port = listen(server)) {
            Recorder client = new Recorder() {
                @Override
                public void closed(Stream over, Throwable why) {
                    super.closed(over, why);
                    throw new AssertionError("thrown by closed");
                }
            };
            Stream stream = streams.connect(port.localAddress(), client);
            client.until("opened");
            stream.execute(() -> {
                throw new StackOverflowError("thrown by a task");
            });
            stream.execute(stream::close);
            client.until("closed");
            assertThat(server.until("closed")).isEqualTo("closed");
            Recorder another = new Recorder();
            Stream second = streams.connect(port.localAddress(), another);
            another.until("opened");
            second.execute(second::close);
            another.until("closed");
        }
        assertThat(stack.counter(Counter.STREAM_HANDLER_FAILURES)).isEqualTo(2);
        assertThat(stack.counter(Counter.UNEXPECTED_ERRORS)).isZero();
    }

    @Test
    void theEndOfTheStackIsToldToEachStreamOnce() throws Exception {
        Recorder server = new Recorder();
        StreamServer port = listen(server);
        Recorder client = new Recorder();
        streams.connect(port.localAddress(), client);
        client.until("opened");
        server.until("opened");
        stack.close();
        assertThat(client.next()).isEqualTo("closed java.net.SocketException: Network is down");
        assertThat(server.next()).isEqualTo("closed java.net.SocketException: Network is down");
        client.thread.join(10_000);
        assertThat(client.thread.isAlive()).isFalse();
        assertThat(client.calls).isEmpty();
        assertThatThrownBy(() -> streams.connect(port.localAddress(), client))
                .isInstanceOf(SocketException.class)
                .hasMessage("Network is down");
    }
}
