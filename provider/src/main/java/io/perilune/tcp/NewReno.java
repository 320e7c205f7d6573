package io.perilune.tcp;

/** Congestion avoidance by RFC 5681, counting bytes by RFC 3465. Owned by the shard's driver. */
class NewReno extends HyStart {

    static final String NAME = "newreno";

    private int acknowledged;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    void avoid(AckSample sample, int segmentSize) {
        if (!sample.cwndLimited) {
            return;
        }
        // RFC 3465 §2.1: one segment for each whole window of acknowledged bytes.
        acknowledged += Math.min(sample.acknowledged, window);
        if (acknowledged >= window) {
            acknowledged -= window;
            window = Math.min(window + segmentSize, WINDOW_LIMIT);
        }
    }

    @Override
    int thresholdAfter(int inFlight, int segmentSize) {
        acknowledged = 0;
        // RFC 5681 equation (4), RFC 6675 §5 (4.2).
        return Math.max(inFlight / 2, 2 * segmentSize);
    }
}
