package io.perilune.tcp;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.metrics.Counter;
import io.perilune.time.TimerWheel;

/**
 * The timers of connections: one deadline per kind, one node on the wheel for all of them. The node is moved only to an
 * earlier time; when it fires too early it is armed for what is left. Owned by the shard's driver.
 */
final class TcpTimers {

    /** Retransmission (RFC 6298). Shares its deadline with PERSIST: there is never need for both. */
    static final int RETRANSMISSION = 1;
    /** Zero-window probes and the sender's override timeout (RFC 9293 §3.8.6.1, §3.8.6.2.1). */
    static final int PERSIST = 1 << 1;

    static final int DELAYED_ACK = 1 << 2;
    /** Keep-alive (RFC 9293 §3.8.4), or the time that a FIN-WAIT-2 without user has left. */
    static final int KEEP = 1 << 3;
    /** Tail loss probe (RFC 8985 §7). Shares its deadline with REORDER: a connection has one of them. */
    static final int LOSS_PROBE = 1 << 4;
    /** RACK's reordering timer (RFC 8985 §6.2, step 5). */
    static final int REORDER = 1 << 5;
    /** The pacer lets the next segment go; its deadline is the pacer's. */
    static final int PACE = 1 << 6;

    /** As Linux: a connection that nobody uses waits this long for the peer's FIN. */
    private static final long FIN_WAIT_2_NS = 60_000_000_000L;

    /** RFC 8985 §7.2: TLP.max_ack_delay, the worst delay of a peer's acknowledgment. */
    private static final long MAX_ACK_DELAY_NS = 200_000_000L;
    /** How long most peers delay an acknowledgment at most. */
    private static final long USUAL_ACK_DELAY_NS = 50_000_000L;
    /** A probe does not come earlier than the wheel can tell it from its answer. */
    private static final long PROBE_SLACK_NS = 2_000_000L;

    /** RFC 9293 §3.8.3, R1 (SHLD-10): from so many retransmissions of a segment on IP is told of each. */
    private static final int DOUBT_RETRIES = 3;

    /** As Linux: what has no user any more is tried this often, which takes 100 s at least (RFC 9293 §3.8.3, SHLD-11). */
    private static final int ORPHAN_RETRIES = 8;

    private static final long PERSIST_MAX_NS = 60_000_000_000L;
    private static final long SECOND_NS = 1_000_000_000L;

    private final Tcp tcp;
    private final TimerWheel wheel;
    private final int synRetries;
    private final int dataRetries;

    TcpTimers(Tcp tcp, TimerWheel wheel, Settings settings) {
        this.tcp = tcp;
        this.wheel = wheel;
        this.synRetries = (int) settings.number(Setting.TCP_SYN_RETRIES);
        this.dataRetries = (int) settings.number(Setting.TCP_RETRIES);
    }

    /** RFC 6298 §5.1, §5.3: (re)starts the retransmission timer. */
    void armRetransmission(TcpConnection c, long nowNs) {
        c.timers = (byte) ((c.timers & ~PERSIST) | RETRANSMISSION);
        c.rtoDeadlineNs = nowNs + c.rtt.rtoNs();
        need(c, c.rtoDeadlineNs);
    }

    /** RFC 6298 §5.2. */
    void cancelRetransmission(TcpConnection c) {
        c.timers &= ~(RETRANSMISSION | PERSIST | LOSS_PROBE | REORDER);
    }

    /** RFC 8985 §7.2: (re)starts the probe timer if a probe is of use. */
    void armProbe(TcpConnection c, long nowNs) {
        boolean again = tcp.recovery.mayProbeAgain(c);
        if (!c.sack
                || (!again && (c.probed || c.recovery != TcpConnection.OPEN || c.scoreboard.hasSacked()))
                || (c.timers & (REORDER | RETRANSMISSION)) != RETRANSMISSION) {
            c.timers &= ~LOSS_PROBE;
            return;
        }
        // TLP_calc_PTO().
        long srttNs = c.rtt.srttNs();
        long waitNs = srttNs == 0 ? SECOND_NS : 2 * srttNs + PROBE_SLACK_NS;
        if (again) {
            waitNs = Math.max(waitNs, c.rtt.unboundedRtoNs() + PROBE_SLACK_NS);
            waitNs += c.scoreboard.hasSacked() ? 0 : USUAL_ACK_DELAY_NS;
        } else if (srttNs != 0 && c.outstanding() <= c.sndMss) {
            waitNs += MAX_ACK_DELAY_NS;
        }
        long deadlineNs = nowNs + waitNs;
        if (deadlineNs - c.rtoDeadlineNs >= 0) {
            // The retransmission timer is no later: at that time the probe goes, and the timer begins anew.
            deadlineNs = c.rtoDeadlineNs;
        }
        c.timers |= LOSS_PROBE;
        c.probeDeadlineNs = deadlineNs;
        need(c, deadlineNs);
    }

