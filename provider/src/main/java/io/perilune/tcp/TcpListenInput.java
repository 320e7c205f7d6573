package io.perilune.tcp;

import io.perilune.metrics.Counter;

/** LISTEN (RFC 9293 §3.10.7.2), and SYN-RECEIVED while it is a small record (§3.10.7.4). */
final class TcpListenInput {

    /** The SYN-ACK or an acknowledgment answers strange segments this rarely. */
    private static final long ANSWER_INTERVAL_NS = 100_000_000L;

    private final Tcp tcp;
    private HalfOpen free;
    private int count;

    TcpListenInput(Tcp tcp) {
        this.tcp = tcp;
    }

    /** How many half-open connections there are. */
    int count() {
        return count;
    }

    void receive(TcpListener listener, TcpSegment s, long nowNs) {
        // First: RST.
        if (s.has(TcpHeader.RST)) {
            tcp.drop(Counter.DROP_TCP_NO_CONNECTION);
            return;
        }
        // Second: ACK. Nothing was sent that it could acknowledge, unless it was a cookie.
        if (s.has(TcpHeader.ACK)) {
            if (s.has(TcpHeader.SYN) || !receiveCookie(listener, s, nowNs)) {
                tcp.drop(Counter.DROP_TCP_NO_CONNECTION);
                if (s.has(TcpHeader.SYN) || !listener.mayHavePutOff(nowNs)) {
                    tcp.writer.sendResetFor(s, nowNs);
                }
            }
            return;
        }
        // Fourth: neither SYN. SYN with FIN is nothing a stack sends: it is dropped, as RFC 9293 allows for "any
        // other".
        if (!s.has(TcpHeader.SYN) || s.has(TcpHeader.FIN)) {
            tcp.drop(Counter.DROP_TCP_NO_CONNECTION);
            return;
        }
        if (tcp.memory.isScarce()) {
            // The peer asks again in a second; those that are connected go first.
            tcp.drop(Counter.DROP_TCP_MEMORY);
            return;
        }
        if (listener.isAcceptQueueFull()) {
            tcp.drop(Counter.DROP_TCP_ACCEPT_QUEUE_FULL);
            return;
        }
        if (tcp.cookies.isWanted(listener)) {
            tcp.cookies.answer(listener, s, nowNs);
            return;
        }
        if (listener.isSynQueueFull()) {
            tcp.drop(Counter.DROP_TCP_SYN_QUEUE_FULL);
            return;
        }
        // Third: SYN. Data on it is not kept: the peer sends it again (RFC 9293 §3.10.7.2 lets it be queued).
        begin(listener, s, nowNs);
    }

    private void begin(TcpListener listener, TcpSegment s, long nowNs) {
        HalfOpen h = free;
        if (h == null) {
            h = new HalfOpen(tcp);
        } else {
            free = h.nextFree;
            h.nextFree = null;
        }
        describe(h, listener, s, nowNs);
        h.iss = tcp.isn.initialSequence(h, nowNs);
        if (tcp.reuseAfter != 0 && SeqNum.before(h.iss, tcp.reuseAfter + TcpHeader.WINDOW_MAX)) {
            // RFC 9293 §3.10.7.4 (TIME-WAIT): larger than the largest number the earlier incarnation used.
            h.iss = tcp.reuseAfter + TcpHeader.WINDOW_MAX + 2;
        }
        count++;
        listener.halfOpenCount++;
        tcp.table.add(h);
        tcp.writer.sendSynAck(h, nowNs);
        tcp.wheel.arm(h, nowNs + RttEstimator.INITIAL_RTO_NS);
    }

