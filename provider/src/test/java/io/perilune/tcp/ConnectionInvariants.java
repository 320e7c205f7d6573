package io.perilune.tcp;

/**
 * What must hold of a connection between any two turns, whatever came from the network. One instance watches one
 * connection over its life, since some of it compares with what was before.
 */
public final class ConnectionInvariants {

    private final TcpConnection connection;
    private boolean seen;
    private int sndUna;
    private int rcvNxt;
    private int rcvAdv;

    /** Begins to watch a connection. */
    public ConnectionInvariants(TcpConnection connection) {
        this.connection = connection;
    }

    /** Returns the stack that a connection belongs to. */
    public static Tcp tcpOf(TcpConnection c) {
        return c.tcp;
    }

    /** Returns the initial sequence number that a connection sends, by which its two ends find each other. */
    public static int initialSent(TcpConnection c) {
        return c.iss;
    }

    /** Returns the initial sequence number that a connection received. */
    public static int initialReceived(TcpConnection c) {
        return c.irs;
    }

    /** Returns where a connection stands, for messages. */
    public static String describe(TcpConnection c) {
        return c.state + " " + c.error + " una " + (c.sndUna - c.iss) + " nxt " + (c.sndNxt - c.iss) + " wnd "
                + c.sndWnd
                + " cwnd " + c.congestion.window() + " mss " + c.sndMss + " queued " + c.sendQueue.bytes + " rcv "
                + (c.rcvNxt - c.irs) + " adv " + (c.rcvAdv - c.irs) + " unread " + c.receiveQueue.bytes + " timers "
                + Integer.toBinaryString(c.timers) + " retries " + c.retries + " recovery " + c.recovery;
    }

    /** Looks whether all holds. */
    public void check() {
        TcpConnection c = connection;
        if (!c.isSynchronized()) {
            require(c.isLive() || c.timers == 0, "a timer is left");
            require(c.isLive() || c.sendQueue.records == 0, "an ended connection holds data to send");
            require(c.isLive() || c.outOfOrder == null, "an ended connection holds data out of order");
            return;
        }
        checkSpaces(c);
        checkSendQueue(c);
        checkTimers(c);
        int window = c.congestion.window();
        // RFC 6937 makes it smaller for the time of a recovery.
        require(window >= (c.recovery == TcpConnection.OPEN ? c.sndMss : 1), "cwnd is below one segment");
        require(window <= CongestionControl.WINDOW_LIMIT, "cwnd is beyond all bounds");
        require(c.congestion.slowStartThreshold() >= 2 * Math.min(c.sndMss, TcpOutput.LEAST_MSS), "ssthresh");
        require(c.heldBytes >= 0 && c.heldCells >= 0 && (c.heldBytes == 0) == (c.heldCells == 0), "held");
        require(c.receiveQueue.bytes >= 0 && (c.receiveQueue.bytes == 0) == (c.receiveQueue.cells == 0), "unread");
        require(
                c.receiveQueue.bytes + c.heldBytes <= Math.max(c.rcvBuf, TcpHeader.WINDOW_MAX),
                "more is unread than the receive buffer holds");
        require(c.rtt.rtoNs() > 0 && c.rtt.rtoNs() <= RttEstimator.RTO_MAX_NS, "RTO out of bounds");
    }

    private void checkSpaces(TcpConnection c) {
        require(c.sndNxt - c.sndUna >= 0, "SND.NXT is before SND.UNA");
        require(c.rcvAdv - c.rcvNxt >= 0 || c.finReceived, "RCV.NXT is behind the offered window");
        require(c.rcvNxt - c.rcvAcked >= 0, "more was acknowledged than received");
        if (seen) {
            require(c.sndUna - sndUna >= 0, "SND.UNA went back");
            require(c.rcvNxt - rcvNxt >= 0, "RCV.NXT went back");
            // RFC 9293 §3.8.6 (SHLD-14): a window is not shrunk.
            require(c.rcvAdv - rcvAdv >= 0, "the right edge of the window went back");
        }
        seen = true;
        sndUna = c.sndUna;
        rcvNxt = c.rcvNxt;
        rcvAdv = c.rcvAdv;
    }

    private void checkSendQueue(TcpConnection c) {
        SendQueue queue = c.sendQueue;
        int bytes = 0;
        int records = 0;
        int sacked = 0;
        int lost = 0;
        int seq = c.sndUna;
        boolean unsent = false;
        for (SegmentRecord r = queue.head; r != null; r = r.next) {
            require(r.seq == seq, "the records of the send queue do not follow each other");
            require(r.length >= 0 && r.sequenceLength() > 0, "an empty record");
            if (!unsent && r == queue.firstUnsent) {
                unsent = true;
                require(r.seq == c.sndNxt, "the first unsent record is not at SND.NXT");
            }
            require(unsent != r.has(SegmentRecord.SENT), "a record's mark of being sent is wrong");
            require(!r.has(SegmentRecord.SACKED) || r.has(SegmentRecord.SENT), "reported, but never sent");
            sacked += r.has(SegmentRecord.SACKED) ? r.sequenceLength() : 0;
            lost += r.has(SegmentRecord.LOST) ? 1 : 0;
            bytes += r.length;
            records++;
            seq = r.end();
        }
        require(bytes == queue.bytes, "the send queue counts " + queue.bytes + " bytes and has " + bytes);
        require(records == queue.records, "the send queue counts " + queue.records + " and has " + records);
        require(unsent == (queue.firstUnsent != null), "the first unsent record is not in the queue");
        require(seq == queue.end || records == 0, "the send queue ends elsewhere");
        require(unsent || seq == c.sndNxt, "SND.NXT is not where the sent records end");
        require(sacked == c.scoreboard.sackedLength(), "the scoreboard's sum of reported bytes is wrong");
        require((lost > 0) == c.scoreboard.hasAnyLost(), "the scoreboard's sum of lost bytes is wrong");
        // A loan is taken whole, by a queue that is not full.
        require(c.finQueued || bytes < c.sndBuf + c.tcp.pool.cellSize(), "more is queued than the send buffer holds");
    }

    private void checkTimers(TcpConnection c) {
        require(c.timers == 0 || c.isArmed(), "a timer is wanted and none is armed");
        boolean running = (c.timers & (TcpTimers.RETRANSMISSION | TcpTimers.PERSIST)) != 0;
        // RFC 6298 §5.1: nothing is in flight, and nothing waits for the window, without a timer.
        require(c.outstanding() == 0 || running, "data is in flight and no timer runs");
        require(
                c.sendQueue.firstUnsent == null || running || (c.timers & TcpTimers.PACE) != 0,
                "data waits and no timer runs");
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what + ": " + describe(connection));
        }
    }
}
