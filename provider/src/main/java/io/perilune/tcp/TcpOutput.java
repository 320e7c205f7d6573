package io.perilune.tcp;

import io.perilune.ip.Addresses;
import io.perilune.memory.BufferPool;
import io.perilune.metrics.Counter;

/**
 * Whether and what a connection sends: lost data first, then new data as the windows, Nagle's algorithm and the
 * avoidance of silly windows allow, then an acknowledgment if none went along. Owned by the shard's driver.
 */
final class TcpOutput {

    /** RFC 9293 §3.7.1 (MUST-15): what a peer takes over IPv4 that does not say. */
    static final int DEFAULT_MSS = 536;
    /** The same over IPv6. */
    private static final int DEFAULT_MSS_IPV6 = 1220;
    /** A peer that asks for less is not heeded: tiny segments are an attack (CVE-2019-11479). */
    static final int LEAST_MSS = 216;

    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;

    private final Tcp tcp;
    private final int cellMost;

    TcpOutput(Tcp tcp) {
        this.tcp = tcp;
        this.cellMost = tcp.pool.cellSize() - BufferPool.HEADROOM;
    }

    /** Returns what a peer takes that sends no MSS option. */
    static int defaultMss(long remoteHigh, long remoteLow) {
        return Addresses.isMapped(remoteHigh, remoteLow) ? DEFAULT_MSS : DEFAULT_MSS_IPV6;
    }

    /** Returns the MSS option for segments to this host from a peer (RFC 9293 §3.7.1, RFC 6691). */
    int advertisedMss(long remoteHigh, long remoteLow) {
        int header = ipHeaderLength(remoteHigh, remoteLow);
        int mss = tcp.ip.mtuFor(remoteHigh, remoteLow) - header - TcpHeader.LENGTH;
        return Math.max(LEAST_MSS, Math.min(mss, TcpHeader.WINDOW_MAX));
    }

    /** Returns the length of the IP header of packets to a peer. */
    static int ipHeaderLength(long remoteHigh, long remoteLow) {
        return Addresses.isMapped(remoteHigh, remoteLow) ? IPV4_HEADER : IPV6_HEADER;
    }

    /** Sets SND.MSS from the peer's option, the path, the options of each segment and the cells (RFC 9293 §3.7.1). */
    void updateSegmentSize(TcpConnection c) {
        int header = ipHeaderLength(c.remoteHigh, c.remoteLow);
        int mtu = Math.min(tcp.ip.mtuFor(c.remoteHigh, c.remoteLow), c.pathMtu);
        int most = Math.min(mtu - header - TcpHeader.LENGTH, Math.max(c.peerMss, LEAST_MSS));
        int options = c.timestamps ? TcpOptions.TIMESTAMPS_LENGTH : 0;
        c.sndMss = Math.max(1, Math.min(most - options, cellMost));
    }

    /** Sends what is due. */
    void output(TcpConnection c, long nowNs) {
        if (!c.isLive() || c.state == TcpState.SYN_SENT) {
            return;
        }
        if (c.state != TcpState.SYN_RECEIVED && c.sendQueue.head != null) {
            // RFC 5682 §2.1 step 2b: new data goes instead of what is to be sent again.
            boolean forward = c.frto == TcpConnection.FRTO_SECOND;
            if (!forward) {
                retransmit(c, nowNs);
            }
            if (c.sendQueue.firstUnsent != null && (forward || !c.scoreboard.hasLost())) {
                sendNew(c, nowNs);
            }
            if (forward && c.frtoSegments == TcpConnection.FRTO_SEGMENTS) {
                // Nothing could be sent: whether the timeout was needless will not be known.
                c.frto = 0;
                retransmit(c, nowNs);
            }
            if (c.sendQueue.firstUnsent != null && c.outstanding() == 0 && (c.timers & TcpTimers.PERSIST) == 0) {
                // Nothing in flight that could bring an acknowledgment: the window is shut, or memory is short.
                tcp.timers.armPersist(c, nowNs);
            }
        }
        if (DelayedAck.isDue(c)) {
            if (!tcp.writer.sendAck(c, nowNs)) {
                tcp.timers.armDelayedAck(c, nowNs);
            }
        } else if (c.rcvNxt != c.rcvAcked && (c.timers & TcpTimers.DELAYED_ACK) == 0) {
            tcp.timers.armDelayedAck(c, nowNs);
        }
    }

