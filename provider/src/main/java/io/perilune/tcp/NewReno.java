package io.perilune.tcp;

/** Slow start, congestion avoidance and the windows of recovery by RFC 5681, counting bytes by RFC 3465. */
final class NewReno implements CongestionControl {

    private static final int WINDOW_LIMIT = 1 << 30;

    private int window;
    private int threshold = WINDOW_LIMIT;
    private int acknowledged;

    @Override
    public int window() {
        return window;
    }

    @Override
    public int slowStartThreshold() {
        return threshold;
    }

    @Override
    public void start(int segmentSize) {
        window = initialWindow(segmentSize);
    }

    @Override
    public void onAcknowledged(int bytes, int inFlight, int segmentSize) {
        if (window < threshold) {
            // A window that is not used is not proven: it does not grow (RFC 9293 §3.8.1, RFC 7661).
            if (inFlight < window / 2) {
                return;
            }
            // RFC 3465 §2.2 with L = 2; RFC 5681 equation (2).
            window = Math.min(window + Math.min(bytes, 2 * segmentSize), WINDOW_LIMIT);
            return;
        }
        if (inFlight + segmentSize < window) {
            return;
        }
        // RFC 3465 §2.1: one segment for each whole window of acknowledged bytes.
        acknowledged += bytes;
        if (acknowledged >= window) {
            acknowledged -= window;
            window = Math.min(window + segmentSize, WINDOW_LIMIT);
        }
    }

    @Override
    public void onRecovery(int inFlight, int segmentSize) {
        // RFC 5681 equation (4), RFC 6675 §5 (4.2).
        threshold = Math.max(inFlight / 2, 2 * segmentSize);
        window = threshold;
        acknowledged = 0;
    }

    @Override
    public void onRecovered(int inFlight, int segmentSize) {
        // RFC 6582 §3.2 step 3 (1): no burst when little is in flight.
        window = Math.min(threshold, Math.max(inFlight, segmentSize) + segmentSize);
        window = Math.max(window, 2 * segmentSize);
    }

    @Override
    public void onTimeout(int inFlight, int segmentSize, boolean first) {
        if (first) {
            threshold = Math.max(inFlight / 2, 2 * segmentSize);
        }
        // RFC 5681 §3.1: the loss window is one segment.
        window = segmentSize;
        acknowledged = 0;
    }

    @Override
    public void onIdle(int segmentSize) {
        // RFC 5681 §4.1: the restart window.
        window = Math.min(window, initialWindow(segmentSize));
    }

    /** RFC 6928 §2. */
    private static int initialWindow(int segmentSize) {
        return Math.min(10 * segmentSize, Math.max(2 * segmentSize, 14_600));
    }
}
