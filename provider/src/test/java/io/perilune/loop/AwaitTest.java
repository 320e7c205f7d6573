package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ends a wait, and how soon. */
@Timeout(30)
class AwaitTest {

    private static final long MS = 1_000_000;
    /** The machine is shared: only what is far beyond any scheduling counts as late. */
    private static final long SLACK_NS = 100 * MS;

    private final UserStack stack = StackUser.loopbackStack();
    private final StackUser user = new StackUser(stack);

    @AfterEach
    void close() {
        stack.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3, 50})
    void aTimeoutIsHonoured(long timeoutMs) {
        stack.await(user.waiter, MS); // warm up
        user.waiter.reset();
        long startNs = System.nanoTime();
        stack.await(user.waiter, timeoutMs * MS);
        assertThat(System.nanoTime() - startNs).isBetween(timeoutMs * MS, timeoutMs * MS + SLACK_NS);
    }

    @Test
    void aSignalBeforeTheWaitEndsItAtOnce() {
        user.waiter.reset();
        user.waiter.signal();
        long startNs = System.nanoTime();
        stack.await(user.waiter, Long.MAX_VALUE);
        assertThat(System.nanoTime() - startNs).isLessThan(SLACK_NS);
    }

    @Test
    void anotherThreadsSignalEndsTheSleepOfALeaderAndOfAFollower() throws Exception {
        for (int i = 0; i < 2; i++) {
            Waiter waiter = new Waiter(null);
            Thread thread = waiting(waiter);
            awaitAsleep(thread);
            waiter.signal();
            thread.join(5_000);
            assertThat(thread.isAlive()).isFalse();
            if (i == 0) {
                waiting(new Waiter(null)); // leads from now on, the next one follows
            }
        }
    }

    @Test
    void anInterruptEndsTheWaitAndIsKept() throws Exception {
        boolean[] kept = new boolean[1];
        Thread thread = new Thread(() -> {
            stack.await(new Waiter(null), Long.MAX_VALUE);
            kept[0] = Thread.currentThread().isInterrupted();
        });
        thread.start();
        awaitAsleep(thread);
        thread.interrupt();
        thread.join(5_000);
        assertThat(thread.isAlive()).isFalse();
        assertThat(kept[0]).isTrue();
    }

    @Test
    void whenTheLeaderLeavesAFollowerLeads() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        UserSocket server = user.accept(listener);
        Waiter leader = new Waiter(null);
        Thread leading = waiting(leader);
        awaitAsleep(leading);
        Waiter follower = new Waiter(null);
        server.addListener(follower::signal);
        Thread following = waiting(follower);
        awaitAsleep(following);
        leader.signal();
        leading.join(5_000);
        assertThat(client.write(ByteBuffer.allocate(1))).isEqualTo(1);
        following.join(5_000);
        assertThat(following.isAlive()).isFalse();
        assertThat(server.readyOps() & UserSocket.READABLE).isNotZero();
    }

    /** A companion whose kernel half becomes ready ends the wait, of the leader and of a follower. */
    @Test
    void aReadyCompanionEndsTheWait() throws Exception {
        for (int i = 0; i < 2; i++) {
            KernelHalf kernel = new KernelHalf();
            Thread thread = waiting(new Waiter(kernel));
            awaitAsleep(thread);
            kernel.makeReady();
            thread.join(5_000);
            assertThat(thread.isAlive()).isFalse();
            if (i == 0) {
                waiting(new Waiter(null));
            }
        }
    }

    @Test
    void aSignalEndsAWaitInTheCompanion() throws Exception {
        Waiter waiter = new Waiter(new KernelHalf());
        Thread thread = waiting(waiter);
        awaitAsleep(thread);
        waiter.signal();
        thread.join(5_000);
        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    void aClosedStackStillWaitsForTheTimeout() {
        stack.close();
        long startNs = System.nanoTime();
        stack.await(user.waiter, 20 * MS);
        assertThat(System.nanoTime() - startNs).isBetween(20 * MS, 20 * MS + SLACK_NS);
    }

    private Thread waiting(Waiter waiter) {
        Thread thread = new Thread(() -> stack.await(waiter, Long.MAX_VALUE));
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void awaitAsleep(Thread thread) {
        long startNs = System.nanoTime();
        while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING) {
            assertThat(System.nanoTime() - startNs).isLessThan(5 * StackUser.SECOND_NS);
            Thread.onSpinWait();
        }
    }

    /** A kernel half that is a monitor. */
    private static final class KernelHalf implements Companion {
        private boolean ready;
        private boolean woken;

        synchronized void makeReady() {
            ready = true;
            notifyAll();
        }

        @Override
        public int descriptor() {
            return io.perilune.link.Sleeper.NO_DESCRIPTOR;
        }

        @Override
        public synchronized boolean poll() {
            return ready;
        }

        @Override
        public synchronized void block(long timeoutNs) {
            long endNs = System.nanoTime() + Math.min(timeoutNs, 10 * StackUser.SECOND_NS);
            while (!ready && !woken && System.nanoTime() < endNs) {
                try {
                    wait(Math.max(1, (endNs - System.nanoTime()) / MS));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
            woken = false;
        }

        @Override
        public synchronized void wakeup() {
            woken = true;
            notifyAll();
        }
    }
}