    /** RFC 8985 §6.2, step 5: looks again for losses when the first overtaken segment is due. */
    void armReorder(TcpConnection c, long deadlineNs) {
        c.timers = (byte) ((c.timers & ~LOSS_PROBE) | REORDER);
        c.probeDeadlineNs = deadlineNs;
        need(c, deadlineNs);
    }

    void cancelReorder(TcpConnection c) {
        c.timers &= ~REORDER;
    }

    void armPersist(TcpConnection c, long nowNs) {
        c.timers = (byte) ((c.timers & ~RETRANSMISSION) | PERSIST);
        // RFC 9293 §3.8.6.1 (SHLD-30): the interval grows exponentially.
        c.rtoDeadlineNs = nowNs + Math.min(c.rtt.baseRtoNs() << Math.min(c.probes, 20), PERSIST_MAX_NS);
        need(c, c.rtoDeadlineNs);
    }

    void armDelayedAck(TcpConnection c, long nowNs) {
        c.timers |= DELAYED_ACK;
        c.delayedAckDeadlineNs = nowNs + DelayedAck.delayNs(c, nowNs);
        need(c, c.delayedAckDeadlineNs);
    }

    void armPace(TcpConnection c) {
        c.timers |= PACE;
        need(c, c.pacer.nextNs());
    }

    void armKeepAlive(TcpConnection c, long nowNs) {
        if (c.closedByUser) {
            return;
        }
        if (!c.options.keepAlive || !c.isSynchronized()) {
            c.timers &= ~KEEP;
            return;
        }
        c.keepProbes = 0;
        c.timers |= KEEP;
        c.keepDeadlineNs = c.lastReceiveNs + c.options.keepIdle * SECOND_NS;
        need(c, c.keepDeadlineNs);
    }

    void armFinWait2(TcpConnection c, long nowNs) {
        c.timers |= KEEP;
        c.keepDeadlineNs = nowNs + FIN_WAIT_2_NS;
        need(c, c.keepDeadlineNs);
    }

    void onTimer(TcpConnection c, long nowNs) {
        if ((c.timers & DELAYED_ACK) != 0 && c.delayedAckDeadlineNs - nowNs <= 0) {
            c.timers &= ~DELAYED_ACK;
            c.ackNow = true;
            tcp.markDirty(c);
        }
        if ((c.timers & PACE) != 0 && c.pacer.nextNs() - nowNs <= 0) {
            c.timers &= ~PACE;
            tcp.markDirty(c);
        }
        if ((c.timers & (LOSS_PROBE | REORDER)) != 0 && c.probeDeadlineNs - nowNs <= 0) {
            boolean reorder = (c.timers & REORDER) != 0;
            c.timers &= ~(LOSS_PROBE | REORDER);
            if (reorder) {
                tcp.recovery.onReorderTimer(c, nowNs);
            } else if (c.recovery == TcpConnection.RECOVERY) {
                tcp.recovery.probeAgain(c);
            } else {
                tcp.output.probe(c, nowNs);
            }
        }
        if ((c.timers & (RETRANSMISSION | PERSIST)) != 0 && c.rtoDeadlineNs - nowNs <= 0) {
            boolean persist = (c.timers & PERSIST) != 0;
            c.timers &= ~(RETRANSMISSION | PERSIST);
            if (persist) {
                onPersist(c, nowNs);
            } else {
                onRetransmission(c, nowNs);
            }
        }
        if (c.isLive() && (c.timers & KEEP) != 0 && c.keepDeadlineNs - nowNs <= 0) {
            c.timers &= ~KEEP;
            onKeep(c, nowNs);
        }
        if (c.isLive()) {
            armForRest(c);
        }
        tcp.fire(c);
    }

    private void onRetransmission(TcpConnection c, long nowNs) {
        if (c.state == TcpState.SYN_SENT || c.state == TcpState.SYN_RECEIVED) {
            onSynTimeout(c, nowNs);
            return;
        }
        if (c.outstanding() == 0) {
            return;
        }
        tcp.counters.increment(Counter.TCP_TIMEOUTS);
        // RFC 9293 §3.8.6.1 (MUST-36): a window may stay shut as long as the peer keeps answering.
        boolean shutButAlive = c.sndWnd == 0 && nowNs - c.lastReceiveNs < 2 * RttEstimator.RTO_MAX_NS;
        if (c.retries >= retriesOf(c) && !(shutButAlive && !c.closedByUser)) {
            tcp.timeOut(c, nowNs);
            return;
        }
        if (c.retries < Byte.MAX_VALUE) {
            c.retries++;
        }
        c.timers &= ~(LOSS_PROBE | REORDER);
        adviseAtR1(c, nowNs);
        // RFC 6298 §5.5.
        c.rtt.backOff();
        tcp.recovery.onTimeout(c, nowNs);
        tcp.pathMtu.onTimeout(c, nowNs);
        armRetransmission(c, nowNs);
        tcp.markDirty(c);
    }