    /** Fills in all that a SYN tells of a half-open connection: all but our initial sequence number. */
    void describe(HalfOpen h, TcpListener listener, TcpSegment s, long nowNs) {
        h.listener = listener;
        h.localHigh = s.destinationHigh;
        h.localLow = s.destinationLow;
        h.remoteHigh = s.sourceHigh;
        h.remoteLow = s.sourceLow;
        h.ports = s.destinationPort << 16 | s.sourcePort;
        h.hash = s.hash;
        h.irs = s.seq;
        h.peerMss = s.mss == 0 ? TcpOutput.defaultMss(h.remoteHigh, h.remoteLow) : s.mss;
        h.sndShift = s.windowScale;
        h.sackPermitted = s.sackPermitted;
        h.timestamps = s.timestamps;
        h.ecn = Ecn.accepts(tcp, s);
        h.tsRecent = s.timestamps ? s.tsVal : 0;
        h.tsOffset = tcp.isn.timestampOffset(h);
        h.rcvShift = Tcp.shiftFor(tcp.largestReceiveBuffer(listener.options));
        h.rcvWindow = Math.min(tcp.firstReceiveBuffer(listener.options), TcpHeader.WINDOW_MAX);
        h.retries = 0;
        h.sentNs = nowNs;
        h.lastAnswerNs = nowNs;
    }

    void receiveHalfOpen(HalfOpen h, TcpSegment s, long nowNs) {
        // RFC 7323 §5.3 R1.
        if (h.timestamps && s.timestamps && !s.has(TcpHeader.RST) && SeqNum.before(s.tsVal, h.tsRecent)) {
            tcp.drop(Counter.DROP_TCP_PAWS);
            answer(h, nowNs);
            return;
        }
        // A SYN that was sent again: the SYN-ACK was lost.
        if (s.has(TcpHeader.SYN) && !s.has(TcpHeader.ACK | TcpHeader.RST) && s.seq == h.irs) {
            // RFC 3168 §6.1.1.1: the peer gave up asking, and so sets no ECT.
            h.ecn &= Ecn.accepts(tcp, s);
            if (nowNs - h.lastAnswerNs >= ANSWER_INTERVAL_NS) {
                h.lastAnswerNs = nowNs;
                tcp.counters.increment(Counter.TCP_RETRANSMITTED_SEGMENTS);
                tcp.writer.sendSynAck(h, nowNs);
            }
            return;
        }
        // First: sequence number check.
        int rcvNxt = h.irs + 1;
        if (SeqNum.before(s.seq, rcvNxt) || SeqNum.after(s.seq, rcvNxt + h.rcvWindow)) {
            tcp.drop(Counter.DROP_TCP_OUTSIDE_WINDOW);
            if (!s.has(TcpHeader.RST)) {
                answer(h, nowNs);
            }
            return;
        }
        // Second: RST, as RFC 5961 §3.2 has it; a passive open returns to LISTEN. Fourth: SYN (RFC 5961 §4.2).
        if (s.has(TcpHeader.RST) && s.seq == rcvNxt) {
            tcp.counters.increment(Counter.TCP_RESETS_RECEIVED);
            forget(h);
            return;
        }
        if (s.has(TcpHeader.RST | TcpHeader.SYN)) {
            tcp.drop(Counter.DROP_TCP_OUTSIDE_WINDOW);
            answer(h, nowNs);
            return;
        }
        receiveAck(h, s, nowNs);
    }

    /** Fifth: the acknowledgment of our SYN. */
    private void receiveAck(HalfOpen h, TcpSegment s, long nowNs) {
        if (!s.has(TcpHeader.ACK)) {
            tcp.drop(Counter.DROP_TCP_ACK);
            return;
        }
        if (s.ack != h.iss + 1) {
            tcp.drop(Counter.DROP_TCP_ACK);
            tcp.writer.sendResetFor(s, nowNs);
            return;
        }
        TcpListener listener = h.listener;
        if (listener.isAcceptQueueFull()) {
            // As Linux: the peer believes it is connected and its data, or our SYN-ACK again, gives another chance.
            tcp.drop(Counter.DROP_TCP_ACCEPT_QUEUE_FULL);
            return;
        }
        TcpConnection c = connectionOf(h, listener.options, s, nowNs);
        if (h.retries == 0) {
            c.rtt.sample(nowNs - h.sentNs, tcp.rtoMinNs);
        } else {
            c.rtt.onSynLost();
        }
        c.retries = (byte) h.retries;
        tcp.wheel.cancel(h);
        tcp.table.replace(h, c);
        recycle(h);
        establish(listener, c, s, nowNs);
    }

