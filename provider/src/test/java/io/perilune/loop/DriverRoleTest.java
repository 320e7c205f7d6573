package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DriverRoleTest {

    private static final long RUN_NS = 700_000_000;

    private final DriverRole role = new DriverRole();
    /** Not volatile: only the role keeps its updates from being lost. */
    private long guarded;

    @Test
    void oneThreadHasItAtATime() throws Exception {
        assertThat(role.tryTake()).isTrue();
        assertThat(role.isHeldByCurrentThread()).isTrue();
        boolean[] taken = new boolean[1];
        Thread other = new Thread(() -> taken[0] = role.tryTake() || role.isHeldByCurrentThread());
        other.start();
        other.join();
        assertThat(taken[0]).isFalse();
        role.leave();
        assertThat(role.isHeldByCurrentThread()).isFalse();
        assertThat(role.tryTake()).isTrue();
        role.leave();
    }

    @Test
    void aParkedContenderGetsItWhenItIsLeft() throws Exception {
        role.take();
        CountDownLatch taken = new CountDownLatch(1);
        Thread contender = new Thread(() -> {
            role.take();
            role.leave();
            taken.countDown();
        });
        contender.start();
        awaitParked(contender);
        assertThat(role.isWanted()).isTrue();
        role.leave();
        assertThat(taken.await(5, TimeUnit.SECONDS)).isTrue();
        contender.join();
        assertThat(role.isWanted()).isFalse();
    }

    @Test
    void anInterruptNeitherEndsTheWaitNorIsLost() throws Exception {
        role.take();
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread contender = new Thread(() -> {
            role.take();
            interrupted.set(Thread.currentThread().isInterrupted());
            role.leave();
        });
        contender.start();
        awaitParked(contender);
        contender.interrupt();
        contender.join(20);
        assertThat(contender.isAlive()).isTrue();
        role.leave();
        contender.join(5_000);
        assertThat(contender.isAlive()).isFalse();
        assertThat(interrupted).isTrue();
    }

    /** A leader that never leaves but gives way, beside threads that want the role for a moment: all get on. */
    @Test
    void aLeaderThatGivesWayAndManyContendersAllGetTheirShare() throws Exception {
        int contenders = 6;
        AtomicBoolean stop = new AtomicBoolean();
        long[] shares = new long[contenders];
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < contenders; i++) {
            int index = i;
            Thread thread = new Thread(() -> {
                while (!stop.get()) {
                    role.take();
                    guarded++;
                    shares[index]++;
                    role.leave();
                }
            });
            threads.add(thread);
            thread.start();
        }
        long turns = 0;
        role.take();
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < RUN_NS) {
            guarded++;
            turns++;
            if (role.isWanted()) {
                role.giveWay();
            }
        }
        role.leave();
        stop.set(true);
        long sum = turns;
        for (int i = 0; i < contenders; i++) {
            threads.get(i).join(5_000);
            assertThat(threads.get(i).isAlive()).as("contender %d", i).isFalse();
            assertThat(shares[i]).as("share of contender %d", i).isPositive();
            sum += shares[i];
        }
        assertThat(turns).isGreaterThan(contenders);
        assertThat(guarded).isEqualTo(sum);
        assertThat(role.tryTake()).isTrue();
    }

    private static void awaitParked(Thread thread) {
        long startNs = System.nanoTime();
        while (thread.getState() != Thread.State.WAITING) {
            assertThat(System.nanoTime() - startNs).isLessThan(5_000_000_000L);
            Thread.onSpinWait();
        }
    }
}