    private int retriesOf(TcpConnection c) {
        return c.closedByUser ? Math.min(dataRetries, ORPHAN_RETRIES) : dataRetries;
    }

    /** RFC 9293 §3.8.3 (b) (MUST-20): negative advice, so that a next hop that has moved, then or since, is found. */
    private void adviseAtR1(TcpConnection c, long nowNs) {
        if (c.retries >= DOUBT_RETRIES) {
            tcp.ip.doubt(c.remoteHigh, c.remoteLow, nowNs);
        }
    }

    private void onSynTimeout(TcpConnection c, long nowNs) {
        if (c.retries >= synRetries) {
            tcp.timeOut(c, nowNs);
            return;
        }
        c.retries++;
        adviseAtR1(c, nowNs);
        c.rtt.backOff();
        tcp.counters.increment(Counter.TCP_RETRANSMITTED_SEGMENTS);
        tcp.writer.sendSyn(c, nowNs);
        armRetransmission(c, nowNs);
    }

    private void onPersist(TcpConnection c, long nowNs) {
        if (c.sendQueue.firstUnsent == null || c.outstanding() != 0) {
            return;
        }
        if (c.sndWnd > 0) {
            c.forceWindow = true;
            armPersist(c, nowNs);
            tcp.markDirty(c);
            return;
        }
        // RFC 9293 §3.8.6.1 (MUST-37): as long as probes are answered the connection lives; not without a user.
        int tried = c.closedByUser ? c.probes : c.unansweredProbes;
        if (tried >= retriesOf(c)) {
            tcp.timeOut(c, nowNs);
            return;
        }
        if (c.closedByUser && tcp.memory.isScarce()) {
            // Sockstress (CERT VU#723308): a peer that holds its window shut must not hold our memory too.
            tcp.writer.sendReset(c, nowNs);
            tcp.timeOut(c, nowNs);
            return;
        }
        if (c.probes < Byte.MAX_VALUE) {
            c.probes++;
        }
        if (c.unansweredProbes < Byte.MAX_VALUE) {
            c.unansweredProbes++;
        }
        tcp.counters.increment(Counter.TCP_WINDOW_PROBES);
        tcp.writer.sendProbe(c, nowNs);
        armPersist(c, nowNs);
    }

    private void onKeep(TcpConnection c, long nowNs) {
        if (c.state == TcpState.FIN_WAIT_2 && c.closedByUser) {
            tcp.terminate(c, TcpError.NONE);
            return;
        }
        if (!c.options.keepAlive || !c.isSynchronized()) {
            return;
        }
        long idleNs = nowNs - c.lastReceiveNs;
        boolean busy = c.sendQueue.records > 0;
        if (idleNs < c.options.keepIdle * SECOND_NS || busy) {
            c.keepProbes = 0;
            rearmKeep(c, (busy ? nowNs : c.lastReceiveNs) + c.options.keepIdle * SECOND_NS);
            return;
        }
        if (c.keepProbes >= c.options.keepCount) {
            tcp.writer.sendReset(c, nowNs);
            tcp.timeOut(c, nowNs);
            return;
        }
        // RFC 9293 §3.8.4 (MUST-28): SEG.SEQ = SND.NXT-1.
        c.keepProbes++;
        tcp.counters.increment(Counter.TCP_KEEP_ALIVES);
        tcp.writer.sendProbe(c, nowNs);
        rearmKeep(c, nowNs + c.options.keepInterval * SECOND_NS);
    }

    private void rearmKeep(TcpConnection c, long deadlineNs) {
        c.timers |= KEEP;
        c.keepDeadlineNs = deadlineNs;
    }

    private void need(TcpConnection c, long deadlineNs) {
        if (!c.isArmed() || c.deadlineNs() - deadlineNs > 0) {
            wheel.arm(c, deadlineNs);
        }
    }

    private void armForRest(TcpConnection c) {
        int kinds = c.timers;
        if ((kinds & (RETRANSMISSION | PERSIST)) != 0) {
            need(c, c.rtoDeadlineNs);
        }
        if ((kinds & (LOSS_PROBE | REORDER)) != 0) {
            need(c, c.probeDeadlineNs);
        }
        if ((kinds & DELAYED_ACK) != 0) {
            need(c, c.delayedAckDeadlineNs);
        }
        if ((kinds & PACE) != 0) {
            need(c, c.pacer.nextNs());
        }
        if ((kinds & KEEP) != 0) {
            need(c, c.keepDeadlineNs);
        }
    }
}
