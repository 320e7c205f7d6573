package io.perilune.tcp;

/**
 * DCTCP (RFC 8257): the window shrinks by as much as the share of marked bytes says. Losses count, and the window grows,
 * as for Reno (§3.4, §3.5). Owned by the shard's driver.
 */
final class Dctcp extends NewReno {

    static final String NAME = "dctcp";

    /** Alpha is a fraction of this. */
    static final int ONE = 1 << 16;

    /** RFC 8257 §4.2: g = 1/16. */
    private static final int G_SHIFT = 4;

    /** RFC 8257 §3.3: at first all is held to be marked. */
    private int alpha = ONE;

    private boolean observing;
    private int windowEnd;
    private int reactedUntil;
    private boolean reacted;
    private long bytesAcknowledged;
    private long bytesMarked;

    @Override
    public String name() {
        return NAME;
    }

    /** The estimate of the share that is marked, from 0 to {@link #ONE}. */
    int alpha() {
        return alpha;
    }

    @Override
    public boolean countsMarks() {
        return true;
    }

    @Override
    public void onAcknowledged(AckSample sample, int segmentSize) {
        observe(sample);
        if (reacted && SeqNum.after(sample.sndUna, reactedUntil)) {
            reacted = false;
        }
        if (sample.ceMarkedBytes == 0) {
            super.onAcknowledged(sample, segmentSize);
        } else if (!reacted) {
            // RFC 8257 §3.3, once for each window as in RFC 3168 §6.1.2: cwnd = cwnd * (1 - DCTCP.Alpha / 2).
            reacted = true;
            reactedUntil = sample.sndNxt;
            int rest = window - (int) ((long) window * alpha / (2 * ONE));
            leaveSlowStart(Math.max(rest, 2 * segmentSize));
        }
    }

    /** RFC 8257 §3.3: alpha follows the share of each window. */
    private void observe(AckSample sample) {
        if (!observing) {
            observing = true;
            windowEnd = sample.sndNxt;
        }
        bytesAcknowledged += sample.acknowledged;
        bytesMarked += sample.ceMarkedBytes;
        if (SeqNum.after(sample.sndUna, windowEnd)) {
            long share = bytesMarked * ONE / Math.max(1, bytesAcknowledged);
            // What is left when the share is 0 must come to 0, which a shift of a small number alone does not.
            int decay = alpha >> G_SHIFT;
            alpha = (int) (alpha - (decay == 0 ? alpha : decay) + (share >> G_SHIFT));
            alpha = Math.min(alpha, ONE);
            windowEnd = sample.sndNxt;
            bytesAcknowledged = 0;
            bytesMarked = 0;
        }
    }
}