    /** Sends lost segments again, as the pipe allows (RFC 6675 §5 (C)). */
    private void retransmit(TcpConnection c, long nowNs) {
        SendQueue queue = c.sendQueue;
        SackScoreboard scoreboard = c.scoreboard;
        SegmentRecord record;
        while ((record = scoreboard.nextLost(queue)) != null) {
            int most = c.sndMss;
            int room = c.sndUna + c.sndWnd - record.seq;
            if (room > 0 && room < most) {
                // RFC 9293 §3.8.6 (SHLD-16): of a shrunken window the part within is sent again, and can be
                // acknowledged.
                most = room;
            }
            if (record.length > most) {
                queue.split(record, most, tcp.records);
            }
            int pipe = scoreboard.pipe(c.outstanding());
            if (!c.forceRetransmit && pipe > 0 && pipe + record.length > c.congestion.window()) {
                break;
            }
            // RFC 9293 §3.8.6: what lies beyond a shrunken window waits, but for the first as a probe.
            if (record != queue.head && SeqNum.after(record.end(), c.sndUna + c.sndWnd)) {
                break;
            }
            if (!c.forceRetransmit && mustPace(c, nowNs)) {
                break;
            }
            if (!tcp.writer.resend(c, record, nowNs)) {
                break;
            }
            c.forceRetransmit = false;
            c.lastSendNs = nowNs;
            pace(c, record.length, nowNs);
            scoreboard.onRetransmitted(record, nowNs);
            tcp.recovery.onRetransmitted(c, record, nowNs);
            if ((c.timers & TcpTimers.RETRANSMISSION) == 0) {
                tcp.timers.armRetransmission(c, nowNs);
            }
        }
        c.forceRetransmit = false;
        if (c.lastSendNs == nowNs && tcp.recovery.mayProbeAgain(c)) {
            tcp.timers.armProbe(c, nowNs);
        }
    }

    private void sendNew(TcpConnection c, long nowNs) {
        tcp.pathMtu.beforeSending(c, nowNs);
        SendQueue queue = c.sendQueue;
        int mss = c.sndMss;
        long idleNs = nowNs - c.lastSendNs;
        if (c.outstanding() == 0 && idleNs > c.rtt.baseRtoNs()) {
            c.congestion.onIdle(mss, idleNs);
        }
        boolean heldBack = false;
        int sentBefore = c.sndNxt;
        boolean forward = c.frto == TcpConnection.FRTO_SECOND;
        SegmentRecord record;
        while ((record = queue.firstUnsent) != null && (!forward || c.frtoSegments > 0)) {
            int usable = c.sndUna + c.sndWnd - c.sndNxt;
            int length = Math.min(record.length, mss);
            if (Math.max(length, 1) > usable) {
                // RFC 9293 §3.8.6.2.1: less than a segment only if it is half of the largest window, or time is up.
                if (usable <= 0 || (usable < c.sndWndMax / 2 && !c.forceWindow)) {
                    break;
                }
                length = usable;
            }
            boolean last = record.next == null && length == record.length;
            if (last && length < mss && mustWait(c, record)) {
                break;
            }
            int pipe = c.scoreboard.pipe(c.outstanding());
            if (pipe > 0 && pipe + length > c.congestion.window() && !forward) {
                heldBack = true;
                break;
            }
            if (mustPace(c, nowNs)) {
                break;
            }
            if (length < record.length) {
                queue.split(record, length, tcp.records);
            }
            if (!sendFirst(c, record, nowNs)) {
                break;
            }
            if (forward) {
                c.frtoSegments--;
            }
        }
        if (c.sndNxt != sentBefore) {
            tcp.timers.armProbe(c, nowNs);
        }
        c.forceWindow = false;
        noteUse(c, heldBack);
    }

