package io.perilune.tcp;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.metrics.Counter;

/** The connections in TIME-WAIT: small records, a bounded number. Owned by the shard's driver. */
final class TimeWaitTable {

    /** More than this many leave no trace: a late segment of theirs is answered with a reset. */
    static final int MOST = 32_768;
    /** Segments that are not accepted are answered this rarely (RFC 5961 §7). */
    private static final long ACK_INTERVAL_NS = 100_000_000L;

    private final Tcp tcp;
    private final long lifetimeNs;
    private TimeWait free;
    private int count;

    TimeWaitTable(Tcp tcp, Settings settings) {
        this.tcp = tcp;
        // RFC 9293 §3.6.1 (MUST-13): linger for twice the maximum segment lifetime.
        this.lifetimeNs = 2 * settings.number(Setting.TCP_MSL);
    }

    int count() {
        return count;
    }

    /** Puts a small record in a connection's place in the table; or nothing, if there are too many. */
    void enter(TcpConnection c, long nowNs) {
        if (count >= MOST || lifetimeNs == 0) {
            if (lifetimeNs != 0) { // else it is what was set
                tcp.counters.increment(Counter.TCP_TIME_WAIT_OVERFLOWS);
            }
            tcp.table.remove(c);
            return;
        }
        TimeWait t = free;
        if (t == null) {
            t = new TimeWait(tcp);
        } else {
            free = t.nextFree;
            t.nextFree = null;
        }
        count++;
        t.copyTuple(c);
        t.sndNxt = c.sndNxt;
        t.rcvNxt = c.rcvNxt;
        t.windowField = Math.min((c.rcvAdv - c.rcvNxt) >> c.rcvScale, TcpHeader.WINDOW_MAX);
        t.timestamps = c.timestamps;
        t.tsRecent = c.tsRecent;
        t.tsOffset = c.tsOffset;
        t.reuseAddress = c.options.reuseAddress;
        t.reusePort = c.options.reusePort;
        t.trafficClass = Ecn.trafficClass(c, false);
        t.lastAckNs = nowNs - ACK_INTERVAL_NS;
        tcp.table.replace(c, t);
        tcp.wheel.arm(t, nowNs + lifetimeNs);
    }

    /** The time is over. */
    void expire(TimeWait t) {
        tcp.table.remove(t);
        recycle(t);
    }

    /** Ends one before its time: a new connection of the same tuple begins. */
    void end(TimeWait t) {
        tcp.wheel.cancel(t);
        expire(t);
    }

    private void recycle(TimeWait t) {
        count--;
        t.nextFree = free;
        free = t;
    }

    /** A segment came for it. Returns whether it is a SYN that may begin a new connection: then the record is gone. */
    boolean receive(TimeWait t, TcpSegment s, boolean listened, long nowNs) {
        // RFC 1337 §3, fix F1: a reset does not end TIME-WAIT.
        if (s.has(TcpHeader.RST)) {
            tcp.drop(Counter.DROP_TCP_TIME_WAIT);
            return false;
        }
        boolean paws = t.timestamps && s.timestamps;
        // Where nobody listens a SYN opens nothing, and must not cut the time short.
        if (listened && s.has(TcpHeader.SYN) && !s.has(TcpHeader.ACK) && isNewConnection(t, s, paws)) {
            tcp.reuseAfter = t.sndNxt;
            end(t);
            return true;
        }
        // RFC 9293 §3.10.7.4: a retransmission of the FIN is acknowledged and restarts the timeout.
        boolean oldTimestamp = paws && SeqNum.before(s.tsVal, t.tsRecent);
        if (s.has(TcpHeader.FIN) && !oldTimestamp && s.end() == t.rcvNxt) {
            tcp.wheel.arm(t, nowNs + lifetimeNs);
            t.lastAckNs = nowNs;
            tcp.writer.sendTimeWaitAck(t, nowNs);
            return false;
        }
        tcp.drop(Counter.DROP_TCP_TIME_WAIT);
        boolean acceptable = s.seq == t.rcvNxt && s.sequenceLength() == 0 && !oldTimestamp;
        if (!acceptable && nowNs - t.lastAckNs >= ACK_INTERVAL_NS) {
            t.lastAckNs = nowNs;
            tcp.writer.sendTimeWaitAck(t, nowNs);
        }
        return false;
    }

    /** RFC 6191 §2 with timestamps, RFC 9293 §3.10.7.4 (MAY-2) without: newer than all that the old one sent. */
    private static boolean isNewConnection(TimeWait t, TcpSegment s, boolean paws) {
        if (paws && s.tsVal != t.tsRecent) {
            return SeqNum.after(s.tsVal, t.tsRecent);
        }
        return SeqNum.after(s.seq, t.rcvNxt);
    }
}
