package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real threads on one stack: who waits drives, and nobody is forgotten. */
@Timeout(60)
class ManyThreadsTest {

    private static final int MESSAGE = 128;

    private UserStack stack;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> futures = new ArrayList<>();

    @AfterEach
    void close() {
        stack.close();
        threads.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"adaptive", "spin", "sleep"})
    void twoThreadsPlayPingPong(String poll) throws Exception {
        stack = StackUser.loopbackStack("poll", poll);
        UserListener listener = new StackUser(stack).listen(10);
        echo(listener, 1);
        client(listener, 3_000, 1, 0);
        join(30);
    }

    /** Eight blocking clients and eight blocking servers: 16 threads on one shard. */
    @ParameterizedTest
    @ValueSource(strings = {"adaptive", "sleep"})
    void sixteenThreadsWaitOnOneShard(String poll) throws Exception {
        stack = StackUser.loopbackStack("poll", poll);
        UserListener listener = new StackUser(stack).listen(100);
        echo(listener, 8);
        for (int i = 0; i < 8; i++) {
            client(listener, 500, i, 0);
        }
        join(40);
    }

    /** Pauses of random length let leaders sleep, the housekeeper take over, and both be woken at every moment. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void noWakeUpIsLostWhenThreadsPauseAtRandom(long seed) throws Exception {
        stack = StackUser.loopbackStack();
        UserListener listener = new StackUser(stack).listen(100);
        echo(listener, 4);
        for (int i = 0; i < 4; i++) {
            client(listener, 400, seed * 31 + i, 300_000);
        }
        join(40);
    }

    private void echo(UserListener listener, int connections) {
        for (int i = 0; i < connections; i++) {
            submit(() -> {
                StackUser user = new StackUser(stack);
                UserSocket socket = user.accept(listener);
                ByteBuffer bytes = ByteBuffer.allocateDirect(MESSAGE);
                while (user.read(socket, bytes.clear()) == MESSAGE) {
                    user.write(socket, bytes.flip());
                }
                socket.close();
                return null;
            });
        }
    }

    private void client(UserListener listener, int messages, long seed, int longestPauseNs) {
        submit(() -> {
            Random random = new Random(seed);
            StackUser user = new StackUser(stack);
            UserSocket socket = user.connect(listener.localAddress());
            ByteBuffer bytes = ByteBuffer.allocateDirect(MESSAGE);
            for (int i = 0; i < messages; i++) {
                bytes.clear();
                long word = random.nextLong();
                user.write(socket, bytes.putLong(0, word));
                int count = user.read(socket, bytes.clear());
                assertThat(count).as("message %d of seed %d", i, seed).isEqualTo(MESSAGE);
                assertThat(bytes.getLong(0))
                        .as("message %d of seed %d", i, seed)
                        .isEqualTo(word);
                if (longestPauseNs > 0) {
                    pause(random.nextInt(longestPauseNs));
                }
            }
            socket.close();
            return null;
        });
    }

    /** Computes for so long: a thread that does not wait in the stack. */
    private static void pause(long pauseNs) {
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < pauseNs) {
            Thread.yield();
        }
    }

    private void submit(Callable<Void> task) {
        futures.add(threads.submit(task));
    }

    private void join(int seconds) throws Exception {
        long deadlineNs = System.nanoTime() + seconds * StackUser.SECOND_NS;
        for (Future<?> future : futures) {
            future.get(Math.max(1, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
    }
}
