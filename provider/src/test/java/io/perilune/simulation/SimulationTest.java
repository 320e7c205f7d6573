package io.perilune.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whole stacks under random scenarios. {@code ./perilune simulate} runs more of them, or one again. */
class SimulationTest {

    private static final long SEEDS = 300;
    private static final int THREADS = 2;

    @Test
    @Timeout(600)
    void eachStreamArrivesRightOrBothSidesAreTold() throws InterruptedException {
        AtomicLong next = new AtomicLong(1);
        Queue<String> failures = new ConcurrentLinkedQueue<>();
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            threads[i] = new Thread(() -> runSeeds(next, failures), "simulation-" + i);
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }

    private static void runSeeds(AtomicLong next, Queue<String> failures) {
        long seed;
        while ((seed = next.getAndIncrement()) <= SEEDS) {
            try {
                Simulation.run(seed);
            } catch (AssertionError e) {
                failures.add(e.getMessage());
            }
            if (seed % 50 == 0) {
                System.out.println("simulation: seed " + seed + " of " + SEEDS);
            }
        }
    }

    @Test
    void theSameSeedTwiceIsTheSameRun() {
        for (long seed : List.of(1L, 2L, 3L, 17L, 99L)) {
            assertThat(Simulation.run(seed)).as("seed %d", seed).isEqualTo(Simulation.run(seed));
        }
        assertThat(Simulation.run(1)).isNotEqualTo(Simulation.run(2));
    }
}
