package io.perilune.tcp;

import io.perilune.metrics.Counter;

/** SYN-SENT (RFC 9293 §3.10.7.3). Owned by the shard's driver. */
final class TcpSynSentInput {

    private final Tcp tcp;

    TcpSynSentInput(Tcp tcp) {
        this.tcp = tcp;
    }

    void receive(TcpConnection c, TcpSegment s, long nowNs) {
        boolean ack = s.has(TcpHeader.ACK);
        // First: ACK. Only the SYN was sent; RFC 7323 §3.2 lets a wrong timestamp echo count as a wrong one.
        if (ack && s.ack != c.iss + 1) {
            tcp.drop(Counter.DROP_TCP_ACK);
            if (!s.has(TcpHeader.RST)) {
                tcp.writer.sendResetFor(s, nowNs);
            }
            return;
        }
        // Second: RST.
        if (s.has(TcpHeader.RST)) {
            if (ack) {
                tcp.counters.increment(Counter.TCP_RESETS_RECEIVED);
                tcp.terminate(c, TcpError.CONNECTION_REFUSED);
            } else {
                tcp.drop(Counter.DROP_TCP_ACK);
            }
            return;
        }
        // Fourth: SYN. Fifth: neither of the two.
        if (!s.has(TcpHeader.SYN)) {
            tcp.drop(Counter.DROP_TCP_ACK);
            return;
        }
        takeSyn(c, s, nowNs);
        if (ack) {
            Ecn.onSynAck(c, s);
            c.sndUna = s.ack;
            if (c.retries == 0) {
                c.rtt.sample(nowNs - c.lastSendNs, tcp.rtoMinNs);
            } else {
                c.rtt.onSynLost();
            }
            c.establish(nowNs);
            // The acknowledgment goes at the end of the turn, with data if there is some by then.
            c.ackNow = true;
            tcp.markDirty(c);
            tcp.synchronizedInput.receiveBehindSyn(c, s, nowNs);
        } else {
            // RFC 9293 §3.5, figure 7: both opened at once.
            c.state = TcpState.SYN_RECEIVED;
            c.retries = 0;
            tcp.writer.sendSyn(c, nowNs);
            tcp.timers.armRetransmission(c, nowNs);
        }
    }

    private static void takeSyn(TcpConnection c, TcpSegment s, long nowNs) {
        c.irs = s.seq;
        c.rcvNxt = s.seq + 1;
        c.rcvAcked = c.rcvNxt;
        c.rcvAdv = c.rcvNxt + Math.min(c.rcvBuf, TcpHeader.WINDOW_MAX);
        c.peerMss = s.mss == 0 ? TcpOutput.defaultMss(c.remoteHigh, c.remoteLow) : s.mss;
        c.sack = s.sackPermitted;
        c.timestamps = s.timestamps;
        if (s.timestamps) {
            c.tsRecent = s.tsVal;
            c.tsRecentNs = nowNs;
        }
        // RFC 7323 §2.2: both sides scale, or neither does.
        c.windowScaled = s.windowScale >= 0;
        if (c.windowScaled) {
            c.sndScale = (byte) s.windowScale;
        } else {
            c.rcvScale = 0;
        }
        c.sndWnd = s.window;
        c.sndWndMax = s.window;
        c.sndWl1 = s.seq;
        c.sndWl2 = s.has(TcpHeader.ACK) ? s.ack : c.iss;
    }
}