    /** An acknowledgment of nothing that is known here may be of a cookie. Returns whether it was. */
    private boolean receiveCookie(TcpListener listener, TcpSegment s, long nowNs) {
        HalfOpen h = tcp.cookies.redeem(listener, s, nowNs);
        if (h == null) {
            return false;
        }
        if (listener.isAcceptQueueFull()) {
            // The peer believes it is connected. What it sends next does not show that it had a cookie, only its first
            // data, sent again, will.
            tcp.drop(Counter.DROP_TCP_ACCEPT_QUEUE_FULL);
            listener.putOff(nowNs);
            return true;
        }
        TcpConnection c = connectionOf(h, listener.options, s, nowNs);
        tcp.table.add(c);
        establish(listener, c, s, nowNs);
        return true;
    }

    private void establish(TcpListener listener, TcpConnection c, TcpSegment s, long nowNs) {
        tcp.connections++;
        c.establish(nowNs);
        listener.enqueue(c);
        tcp.synchronizedInput.receive(c, s, nowNs);
        tcp.fire(c);
        listener.acceptor.onAcceptable(listener);
    }

    private TcpConnection connectionOf(HalfOpen h, TcpSocketOptions options, TcpSegment s, long nowNs) {
        TcpConnection c = new TcpConnection(tcp, options.copy(), null);
        c.copyTuple(h);
        c.state = TcpState.SYN_RECEIVED;
        c.iss = h.iss;
        c.irs = h.irs;
        c.sndUna = h.iss + 1;
        c.sndNxt = h.iss + 1;
        c.sndSml = c.sndUna;
        c.sendQueue.end = c.sndNxt;
        c.peerMss = h.peerMss;
        c.sack = h.sackPermitted;
        c.timestamps = h.timestamps;
        c.ecn = h.ecn ? Ecn.AGREED : 0;
        c.tsOffset = h.tsOffset;
        c.tsRecent = h.tsRecent;
        c.tsRecentNs = nowNs;
        if (h.sndShift >= 0) {
            c.sndScale = (byte) h.sndShift;
            c.rcvScale = (byte) h.rcvShift;
        }
        c.rcvNxt = h.irs + 1;
        c.rcvAcked = c.rcvNxt;
        c.rcvAdv = c.rcvNxt + h.rcvWindow;
        c.sndWnd = s.window << c.sndScale;
        c.sndWndMax = c.sndWnd;
        c.sndWl1 = s.seq;
        c.sndWl2 = s.ack;
        return c;
    }

    private void answer(HalfOpen h, long nowNs) {
        if (nowNs - h.lastAnswerNs >= ANSWER_INTERVAL_NS) {
            h.lastAnswerNs = nowNs;
            tcp.counters.increment(Counter.TCP_CHALLENGE_ACKS);
            tcp.writer.sendHalfOpenAck(h, nowNs);
        } else {
            tcp.counters.increment(Counter.TCP_CHALLENGE_ACKS_LIMITED);
        }
    }

    void forget(HalfOpen h) {
        tcp.wheel.cancel(h);
        tcp.table.remove(h);
        recycle(h);
    }

    /** Forgets all of one listener, or of all: null. */
    void forgetAll(TcpListener listener) {
        ConnectionTable table = tcp.table;
        int index = 0;
        while (index < table.capacity()) {
            FlowEntry entry = table.slot(index);
            if (entry instanceof HalfOpen && (listener == null || ((HalfOpen) entry).listener == listener)) {
                // What is behind may move into this slot: look again.
                forget((HalfOpen) entry);
            } else {
                index++;
            }
        }
    }

    private void recycle(HalfOpen h) {
        count--;
        h.listener.halfOpenCount--;
        h.listener = null;
        h.nextFree = free;
        free = h;
    }
}
