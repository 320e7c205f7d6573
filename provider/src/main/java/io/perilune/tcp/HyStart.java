package io.perilune.tcp;

/**
 * Slow start with HyStart++ (RFC 9406), and what all algorithms share: the window, the threshold, and both as they were
 * before the last congestion. One object holds all of a connection's state. Round-trip times in microseconds inside.
 * Owned by the shard's driver.
 */
abstract class HyStart implements CongestionControl {

    /** RFC 9406 §4.3: the constants. */
    private static final int MIN_RTT_THRESH_US = 4_000;

    private static final int MAX_RTT_THRESH_US = 16_000;
    private static final int MIN_RTT_DIVISOR = 8;
    private static final int N_RTT_SAMPLE = 8;
    private static final int CSS_GROWTH_DIVISOR = 4;
    private static final int CSS_ROUNDS = 5;
    /** RFC 9406 §4.3, L: segments that one acknowledgment may add where HyStart++ looks for the end of slow start. */
    private static final int L = 8;
    /** RFC 3465 §2.2: the same where nothing does. */
    private static final int L_STANDARD = 2;
    /** RFC 3465 §2.3: the same after a timeout, when an acknowledgment may tell of what was received long ago. */
    private static final int L_AFTER_TIMEOUT = 1;

    private static final int UNKNOWN = Integer.MAX_VALUE;

    /** Before the first round; rounds of slow start; rounds of conservative slow start; never again. */
    private static final byte NEW = 0;

    private static final byte SLOW_START = 1;
    private static final byte CONSERVATIVE = 2;
    private static final byte OFF = 3;

    int window;
    int threshold = WINDOW_LIMIT;
    int priorWindow;
    int priorThreshold;
    /** The smoothed round-trip time (RFC 6298 §2), 0 before the first sample. */
    int smoothedUs;

    private int lastRoundUs = UNKNOWN;
    private int roundUs = UNKNOWN;
    private int baselineUs;
    private int roundEnd;
    private byte samples;
    private byte conservativeRounds;
    private byte phase;
    private boolean afterTimeout;

    @Override
    public final int window() {
        return window;
    }

    @Override
    public final int slowStartThreshold() {
        return threshold;
    }

    @Override
    public final void start(int segmentSize) {
        window = CongestionControl.initialWindow(segmentSize);
    }

    @Override
    public void onAcknowledged(AckSample sample, int segmentSize) {
        if (sample.rttNs >= 0) {
            int rttUs = (int) Math.max(1, Math.min(sample.rttNs / 1_000, RttEstimator.RTO_MAX_NS / 1_000));
            smoothedUs = smoothedUs == 0 ? rttUs : Math.max(1, smoothedUs + (rttUs - smoothedUs) / 8);
        }
        if (window < threshold) {
            slowStart(sample, segmentSize);
        } else {
            afterTimeout = false;
            avoid(sample, segmentSize);
        }
    }

    /** Congestion avoidance: new data was acknowledged, and the window is not below the threshold. */
    abstract void avoid(AckSample sample, int segmentSize);

    /** The threshold after a loss with so much in flight. */
    abstract int thresholdAfter(int inFlight, int segmentSize);

    /** Notes the state before congestion, for onUndo. */
    void save() {
        priorWindow = window;
        priorThreshold = threshold;
    }

    @Override
    public void onCongestion(int inFlight, int segmentSize, long nowNs) {
        save();
        phase = OFF;
        threshold = thresholdAfter(inFlight, segmentSize);
        window = threshold;
    }

    /** Goes on with a smaller window in congestion avoidance. */
    final void leaveSlowStart(int smaller) {
        phase = OFF;
        threshold = smaller;
        window = smaller;
    }

    @Override
    public final void setWindow(int bytes) {
        window = Math.max(1, Math.min(bytes, WINDOW_LIMIT));
    }

