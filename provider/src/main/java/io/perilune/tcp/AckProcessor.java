package io.perilune.tcp;

import io.perilune.metrics.Counter;

/** The fifth step of SEGMENT ARRIVES: the acknowledgment field (RFC 9293 §3.10.7.4). Owned by the shard's driver. */
final class AckProcessor {

    private static final long MILLI_NS = 1_000_000L;

    private final Tcp tcp;

    AckProcessor(Tcp tcp) {
        this.tcp = tcp;
    }

    /** Returns whether the segment may be processed further. */
    boolean process(TcpConnection c, TcpSegment s, long nowNs) {
        int ack = s.ack;
        int una = c.sndUna;
        // RFC 5961 §5.2: SND.UNA - MAX.SND.WND <= SEG.ACK <= SND.NXT, else an acknowledgment and no more.
        if (SeqNum.after(ack, c.sndNxt) || SeqNum.before(ack, una - c.sndWndMax)) {
            tcp.drop(Counter.DROP_TCP_ACK);
            ChallengeAcks.challenge(c, nowNs);
            return false;
        }
        c.unansweredProbes = 0;
        // The peer is heard again: what ICMP said before explains no later timeout.
        c.softError = TcpError.NONE;
        boolean windowChanged = updateWindow(c, s);
        if (una == c.sndNxt || SeqNum.before(ack, una)) {
            takeLateDuplicate(c, s, nowNs);
            return true;
        }
        Delivery d = tcp.delivery;
        d.begin(c, s, nowNs);
        AckSample sample = tcp.ackSample;
        sample.inFlight = c.outstanding();
        if (d.advanced) {
            advance(c, s, d, sample);
        }
        boolean news = false;
        if (c.sack && s.sackCount > 0) {
            int sackedBefore = c.scoreboard.sackedLength();
            takeDuplicate(s, d);
            news = c.scoreboard.update(c, s, d);
            sample.newlySacked = c.scoreboard.sackedLength() - sackedBefore;
        } else {
            sample.newlySacked = 0;
        }
        // RFC 6675 §2: a duplicate tells of something that was not known. RFC 5681 §2: outstanding data, no data, no
        // SYN or FIN, the same acknowledgment and window.
        boolean duplicate =
                c.sack ? news && c.outstanding() != 0 : !d.advanced && s.sequenceLength() == 0 && !windowChanged;
        tcp.recovery.onAck(c, d, sample, duplicate);
        if (d.advanced) {
            settle(c, nowNs);
        } else if (news) {
            tcp.timers.armProbe(c, nowNs);
        }
        return true;
    }

    private static void takeDuplicate(TcpSegment s, Delivery d) {
        d.duplicate = SackScoreboard.isDuplicateReport(s);
        d.duplicateLeft = s.sackLeft[0];
        d.duplicateRight = s.sackRight[0];
    }

    /** With nothing outstanding, or in an old acknowledgment, a duplicate may still be reported (RFC 2883). */
    private void takeLateDuplicate(TcpConnection c, TcpSegment s, long nowNs) {
        if (c.sack && s.sackCount > 0 && SackScoreboard.isDuplicateReport(s)) {
            Delivery d = tcp.delivery;
            d.begin(c, s, nowNs);
            takeDuplicate(s, d);
            tcp.recovery.onAck(c, d, tcp.ackSample, false);
        } else if (c.probed && s.sequenceLength() == 0 && s.ack == c.sndUna) {
            tcp.delivery.begin(c, s, nowNs);
            tcp.recovery.onAck(c, tcp.delivery, tcp.ackSample, false);
        }
    }

    /** RFC 9293 §3.10.7.4, fifth: the window is taken from segments that are not older than the last one used. */
    private boolean updateWindow(TcpConnection c, TcpSegment s) {
        if (SeqNum.before(s.ack, c.sndUna)) {
            return false;
        }
        // What acknowledges more than all before is newer than they, though it may bear an old number: data sent again.
        if (SeqNum.after(s.ack, c.sndUna)
                || SeqNum.before(c.sndWl1, s.seq)
                || (c.sndWl1 == s.seq && SeqNum.beforeOrEqual(c.sndWl2, s.ack))) {
            int window = s.window << c.sndScale;
            c.sndWl1 = s.seq;
            c.sndWl2 = s.ack;
            if (window != c.sndWnd) {
                c.sndWnd = window;
                if (window > c.sndWndMax) {
                    c.sndWndMax = window;
                }
                if (window > 0) {
                    c.probes = 0;
                }
                if (c.sendQueue.firstUnsent != null) {
                    tcp.markDirty(c);
                }
                return true;
            }
        }
        return false;
    }

    private void advance(TcpConnection c, TcpSegment s, Delivery d, AckSample sample) {
        int ack = s.ack;
        int acknowledged = ack - c.sndUna;
        c.sndUna = ack;
        if (SeqNum.before(c.sndSml, ack)) {
            c.sndSml = ack;
        }
        if (c.sndUrgent && SeqNum.afterOrEqual(ack, c.sndUp)) {
            c.sndUrgent = false;
        }
        long sentNs = c.sendQueue.acknowledge(ack, c, d, tcp.records);
        sample.rttNs = sampleRtt(c, d, sentNs, d.nowNs);
        // The backed-off timeout stays until a sample ends it (RFC 6298 §5, Karn): the path may just be slow.
        c.retries = 0;
        sample.nowNs = d.nowNs;
        sample.acknowledged = acknowledged;
        sample.sndUna = ack;
        sample.sndNxt = c.sndNxt;
        sample.cwndLimited = c.isWindowUsed();
        sample.ceMarkedBytes = Ecn.markedBytes(c, s, acknowledged);
    }

    /** What follows from new data being acknowledged, for timers and users. */
    private void settle(TcpConnection c, long nowNs) {
        if (c.outstanding() == 0) {
            // RFC 6298 §5.2.
            tcp.timers.cancelRetransmission(c);
        } else {
            // RFC 6298 §5.3.
            tcp.timers.armRetransmission(c, nowNs);
            tcp.timers.armProbe(c, nowNs);
        }
        if (c.sendQueue.firstUnsent != null || c.scoreboard.hasLost()) {
            tcp.markDirty(c);
        }
        c.growSendBuffer();
        if (c.writeWaits) {
            if (c.isWritable()) {
                c.writeWaits = false;
                c.events |= TcpConnection.WRITABLE;
            } else if (!tcp.memory.mayWrite(c)) {
                // This may be the last acknowledgment: memory must wake the user then.
                tcp.memory.addStarved(c, nowNs);
            }
        }
    }

    /** Returns the round-trip time that was measured, or -1. */
    private long sampleRtt(TcpConnection c, Delivery d, long sentNs, long nowNs) {
        if (sentNs != Long.MIN_VALUE) {
            c.rtt.sample(nowNs - sentNs, tcp.rtoMinNs);
            return nowNs - sentNs;
        }
        if (d.hasEcho && d.resentNs != Long.MIN_VALUE && d.echoMs - (int) (d.resentNs / MILLI_NS) >= 0) {
            // RFC 7323 §4.1: the echo tells that the last transmission was acknowledged. That of an earlier one is no
            // sample: mostly an acknowledgment was lost, and the time is that of the timeout. Karn's algorithm holds.
            c.rtt.sample(nowNs - d.resentNs, tcp.rtoMinNs);
            return nowNs - d.resentNs;
        }
        return -1;
    }
}
