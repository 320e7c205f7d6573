package io.perilune.tcp;

/** How much one connection may have in flight, as one algorithm sees it. All amounts in bytes. */
interface CongestionControl {

    /** The congestion window. */
    int window();

    /** The slow start threshold. */
    int slowStartThreshold();

    /** The handshake is complete, or the segment size has changed. */
    void start(int segmentSize);

    /** New data was acknowledged outside of recovery; inFlight is what was outstanding before. */
    void onAcknowledged(int bytes, int inFlight, int segmentSize);

    /** A loss was found by duplicate acknowledgments or SACK: recovery begins. */
    void onRecovery(int inFlight, int segmentSize);

    /** What was outstanding at the loss has been acknowledged. */
    void onRecovered(int inFlight, int segmentSize);

    /** The retransmission timer fired; first tells whether it is the first time for this data. */
    void onTimeout(int inFlight, int segmentSize, boolean first);

    /** Nothing was sent for longer than a retransmission timeout. */
    void onIdle(int segmentSize);
}