    @Override
    public final void onRecovered(int inFlight, int segmentSize) {
        // RFC 6582 §3.2 step 3 (2); rate reduction has come down to it. Less, by what is in flight just now, would take
        // the flow back to two segments: acknowledgments come in bursts, and what they allow is sent after the last.
        window = Math.max(threshold, 2 * segmentSize);
    }

    @Override
    public void onTimeout(int inFlight, int segmentSize, boolean first, long nowNs) {
        if (first) {
            save();
            threshold = thresholdAfter(inFlight, segmentSize);
        }
        phase = OFF;
        afterTimeout = true;
        // RFC 5681 §3.1: the loss window is one segment.
        window = segmentSize;
    }

    @Override
    public void onUndo() {
        window = Math.max(window, priorWindow);
        threshold = Math.max(threshold, priorThreshold);
        afterTimeout = false;
    }

    @Override
    public void onIdle(int segmentSize, long idleNs) {
        int restart = CongestionControl.initialWindow(segmentSize);
        if (window > restart) {
            // RFC 5681 §4.1: the restart window. RFC 7661 §4.4.3: what the path carried is not forgotten.
            threshold = Math.max(threshold, window / 4 * 3);
            window = restart;
        }
    }

    @Override
    public long pacingBytesPerSecond() {
        return 0;
    }

    /** Whether conservative slow start has begun and not ended. */
    final boolean isConservative() {
        return phase == CONSERVATIVE;
    }

    private void slowStart(AckSample sample, int segmentSize) {
        int most = L_STANDARD;
        int divisor = 1;
        if (phase != OFF) {
            most = L;
            followRound(sample);
            if (phase == CONSERVATIVE) {
                divisor = CSS_GROWTH_DIVISOR;
            }
        } else if (afterTimeout) {
            most = L_AFTER_TIMEOUT;
        }
        // A window that is not used is not proven: it does not grow (RFC 5681 §4.1, RFC 7661 §4.3).
        if (!sample.cwndLimited || window >= threshold) {
            return;
        }
        // RFC 5681 equation (2), RFC 3465 §2.2, RFC 9406 §4.2: by bytes, so that dividing acknowledgments wins nothing.
        int growth = Math.min(sample.acknowledged, most * segmentSize) / divisor;
        window = Math.min(window + growth, threshold);
    }

    /** RFC 9406 §4.2: rounds, and the least round-trip time of each. */
    private void followRound(AckSample sample) {
        if (phase == NEW) {
            phase = SLOW_START;
            roundEnd = sample.sndNxt;
        }
        if (sample.rttNs >= 0) {
            roundUs = Math.min(roundUs, (int) Math.min(sample.rttNs / 1_000, UNKNOWN - 1));
            samples = (byte) Math.min(samples + 1, N_RTT_SAMPLE);
        }
        if (samples == N_RTT_SAMPLE) {
            judge();
        }
        if (SeqNum.afterOrEqual(sample.sndUna, roundEnd)) {
            roundEnd = sample.sndNxt;
            lastRoundUs = roundUs;
            roundUs = UNKNOWN;
            samples = 0;
            // RFC 9406 §4.2: the part of a round in which it began counts.
            if (phase == CONSERVATIVE && ++conservativeRounds >= CSS_ROUNDS) {
                phase = OFF;
                threshold = window;
            }
        }
    }

    private void judge() {
        if (phase == CONSERVATIVE) {
            // RFC 9406 §4.2: the delay has gone: it was no queue of ours.
            if (roundUs < baselineUs) {
                phase = SLOW_START;
            }
        } else if (lastRoundUs != UNKNOWN) {
            int allowance = Math.max(MIN_RTT_THRESH_US, Math.min(lastRoundUs / MIN_RTT_DIVISOR, MAX_RTT_THRESH_US));
            if (roundUs >= lastRoundUs + allowance) {
                baselineUs = roundUs;
                conservativeRounds = 0;
                phase = CONSERVATIVE;
            }
        }
    }
}