    /** Keeps account of whether the congestion window is used: a window that is not does not grow (RFC 7661 §4.3). */
    private static void noteUse(TcpConnection c, boolean heldBack) {
        int inFlight = c.outstanding();
        boolean over = SeqNum.afterOrEqual(c.sndUna, c.useSeq);
        if (over || (heldBack && !c.windowHeldBack)) {
            c.windowHeldBack = heldBack;
            c.mostInFlight = inFlight;
            c.useSeq = c.sndNxt;
        } else {
            c.mostInFlight = Math.max(c.mostInFlight, inFlight);
        }
    }

    /** Whether the next segment is not due yet; then the timer is set for it. */
    private boolean mustPace(TcpConnection c, long nowNs) {
        Pacer pacer = c.pacer;
        if (pacer == null || pacer.maySend(nowNs)) {
            return false;
        }
        tcp.timers.armPace(c);
        return true;
    }

    private static void pace(TcpConnection c, int length, long nowNs) {
        if (c.pacer != null) {
            c.pacer.onSent(length, Pacer.rate(c.congestion, c.rtt.srttNs()), nowNs);
        }
    }

    /** RFC 8985 §7.3, TLP_send_probe(): new data if there is some, else the last segment again. */
    void probe(TcpConnection c, long nowNs) {
        if (c.recovery != TcpConnection.OPEN || c.outstanding() == 0 || c.probed) {
            return;
        }
        SendQueue queue = c.sendQueue;
        SegmentRecord record = queue.firstUnsent;
        boolean again = record == null
                || record.length > c.sndMss
                || SeqNum.after(record.end(), c.sndUna + c.sndWnd)
                || !sendFirst(c, record, nowNs);
        if (again) {
            record = queue.lastSent;
            if (record == null
                    || !record.has(SegmentRecord.IN_FLIGHT)
                    || record.length > c.sndMss
                    || !tcp.writer.resend(c, record, nowNs)) {
                return;
            }
            c.scoreboard.onProbed(record, nowNs);
        }
        tcp.counters.increment(Counter.TCP_LOSS_PROBES);
        c.probed = true;
        c.probeAgain = again;
        c.probeSeq = c.sndNxt;
        c.lastSendNs = nowNs;
        // RFC 8985 §7.3: the retransmission timer begins anew.
        tcp.timers.armRetransmission(c, nowNs);
    }

    private boolean sendFirst(TcpConnection c, SegmentRecord record, long nowNs) {
        if (!tcp.writer.sendFirst(c, record, nowNs)) {
            return false;
        }
        c.sendQueue.onSent(record, nowNs);
        c.scoreboard.order.add(record);
        if (c.recovery == TcpConnection.RECOVERY) {
            c.prrOut += record.sequenceLength();
        }
        c.sndNxt = record.end();
        c.lastSendNs = nowNs;
        pace(c, record.length, nowNs);
        if (record.length < c.sndMss) {
            c.sndSml = c.sndNxt;
        }
        if ((c.timers & TcpTimers.RETRANSMISSION) == 0) {
            tcp.timers.armRetransmission(c, nowNs);
        }
        return true;
    }

    /** Nagle's algorithm (RFC 9293 §3.7.4), as Minshall has it: one small segment in flight at a time. */
    private static boolean mustWait(TcpConnection c, SegmentRecord record) {
        if (record.has(SegmentRecord.FIN) || c.sndUrgent || c.forceWindow) {
            return false;
        }
        // Only while something is in flight: its acknowledgment comes back here, whatever the user does.
        return (c.moreToCome && c.outstanding() > 0) || (!c.options.noDelay && SeqNum.after(c.sndSml, c.sndUna));
    }
}
