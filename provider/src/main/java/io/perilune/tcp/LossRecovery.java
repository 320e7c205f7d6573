package io.perilune.tcp;

import io.perilune.metrics.Counter;

/**
 * What losses do to a connection: fast retransmit and recovery with SACK (RFC 6675) and without (RFC 6582), and the
 * retransmission timeout (RFC 5681 §3.1). Owned by the shard's driver.
 */
final class LossRecovery {

    private final Tcp tcp;

    LossRecovery(Tcp tcp) {
        this.tcp = tcp;
    }

    /** An acknowledgment moved SND.UNA. */
    void onAcknowledged(TcpConnection c, AckSample sample) {
        switch (c.recovery) {
            case TcpConnection.RECOVERY:
                if (SeqNum.afterOrEqual(c.sndUna, c.recoverSeq)) {
                    // RFC 6582 §3.2 step 3, full acknowledgment; RFC 6675 §5 (A).
                    c.recovery = TcpConnection.OPEN;
                    c.dupAcks = 0;
                    c.scoreboard.onRecovered();
                    c.congestion.onRecovered(c.outstanding(), c.sndMss);
                } else {
                    // RFC 6582 §3.2 step 3, partial acknowledgment: the next one is lost too.
                    if (!c.sack) {
                        c.scoreboard.onPartial(sample.acknowledged, c.outstanding(), c.sndMss);
                    }
                    c.scoreboard.markHeadLost(c.sendQueue);
                    c.forceRetransmit = true;
                }
                break;
            case TcpConnection.LOSS:
                c.congestion.onAcknowledged(sample, c.sndMss);
                if (SeqNum.afterOrEqual(c.sndUna, c.recoverSeq)) {
                    c.recovery = TcpConnection.OPEN;
                }
                c.dupAcks = 0;
                break;
            default:
                c.dupAcks = 0;
                c.scoreboard.onRecovered();
                c.congestion.onAcknowledged(sample, c.sndMss);
                break;
        }
    }

    /** An acknowledgment came that told of a segment behind a gap (RFC 5681 §2, RFC 6675 §2). */
    void onDuplicate(TcpConnection c) {
        if (c.dupAcks < Byte.MAX_VALUE) {
            c.dupAcks++;
        }
        if (!c.sack && c.recovery != TcpConnection.LOSS) {
            c.scoreboard.onDuplicate(c.outstanding(), c.sndMss);
        }
        tcp.markDirty(c);
    }

    /** Looks whether something must be held to be lost now, and begins recovery. */
    void detect(TcpConnection c, long nowNs) {
        if (c.sack && c.scoreboard.hasSacked()) {
            c.scoreboard.markLost(c.sendQueue, c.sndMss);
        }
        if (c.recovery == TcpConnection.OPEN
                && c.outstanding() != 0
                && (c.dupAcks >= SackScoreboard.DUP_THRESH || (c.sack && c.scoreboard.hasLost()))) {
            // RFC 5681 §3.2 step 2, RFC 6675 §5 (4).
            tcp.counters.increment(Counter.TCP_FAST_RECOVERIES);
            c.recovery = TcpConnection.RECOVERY;
            c.recoverSeq = c.sndNxt;
            c.congestion.onCongestion(c.outstanding(), c.sndMss, nowNs);
            c.scoreboard.markHeadLost(c.sendQueue);
            c.forceRetransmit = true;
        }
        if (c.scoreboard.hasLost()) {
            tcp.markDirty(c);
        }
    }

    /** The retransmission timer fired. */
    void onTimeout(TcpConnection c, long nowNs) {
        // RFC 5681 §3.1: the threshold is set once for one loss.
        boolean first = c.recovery != TcpConnection.LOSS || c.retries <= 1;
        c.congestion.onTimeout(c.outstanding(), c.sndMss, first, nowNs);
        c.scoreboard.onTimeout(c.sendQueue);
        c.recovery = TcpConnection.LOSS;
        c.recoverSeq = c.sndNxt;
        c.dupAcks = 0;
        c.forceRetransmit = true;
    }
}
