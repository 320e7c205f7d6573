package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a flow gets of a fast, short path that loses at random: seeded, in simulated time. */
class LossExperimentTest {

    private static final long SECOND = 1_000_000_000L;

    @Test // theory has 5.5 segments in each round trip of 1 ms: 64 Mb/s; before repairs were repaired it was 30
    void fivePercentLossCostsNoTimeoutsWorthTheName() {
        LossExperiment e =
                new LossExperiment(1, 2 * SECOND, 500_000, 0.05, LossExperiment.NOTHING, LossExperiment.NOTHING);
        e.run(4 * SECOND);
        assertThat(e.bitsPerSecond()).isGreaterThan(42e6);
    }

    @Test // one acknowledgment for each window made 0.6 Gb/s
    void aReceiverWithLongTurnsDoesNotStopItsPeerByALostAcknowledgment() {
        LossExperiment.Cost kernel = new LossExperiment.Cost(0, 1_000, 1);
        LossExperiment.Cost ours = new LossExperiment.Cost(20_000, 1_000, 128);
        LossExperiment e = new LossExperiment(3, 10 * SECOND, 10_000, 0.01, kernel, ours);
        e.run(SECOND);
        assertThat(e.bitsPerSecond()).isGreaterThan(2e9);
    }
}
