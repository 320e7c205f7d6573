package io.perilune.bench;

import org.HdrHistogram.Histogram;

/** How long a client's requests took in one phase. One thread at a time. */
final class Latencies {

    private static final long LONGEST_NS = 10_000_000_000L;
    private static final int DIGITS = 3;

    private final Histogram histogram = new Histogram(LONGEST_NS, DIGITS);
    private long allocatedBefore;
    private long startNs;

    /** Begins a phase. Returns the present. */
    long begin() {
        histogram.reset();
        allocatedBefore = Meter.allocated();
        startNs = System.nanoTime();
        return startNs;
    }

    /** Notes that a request was answered after so long. */
    void record(long ns) {
        histogram.recordValue(Math.min(ns, LONGEST_NS));
    }

    /** Ends the phase. Returns what there is to say of it, in words KEY=VALUE. */
    String end() {
        long elapsedNs = System.nanoTime() - startNs;
        long allocated = Meter.allocated() - allocatedBefore;
        return "count=" + histogram.getTotalCount()
                + " ns=" + elapsedNs
                + " p50=" + histogram.getValueAtPercentile(50)
                + " p99=" + histogram.getValueAtPercentile(99)
                + " p99.9=" + histogram.getValueAtPercentile(99.9)
                + " allocated=" + allocated;
    }
}
