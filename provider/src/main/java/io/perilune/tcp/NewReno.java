package io.perilune.tcp;

/** Slow start and congestion avoidance by RFC 5681, counting bytes by RFC 3465, growing only what is used (RFC 7661). */
final class NewReno implements CongestionControl {

    static final String NAME = "newreno";

    private int window;
    private int threshold = WINDOW_LIMIT;
    private int acknowledged;
    private int priorWindow;
    private int priorThreshold;

    @Override
    public int window() {
        return window;
    }

    @Override
    public int slowStartThreshold() {
        return threshold;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void start(int segmentSize) {
        window = CongestionControl.initialWindow(segmentSize);
    }

    @Override
    public void onAcknowledged(AckSample sample, int segmentSize) {
        // A window that is not used is not proven: it does not grow (RFC 5681 §4.1, RFC 7661 §4.3).
        if (!sample.cwndLimited) {
            return;
        }
        int bytes = sample.acknowledged;
        if (window < threshold) {
            // RFC 3465 §2.2 with L = 2; RFC 5681 equation (2).
            window = Math.min(window + Math.min(bytes, 2 * segmentSize), WINDOW_LIMIT);
            return;
        }
        // RFC 3465 §2.1: one segment for each whole window of acknowledged bytes.
        acknowledged += Math.min(bytes, window);
        if (acknowledged >= window) {
            acknowledged -= window;
            window = Math.min(window + segmentSize, WINDOW_LIMIT);
        }
    }

    @Override
    public void onCongestion(int inFlight, int segmentSize, long nowNs) {
        save();
        // RFC 5681 equation (4), RFC 6675 §5 (4.2).
        threshold = Math.max(inFlight / 2, 2 * segmentSize);
        window = threshold;
        acknowledged = 0;
    }

    @Override
    public void setWindow(int bytes) {
        window = Math.max(1, Math.min(bytes, WINDOW_LIMIT));
    }

    @Override
    public void onRecovered(int inFlight, int segmentSize) {
        // RFC 6582 §3.2 step 3 (1): no burst when little is in flight.
        window = Math.min(threshold, Math.max(inFlight, segmentSize) + segmentSize);
        window = Math.max(window, 2 * segmentSize);
    }

    @Override
    public void onTimeout(int inFlight, int segmentSize, boolean first, long nowNs) {
        if (first) {
            save();
            threshold = Math.max(inFlight / 2, 2 * segmentSize);
        }
        // RFC 5681 §3.1: the loss window is one segment.
        window = segmentSize;
        acknowledged = 0;
    }

    @Override
    public void onUndo() {
        // RFC 4015 §3.2, but with the whole window: what is in flight bounds the burst.
        window = Math.max(window, priorWindow);
        threshold = Math.max(threshold, priorThreshold);
    }

    @Override
    public void onIdle(int segmentSize, long idleNs) {
        // RFC 5681 §4.1: the restart window.
        window = Math.min(window, CongestionControl.initialWindow(segmentSize));
    }

    @Override
    public long pacingBytesPerSecond() {
        return 0;
    }

    private void save() {
        priorWindow = window;
        priorThreshold = threshold;
    }
}
