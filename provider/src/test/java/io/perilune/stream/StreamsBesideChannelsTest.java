package io.perilune.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.loop.StackUser;
import io.perilune.loop.UserListener;
import io.perilune.loop.UserSocket;
import io.perilune.loop.UserStack;
import io.perilune.loop.Waiter;
import io.perilune.metrics.Counter;
import io.perilune.zerocopy.PacketBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams, and threads that wait for sockets of the same stack as channels and selectors do. */
@Timeout(120)
class StreamsBesideChannelsTest {

    private static final int SIZE = 64;

    private UserStack stack;
    private Streams streams;
    private final Set<Thread> handlerThreads = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean stopping;

    private void start(String poll) {
        stack = StackUser.loopbackStack("poll", poll);
        streams = Streams.on(stack);
    }

    @AfterEach
    void close() {
        stack.close();
        assertThat(failure.get()).isNull();
        assertThat(stack.counter(Counter.UNEXPECTED_ERRORS)).isZero();
    }

    private Thread run(String name, Runnable what) {
        Thread thread = new Thread(
                () -> {
                    try {
                        what.run();
                    } catch (Throwable e) {
                        failure.compareAndSet(null, e);
                    }
                },
                name);
        thread.start();
        return thread;
    }

    /** Each of two threads is by turns the one that works and the one that waits. */
    private List<Thread> channelsEcho(AtomicInteger rounds) throws Exception {
        StackUser server = new StackUser(stack);
        UserListener listener = server.listen(10);
        Thread echo = run("echo", () -> {
            UserSocket socket = server.accept(listener);
            ByteBuffer bytes = ByteBuffer.allocate(SIZE);
            while (server.read(socket, bytes.clear()) == SIZE) {
                server.write(socket, bytes.flip());
            }
            socket.close();
        });
        Thread ask = run("ask", () -> {
            StackUser client = new StackUser(stack);
            UserSocket socket = client.connect(listener.localAddress());
            ByteBuffer bytes = ByteBuffer.allocate(SIZE);
            while (!stopping) {
                client.write(socket, bytes.clear());
                assertThat(client.read(socket, bytes.clear())).isEqualTo(SIZE);
                rounds.incrementAndGet();
            }
            socket.close();
        });
        return List.of(echo, ask);
    }

    private StreamHandler echo() {
        return (stream, bytes) -> {
            handlerThreads.add(Thread.currentThread());
            if (!stream.write(bytes)) {
                throw new AssertionError("no room");
            }
        };
    }

    private Recorder asking(int rounds) {
        return new Recorder() {
            private int left = rounds;

            @Override
            public void opened(Stream opened) {
                super.opened(opened);
                opened.write(ByteBuffer.allocate(SIZE));
            }

            @Override
            public void data(Stream from, PacketBytes received) {
                handlerThreads.add(Thread.currentThread());
                bytes.addAndGet(received.remaining());
                received.release();
                if (bytes.get() % SIZE == 0) {
                    if (--left == 0) {
                        from.close();
                    } else {
                        from.write(ByteBuffer.allocate(SIZE));
                    }
                }
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"adaptive", "spin", "sleep"})
    void bothGetOnAndHandlersRunOnTheirThreadAlone(String poll) throws Exception {
        start(poll);
        AtomicInteger rounds = new AtomicInteger();
        List<Thread> threads = channelsEcho(rounds);
        try (StreamServer port = streams.listen(StackUser.at(0), 10, this::echo)) {
            List<Recorder> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Recorder client = asking(1_000);
                streams.connect(port.localAddress(), client);
                clients.add(client);
            }
            int before = rounds.get();
            for (Recorder client : clients) {
                client.until("closed");
                assertThat(client.cause).isNull();
                assertThat(client.bytes).hasValue(1_000 * SIZE);
            }
            while (rounds.get() < before + 500) {
                Thread.onSpinWait();
            }
            stopping = true;
            for (Thread thread : threads) {
                thread.join(10_000);
                assertThat(thread.isAlive()).isFalse();
            }
        }
        assertThat(handlerThreads).hasSize(1);
    }

    /** Again and again the thread of the streams takes the lead from whoever has it, and leaves it to whoever waits. */
    @ParameterizedTest
    @ValueSource(strings = {"adaptive", "sleep"})
    void theThreadOfTheStreamsComesAndGoesWhileChannelsWork(String poll) throws Exception {
        start(poll);
        AtomicInteger rounds = new AtomicInteger();
        List<Thread> threads = channelsEcho(rounds);
        for (int i = 0; i < 50; i++) {
            int before = rounds.get();
            try (StreamServer port = streams.listen(StackUser.at(0), 10, this::echo)) {
                Recorder client = asking(5);
                streams.connect(port.localAddress(), client);
                client.until("closed");
                client.thread.interrupt(); // which must not make it stop or burn
            }
            while (rounds.get() < before + 10 && failure.get() == null) {
                Thread.onSpinWait();
            }
        }
        stopping = true;
        for (Thread thread : threads) {
            thread.join(10_000);
            assertThat(thread.isAlive()).isFalse();
        }
    }

    /** Messages of a stream come to a thread that sleeps in a wait, and the other way round, with nobody else awake. */
    @ParameterizedTest
    @ValueSource(strings = {"adaptive", "sleep"})
    void aStreamAndAChannelTalkToEachOtherAfterPauses(String poll) throws Exception {
        start(poll);
        try (StreamServer port = streams.listen(StackUser.at(0), 10, this::echo)) {
            StackUser client = new StackUser(stack);
            UserSocket socket = client.connect(port.localAddress());
            ByteBuffer bytes = ByteBuffer.allocate(SIZE);
            long slowestNs = 0;
            for (int i = 0; i < 60; i++) {
                Thread.sleep(i % 4 * 5L); // so that each kind of rest is met
                long startNs = System.nanoTime();
                client.write(socket, bytes.clear());
                assertThat(client.read(socket, bytes.clear())).isEqualTo(SIZE);
                slowestNs = Math.max(slowestNs, System.nanoTime() - startNs);
            }
            // Less than the least retransmission timeout: nothing hung on one.
            assertThat(slowestNs).isLessThan(190_000_000);
            socket.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = "adaptive")
    void aHandlerThatUsesAChannelOfTheStackIsToldSoInsteadOfWaitingForItself(String poll) throws Exception {
        start(poll);
        StackUser user = new StackUser(stack);
        UserListener listener = user.listen(10);
        UserSocket socket = user.connect(listener.localAddress());
        AtomicReference<Throwable> write = new AtomicReference<>();
        AtomicReference<Throwable> await = new AtomicReference<>();
        try (StreamServer port = streams.listen(StackUser.at(0), 10, this::echo)) {
            Recorder client = new Recorder() {
                @Override
                public void opened(Stream opened) {
                    write.set(thrownBy(() -> socket.write(ByteBuffer.allocate(1))));
                    await.set(thrownBy(() -> stack.await(new Waiter(null), 1_000_000)));
                    opened.close();
                }
            };
            streams.connect(port.localAddress(), client);
            client.until("closed");
        }
        assertThat(write.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("handler");
        assertThat(await.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("handler");
    }

    private static Throwable thrownBy(Runnable what) {
        try {
            what.run();
            return null;
        } catch (RuntimeException e) {
            return e;
        }
    }
}
