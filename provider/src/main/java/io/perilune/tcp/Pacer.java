package io.perilune.tcp;

/**
 * Spreads what the congestion window allows over the round trip: how much may leave now, and when the next may. What a
 * timer's tick makes late is made up for by a burst of as much. Owned by the shard's driver.
 */
final class Pacer {

    /** Without a burst of so long, a timer that comes each tick could not keep the rate. */
    static final long BURST_NS = 2_000_000L;

    private static final double SECOND_NS = 1e9;
    /** As Linux: more than the window a round in slow start, so that it can double; a little more after. */
    private static final double SLOW_START_FACTOR = 2.0;

    private static final double AVOIDANCE_FACTOR = 1.2;

    private long nextNs;
    private boolean started;

    /** Whether a segment may leave now. */
    boolean maySend(long nowNs) {
        return !started || nextNs - nowNs <= BURST_NS;
    }

    /** When the next segment may leave. */
    long nextNs() {
        return nextNs - BURST_NS / 2;
    }

    /** So many bytes have left; the rate in bytes a second, 0: without limit. */
    void onSent(int bytes, long bytesPerSecond, long nowNs) {
        if (bytesPerSecond <= 0) {
            return;
        }
        long dueNs = started && nextNs - nowNs > 0 ? nextNs : nowNs;
        nextNs = dueNs + (long) (bytes * SECOND_NS / bytesPerSecond);
        started = true;
    }

    /** The rate for a connection: what its algorithm wishes, else a window in each smoothed round trip. */
    static long rate(CongestionControl congestion, long srttNs) {
        long wish = congestion.pacingBytesPerSecond();
        if (wish > 0 || srttNs == 0) {
            return wish;
        }
        boolean slowStart = congestion.window() < congestion.slowStartThreshold();
        double factor = slowStart ? SLOW_START_FACTOR : AVOIDANCE_FACTOR;
        return Math.max(1, (long) (factor * congestion.window() * SECOND_NS / srttNs));
    }
}
