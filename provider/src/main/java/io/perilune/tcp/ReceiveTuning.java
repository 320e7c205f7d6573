package io.perilune.tcp;

/**
 * The receive buffer of a connection whose user did not set SO_RCVBUF: it grows to twice what the user reads in a round
 * trip, so that the window is never what holds the peer back (dynamic right-sizing; RFC 9293 §3.8.6.2.2 leaves the size
 * to the receiver). Who does not read gets no more. Never shrinks; the bound is {@code tcp.receive-buffer-max}, and
 * memory that is short. Owned by the shard's driver.
 */
final class ReceiveTuning {

    /** Room on top for a peer that still grows from its first window, in segments. */
    private static final int SPARE_SEGMENTS = 16;

    private static final long MILLI_NS = 1_000_000L;
    /** Smoothing of the round-trip time that this side sees, as RFC 6298 §2.3 has it: 1/8 of each new sample. */
    private static final int SMOOTHING = 8;

    /** The round-trip time as far as this side can tell, in nanoseconds, or 0 while it cannot. */
    private long rttNs;
    /** When the present window of data began to come, to measure by. */
    private long windowSinceNs;
    /** Where that window ends in sequence space. */
    private int windowEnd;

    private boolean measuring;

    /** When the present period began: it lasts a round trip. */
    private long periodSinceNs;
    /** How far the user had read then, in sequence space. */
    private int periodSeq;
    /** The most that was read in a period so far. */
    private int most;

    /** The connection is established. */
    void start(TcpConnection c, long nowNs) {
        periodSinceNs = nowNs;
        periodSeq = c.rcvNxt;
        // What a peer sends at first (RFC 6928 §2) is no reason to grow, nor what the buffer holds four times.
        most = Math.max(10 * c.rcvMss, c.rcvBuf / 4);
    }

    /** Data in order has come and is part of RCV.NXT: measures the time in which a window, or an echo, comes back. */
    void onData(TcpConnection c, TcpSegment s, long nowNs) {
        if (c.timestamps && s.timestamps && s.tsEcr != 0) {
            // The peer echoes what it last heard from here (RFC 7323 §4.1): never less than the round trip.
            long elapsedNs = Math.max(1, c.tcp.timestamp(c.tsOffset, nowNs) - s.tsEcr) * MILLI_NS;
            rttNs = rttNs == 0 ? elapsedNs : rttNs + (elapsedNs - rttNs) / SMOOTHING;
            return;
        }
        if (measuring && SeqNum.before(c.rcvNxt, windowEnd)) {
            return;
        }
        if (measuring) {
            // A peer that is held back by the window takes a round trip for it, another one longer.
            long elapsedNs = Math.max(1, nowNs - windowSinceNs);
            rttNs = rttNs == 0 ? elapsedNs : Math.min(rttNs, elapsedNs);
        }
        measuring = true;
        windowSinceNs = nowNs;
        windowEnd = c.rcvAdv;
    }

    /** The user has read. */
    void onRead(TcpConnection c, long nowNs) {
        if (rttNs == 0 || nowNs - periodSinceNs < rttNs) {
            return;
        }
        int read = c.rcvNxt - c.receiveQueue.bytes - c.heldBytes - periodSeq;
        if (read > most) {
            // By so much more than before, the next round trip may bring: a peer in slow start doubles.
            long wanted = 2L * read + (long) SPARE_SEGMENTS * c.rcvMss;
            wanted += wanted * (read - most) / most * 2;
            if (wanted > c.rcvBuf && !c.tcp.memory.isShort()) {
                c.rcvBuf = (int) Math.min(wanted, Math.max(c.rcvBuf, c.tcp.receiveBufferMost));
            }
            most = read;
        }
        periodSinceNs = nowNs;
        periodSeq += read;
    }
}
