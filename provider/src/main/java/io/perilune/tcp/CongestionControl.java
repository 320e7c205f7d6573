package io.perilune.tcp;

/**
 * How much one connection may have in flight, as one algorithm sees it. All amounts in bytes.
 *
 * <p>The algorithm decides the window outside of recovery and the threshold always. During recovery whoever recovers
 * (proportional rate reduction, RFC 9937) may set the window by {@link #setWindow} and ends that by
 * {@link #onRecovered}. Owned by the shard's driver; no method allocates.
 */
interface CongestionControl {

    /** No window grows beyond this. */
    int WINDOW_LIMIT = 1 << 30;

    /** The congestion window. */
    int window();

    /** The slow start threshold. */
    int slowStartThreshold();

    /** What the algorithm is called in the setting tcp.congestion. */
    String name();

    /** The handshake is complete: the initial window. */
    void start(int segmentSize);

    /** New data was acknowledged outside of fast recovery, also in the slow start after a timeout. */
    void onAcknowledged(AckSample sample, int segmentSize);

    /**
     * Congestion was found, by a loss or by an ECN echo: at most once for each window of data. The threshold and the
     * window sink, and what they were before is kept for {@link #onUndo}.
     *
     * @param inFlight what is outstanding
     */
    void onCongestion(int inFlight, int segmentSize, long nowNs);

    /** Sets the window for the time of recovery; from one byte to {@link #WINDOW_LIMIT}, other values are bounded. */
    void setWindow(int bytes);

    /** What was outstanding at the loss has been acknowledged; inFlight is what is outstanding now. */
    void onRecovered(int inFlight, int segmentSize);

    /**
     * The retransmission timer fired.
     *
     * @param first whether it is the first time for this data: the threshold sinks once for one loss
     */
    void onTimeout(int inFlight, int segmentSize, boolean first, long nowNs);

    /** What the last onCongestion or first onTimeout was called for was no loss: the state before is back (RFC 4015). */
    void onUndo();

    /** Nothing was sent for idleNs, longer than a retransmission timeout. */
    void onIdle(int segmentSize, long idleNs);

    /** The rate at which the algorithm wants its data sent, or 0 if it has no wish. */
    long pacingBytesPerSecond();

    /**
     * Whether the peer shall tell of each marked segment instead of once a window, and the algorithm reacts to that by
     * itself in {@link #onAcknowledged} (RFC 8257).
     */
    default boolean countsMarks() {
        return false;
    }

    /** The initial window (RFC 6928 §2). */
    static int initialWindow(int segmentSize) {
        return Math.min(10 * segmentSize, Math.max(2 * segmentSize, 14_600));
    }
}
