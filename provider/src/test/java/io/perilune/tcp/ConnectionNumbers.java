package io.perilune.tcp;

/** Where a connection stands in sequence space, and what it has agreed on: for tests outside of this package. */
public final class ConnectionNumbers {

    private ConnectionNumbers() {}

    /** Returns SND.UNA. */
    public static int sndUna(TcpConnection c) {
        return c.sndUna;
    }

    /** Returns SND.NXT. */
    public static int sndNxt(TcpConnection c) {
        return c.sndNxt;
    }

    /** Returns RCV.NXT. */
    public static int rcvNxt(TcpConnection c) {
        return c.rcvNxt;
    }

    /** Returns the right edge of the window that was offered. */
    public static int rcvAdv(TcpConnection c) {
        return c.rcvAdv;
    }

    /** Returns whether timestamps were agreed on. */
    public static boolean hasTimestamps(TcpConnection c) {
        return c.timestamps;
    }

    /** Returns whether SACK was agreed on. */
    public static boolean hasSack(TcpConnection c) {
        return c.sack;
    }

    /** Returns the largest segment that is sent. */
    public static int sndMss(TcpConnection c) {
        return c.sndMss;
    }

    /** Returns the shift of the windows that the peer tells. */
    public static int sndShift(TcpConnection c) {
        return c.sndScale;
    }

    /**
     * Returns the sequence numbers of what is sent and not acknowledged, record by record: first one, one behind the
     * last, and 1 if it is marked as reported.
     */
    public static int[][] records(TcpConnection c) {
        int count = 0;
        for (SegmentRecord r = c.sendQueue.head; r != null && r.has(SegmentRecord.SENT); r = r.next) {
            count++;
        }
        int[][] records = new int[count][];
        int i = 0;
        for (SegmentRecord r = c.sendQueue.head; i < count; r = r.next) {
            records[i++] = new int[] {r.seq, r.end(), r.has(SegmentRecord.SACKED) ? 1 : 0};
        }
        return records;
    }
}
