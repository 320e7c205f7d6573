package io.perilune.tcp;

/**
 * CUBIC (RFC 9438). The window follows a cubic function of the time since congestion avoidance began, around the window
 * at which congestion was met last. Windows in bytes, times in nanoseconds but for the function, which counts segments
 * and seconds as the RFC does. Owned by the shard's driver.
 */
final class Cubic extends HyStart {

    static final String NAME = "cubic";

    /** RFC 9438 §4.6. */
    static final double BETA = 0.7;
    /** RFC 9438 §5: the C of the cubic function, in segments per second cubed. */
    static final double C = 0.4;

    /** RFC 9438 §4.3: the growth of a Reno whose decrease is BETA, in segments a round. */
    private static final double ALPHA = 3 * (1 - BETA) / (1 + BETA);

    private static final double SECOND_NS = 1e9;

    /** Whether epochNs, k and estimate are those of a running epoch of congestion avoidance. */
    private boolean inEpoch;
    /** After a timeout, or the first time: the epoch begins at its own window (RFC 9438 §4.8, §4.10). */
    private boolean fromHere = true;

    private boolean priorInEpoch;
    private boolean priorFromHere;
    /** Seconds until the function is back at wMax. */
    private float k;

    private float priorK;
    private int wMax;
    private int priorWMax;
    /** When the epoch began, later by whatever time the window was not used. */
    private long epochNs;

    private long priorEpochNs;
    private long lastNs;
    /** RFC 9438 §4.3, W_est: what Reno would have, in bytes. */
    private double estimate;

    private double priorEstimate;
    /** Parts of a byte that the window has earned. */
    private double carry;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void onAcknowledged(AckSample sample, int segmentSize) {
        if (window < threshold) {
            // Slow start: when avoidance begins, so does an epoch.
            inEpoch = false;
        }
        super.onAcknowledged(sample, segmentSize);
    }

    @Override
    void avoid(AckSample sample, int segmentSize) {
        long nowNs = sample.nowNs;
        if (!inEpoch) {
            beginEpoch(nowNs, segmentSize);
        }
        if (!sample.cwndLimited) {
            // RFC 9438 §4.2, §5.8: time in which the application was the limit does not count.
            epochNs += nowNs - lastNs;
            lastNs = nowNs;
            return;
        }
        lastNs = nowNs;
        double cwnd = window;
        double acknowledged = Math.min(sample.acknowledged, window);
        // RFC 9438 §4.3: above what there was at the last decrease, Reno's own growth is fair.
        double alpha = estimate >= priorWindow ? 1 : ALPHA;
        estimate = Math.min(estimate + alpha * segmentSize * acknowledged / cwnd, WINDOW_LIMIT);
        double seconds = (nowNs - epochNs) / SECOND_NS;
        if (cubic(seconds, segmentSize) < estimate) {
            if (estimate > cwnd) {
                window = (int) estimate;
                carry = 0;
            }
            return;
        }
        // RFC 9438 §4.2: the target is where the function will be a round later, but within [cwnd, 1.5 cwnd].
        double target = cubic(seconds + smoothedUs / 1e6, segmentSize);
        target = Math.max(cwnd, Math.min(target, 1.5 * cwnd));
        // RFC 9438 §4.4, §4.5.
        double growth = (target - cwnd) * acknowledged / cwnd + carry;
        int whole = (int) growth;
        carry = growth - whole;
        window = Math.min(window + whole, WINDOW_LIMIT);
    }

    /** RFC 9438 §4.2, equation (1): W_cubic after so many seconds, in bytes. */
    private double cubic(double seconds, int segmentSize) {
        double t = seconds - k;
        return C * t * t * t * segmentSize + wMax;
    }

    private void beginEpoch(long nowNs, int segmentSize) {
        inEpoch = true;
        epochNs = nowNs;
        lastNs = nowNs;
        carry = 0;
        estimate = window;
        if (fromHere || window >= wMax) {
            // RFC 9438 §4.8, §4.10: K is 0 and W_max the window now.
            fromHere = false;
            wMax = window;
            k = 0;
        } else {
            // RFC 9438 §4.2, equation (2).
            k = (float) Math.cbrt((wMax - window) / (C * segmentSize));
        }
    }

    @Override
    public void onCongestion(int inFlight, int segmentSize, long nowNs) {
        super.onCongestion(inFlight, segmentSize, nowNs);
        // RFC 9438 §4.7, fast convergence: a window that did not get back to where it was leaves room to others.
        wMax = priorWindow < wMax ? (int) (priorWindow * ((1 + BETA) / 2)) : priorWindow;
        inEpoch = false;
        fromHere = false;
    }

    @Override
    public void onTimeout(int inFlight, int segmentSize, boolean first, long nowNs) {
        super.onTimeout(inFlight, segmentSize, first, nowNs);
        // RFC 9438 §4.8.
        inEpoch = false;
        fromHere = true;
    }

    @Override
    int thresholdAfter(int inFlight, int segmentSize) {
        // RFC 9438 §4.6.
        return Math.max((int) (inFlight * 7L / 10), 2 * segmentSize);
    }

    @Override
    void save() {
        super.save();
        priorWMax = wMax;
        priorK = k;
        priorEpochNs = epochNs;
        priorEstimate = estimate;
        priorInEpoch = inEpoch;
        priorFromHere = fromHere;
    }

    @Override
    public void onUndo() {
        super.onUndo();
        // RFC 9438 §4.9: all of the state returns.
        wMax = priorWMax;
        k = priorK;
        epochNs = priorEpochNs;
        estimate = priorEstimate;
        inEpoch = priorInEpoch;
        fromHere = priorFromHere;
        carry = 0;
    }

    @Override
    public void onIdle(int segmentSize, long idleNs) {
        super.onIdle(segmentSize, idleNs);
        // RFC 9438 §4.2, §5.8: an epoch does not run on while nothing is sent.
        epochNs += idleNs;
        lastNs += idleNs;
    }
}
