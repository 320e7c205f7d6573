package io.perilune.tcp;

/** When received data is acknowledged, and what window is offered (RFC 5681 §4.2, RFC 9293 §3.8.6.2.2, §3.8.6.3). */
final class DelayedAck {

    /** RFC 9293 §3.8.6.3 (MUST-40): less than 0.5 s. */
    static final long DELAY_NS = 40_000_000L;
    /** The delay where nothing was sent for {@link #QUIET_NS}: no data is likely to take the acknowledgment along. */
    static final long SHORT_DELAY_NS = 2_000_000L;

    static final long QUIET_NS = 100_000_000L;
    /** A burst is acknowledged after so many segments: one acknowledgment for all of it would stop the peer if lost. */
    static final int BURST_SEGMENTS = 8;
    /** So many segments are acknowledged at once while the peer is in slow start. */
    static final byte QUICK_ACKS = 8;
    /** The same after a gap or a duplicate. */
    static final byte QUICK_ACKS_AFTER_LOSS = 64;

    private DelayedAck() {}

    /** In-order data has come. */
    static void onData(TcpConnection c, int length) {
        if (length > c.rcvMss) {
            c.rcvMss = length;
        }
        if (c.quickAcks > 0) {
            if (!c.options.quickAck) {
                c.quickAcks--;
            }
            c.ackNow = true;
        }
    }

    /**
     * A gap has come, or was filled, or something has come twice: the path loses. The peer's window is small then, and
     * with a lost acknowledgment it may have no second segment to send, so that each delay would be the peer's too.
     */
    static void onDisorder(TcpConnection c) {
        c.quickAcks = (byte) Math.max(c.quickAcks, QUICK_ACKS_AFTER_LOSS);
    }

    /** Whether what came since the last acknowledgment is worth one now: every second full segment (RFC 5681 §4.2). */
    static boolean isDue(TcpConnection c) {
        return c.ackNow || c.rcvNxt - c.rcvAcked >= 2 * c.rcvMss;
    }

    /** Whether so much of a burst is not acknowledged that its end is not waited for. */
    static boolean isDueWithinBurst(TcpConnection c) {
        // Where the path has just lost something the peer's window is small: every second one (RFC 5681 §4.2).
        return c.rcvNxt - c.rcvAcked >= (c.quickAcks > 0 ? 2 : BURST_SEGMENTS) * c.rcvMss;
    }

    /** How long an acknowledgment may wait for a second segment, or for data that takes it along. */
    static long delayNs(TcpConnection c, long nowNs) {
        return nowNs - c.lastSendNs > QUIET_NS ? SHORT_DELAY_NS : DELAY_NS;
    }

    /** Whether reading has made so much room that the peer must hear of it. */
    static boolean deservesUpdate(TcpConnection c) {
        int offered = c.rcvAdv - c.rcvNxt;
        int space = space(c);
        return space >= 2 * offered && space - offered >= step(c);
    }

    /**
     * Returns the window for the next header, not scaled, and moves RCV.ADV. The right edge stays until it can move by
     * a segment or half the buffer (RFC 9293 §3.8.6.2.2, MUST-39), and never moves left (§3.8.6, SHLD-14).
     */
    static int advertise(TcpConnection c) {
        int offered = c.rcvAdv - c.rcvNxt;
        int space = space(c);
        int scale = c.rcvScale;
        int field;
        if (space - offered >= step(c)) {
            field = Math.min(space >> scale, TcpHeader.WINDOW_MAX);
        } else {
            // Rounded up, so that what was offered stays offered, while there is room for it. Else down, as RFC 7323
            // §2.4
            // allows: many small segments, each acknowledged so, would move the edge beyond the buffer's end.
            int up = (offered + (1 << scale) - 1) >> scale;
            field = Math.min(up << scale <= space ? up : offered >> scale, TcpHeader.WINDOW_MAX);
        }
        c.rcvAdv = SeqNum.max(c.rcvAdv, c.rcvNxt + (field << scale));
        return field;
    }

    /** A segment with the acknowledgment is on its way. */
    static void onAcknowledged(TcpConnection c) {
        c.ackNow = false;
        c.rcvAcked = c.rcvNxt;
        c.timers &= ~TcpTimers.DELAYED_ACK;
    }

    private static int step(TcpConnection c) {
        return Math.max(Math.min(c.rcvBuf / 2, c.rcvMss), 1 << c.rcvScale);
    }

    private static int space(TcpConnection c) {
        int space = Math.max(0, c.rcvBuf - c.receiveQueue.bytes - c.heldBytes);
        return c.tcp.memory.windowOf(c, space);
    }
}
