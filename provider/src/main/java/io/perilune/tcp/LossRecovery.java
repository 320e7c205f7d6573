package io.perilune.tcp;

import io.perilune.metrics.Counter;

/**
 * What losses do to a connection: detection by time (RFC 8985) or, without SACK, by duplicates (RFC 6582), proportional
 * rate reduction (RFC 9937), the retransmission timeout with F-RTO (RFC 5682), and the undoing of what was no loss (RFC
 * 3522, RFC 4015). Owned by the shard's driver.
 */
final class LossRecovery {

    private final Tcp tcp;

    LossRecovery(Tcp tcp) {
        this.tcp = tcp;
    }

    /** An acknowledgment of something outstanding was taken in: SND.UNA has moved, or something was reported. */
    void onAck(TcpConnection c, Delivery d, AckSample sample, boolean duplicate) {
        boolean safe = d.advanced;
        if (d.duplicate) {
            onDuplicateReported(c, d);
        }
        if (c.probed) {
            processProbe(c, d);
        }
        if (c.undoable && d.advanced) {
            undoIfEchoIsOld(c, d);
        }
        if (d.advanced) {
            onAdvanced(c, sample);
        }
        if (duplicate) {
            onDuplicate(c);
        }
        if (c.frto != 0) {
            detectSpuriousTimeout(c, d, duplicate);
        }
        boolean lostMore = detect(c, d.missingBefore, d.nowNs);
        if (c.recovery == TcpConnection.RECOVERY) {
            reduce(c, d, safe && !lostMore);
        }
        if (c.recovery != TcpConnection.OPEN || c.scoreboard.hasLost()) {
            tcp.markDirty(c);
        }
    }

    private void onAdvanced(TcpConnection c, AckSample sample) {
        c.probedAgain = false;
        boolean whole = SeqNum.afterOrEqual(c.sndUna, c.recoverSeq);
        switch (c.recovery) {
            case TcpConnection.RECOVERY:
                if (whole) {
                    // RFC 6582 §3.2 step 3, full acknowledgment; RFC 6675 §5 (A).
                    endRecovery(c);
                    c.congestion.onRecovered(c.outstanding(), c.sndMss);
                } else if (!c.sack) {
                    // RFC 6582 §3.2 step 3, partial acknowledgment: the next one is lost too.
                    c.scoreboard.onPartial(sample.acknowledged, c.outstanding(), c.sndMss);
                    c.scoreboard.markHeadLost(c.sendQueue);
                    c.forceRetransmit = true;
                }
                break;
            case TcpConnection.LOSS:
                c.congestion.onAcknowledged(sample, c.sndMss);
                c.dupAcks = 0;
                if (whole) {
                    endRecovery(c);
                }
                break;
            default:
                c.dupAcks = 0;
                c.staleDuplicates = false;
                c.scoreboard.onRecovered();
                c.congestion.onAcknowledged(sample, c.sndMss);
                break;
        }
    }

    private static void endRecovery(TcpConnection c) {
        c.recovery = TcpConnection.OPEN;
        c.dupAcks = 0;
        c.frto = 0;
        c.scoreboard.onRecovered();
        c.rack.onRecovered();
        // RFC 6582 §3.2 step 2, §4.1: duplicates of exactly this number may be of what was sent again for nothing.
        c.staleDuplicates = !c.sack && c.sndUna == c.recoverSeq;
    }

    /** An acknowledgment came that told of a segment behind a gap (RFC 5681 §2, RFC 6675 §2). */
    private void onDuplicate(TcpConnection c) {
        if (c.dupAcks == 0) {
            c.disorderSeq = c.sndNxt;
        }
        if (c.dupAcks < Byte.MAX_VALUE) {
            c.dupAcks++;
        }
        if (!c.sack && c.recovery != TcpConnection.LOSS) {
            // RFC 3042 and RFC 5681 §3.2: each stands for a segment that has left the network.
            c.scoreboard.onDuplicate(c.outstanding(), c.sndMss);
        }
        tcp.markDirty(c);
    }

    /**
     * Looks whether something must be held to be lost now, and begins recovery. Returns whether something more is.
     *
     * @param missing what had not been delivered before what is looked at now, in bytes
     */
    private boolean detect(TcpConnection c, int missing, long nowNs) {
        boolean lostMore = c.sack && detectByTime(c, nowNs);
        if (c.recovery != TcpConnection.OPEN || c.outstanding() == 0) {
            return lostMore;
        }
        boolean enough = c.sack ? c.scoreboard.hasLost() : c.dupAcks >= SackScoreboard.DUP_THRESH && !c.staleDuplicates;
        if (enough) {
            enterRecovery(c, missing, nowNs);
        }
        return lostMore || enough;
    }

    /** RFC 8985 §6.2, step 5: RACK_detect_loss(). */
    private boolean detectByTime(TcpConnection c, long nowNs) {
        TransmitOrder order = c.scoreboard.order;
        SegmentRecord record = order.oldest;
        if (record == null || !c.rack.isOvertaken(record)) {
            tcp.timers.cancelReorder(c);
            return false;
        }
        boolean found = false;
        long waitNs = c.rack.rttNs + c.rack.reorderingWindowNs(c);
        while (record != null && c.rack.isOvertaken(record)) {
            long remainingNs = record.sentNs + waitNs - nowNs;
            if (remainingNs > 0) {
                // Those behind it were sent later and wait longer: the timer comes back for each.
                tcp.timers.armReorder(c, nowNs + remainingNs);
                return found;
            }
            c.scoreboard.markLost(record);
            found = true;
            record = order.oldest;
        }
        tcp.timers.cancelReorder(c);
        return found;
    }

    private void enterRecovery(TcpConnection c, int missing, long nowNs) {
        // RFC 5681 §3.2 step 2, RFC 6675 §5 (4).
        tcp.counters.increment(Counter.TCP_FAST_RECOVERIES);
        c.recovery = TcpConnection.RECOVERY;
        c.recoverSeq = c.sndNxt;
        beginUndo(c);
        // RFC 9937 §6.1: RecoverFS is without what was reported before, which will not be delivered in recovery.
        c.prrDelivered = 0;
        c.prrOut = 0;
        c.prrFlight = missing;
        // RFC 5681 §3.2 step 2: what limited transmit has sent since the first duplicate does not count.
        int counted = c.dupAcks > 0 ? c.disorderSeq - c.sndUna : c.outstanding();
        int before = Math.min(c.mostInFlight, c.congestion.window());
        c.congestion.onCongestion(Math.max(counted, before), c.sndMss, nowNs);
        if (!c.sack) {
            c.scoreboard.markHeadLost(c.sendQueue);
        }
        c.forceRetransmit = true;
        tcp.markDirty(c);
    }

    /** RFC 9937 §6.2: what may be sent in answer to this acknowledgment, as a window above the pipe. */
    private static void reduce(TcpConnection c, Delivery d, boolean safe) {
        int outstanding = c.outstanding();
        int delivered = d.missingBefore - c.scoreboard.missing(outstanding);
        if (delivered <= 0) {
            return;
        }
        c.prrDelivered += delivered;
        int pipe = c.scoreboard.pipe(outstanding);
        int threshold = c.congestion.slowStartThreshold();
        long send;
        if (pipe > threshold) {
            // Proportional rate reduction: CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out.
            long flight = Math.max(1, c.prrFlight);
            send = ((long) c.prrDelivered * threshold + flight - 1) / flight - c.prrOut;
        } else {
            // The conservative reduction bound: as much as was delivered. In slow start, one more segment: while the
            // acknowledgments move on and tell of no further loss.
            long most = Math.max((long) c.prrDelivered - c.prrOut, delivered);
            if (safe) {
                most += c.sndMss;
            }
            send = Math.min((long) threshold - pipe, most);
        }
        c.congestion.setWindow((int) Math.max(1, Math.min(pipe + Math.max(0, send), CongestionControl.WINDOW_LIMIT)));
    }

    /** The reordering timer fired (RFC 8985 §6.2, step 5). */
    void onReorderTimer(TcpConnection c, long nowNs) {
        if (detect(c, c.scoreboard.missing(c.outstanding()), nowNs)) {
            tcp.markDirty(c);
        }
    }

    /** The retransmission timer fired. */
    void onTimeout(TcpConnection c, long nowNs) {
        boolean inLoss = c.recovery == TcpConnection.LOSS;
        // RFC 5681 §3.1: the threshold is set once for one loss.
        boolean first = !inLoss || c.retries <= 1;
        c.congestion.onTimeout(c.outstanding(), c.sndMss, first, nowNs);
        if (first) {
            beginUndo(c);
        }
        // RFC 5682 §2.1 step 1: not again within one recovery.
        c.frto = inLoss ? 0 : TcpConnection.FRTO_FIRST;
        c.recovery = TcpConnection.LOSS;
        c.recoverSeq = c.sndNxt;
        long waitNs = c.sack ? c.rack.rttNs + c.rack.reorderingWindowNs(c) : 0;
        c.scoreboard.onTimeout(c.sendQueue, waitNs, nowNs);
        c.dupAcks = 0;
        c.probed = false;
        c.forceRetransmit = true;
    }

    /** RFC 5682 §2.1 and §3.1, steps 2 and 3: what the two acknowledgments after a timeout tell of it. */
    private void detectSpuriousTimeout(TcpConnection c, Delivery d, boolean duplicate) {
        if (c.recovery != TcpConnection.LOSS) {
            c.frto = 0;
        } else if (c.frto == TcpConnection.FRTO_FIRST) {
            if (d.advanced) {
                // Step 2b: new data instead of retransmissions, if there is any that the peer's window takes.
                c.frto = hasNewData(c) ? TcpConnection.FRTO_SECOND : 0;
                c.frtoSegments = TcpConnection.FRTO_SEGMENTS;
            } else if (duplicate && !c.sack) {
                // Step 2a.
                c.frto = 0;
            }
        } else if (d.originalDelivered && (c.sack || d.advanced)) {
            // Step 3b: what was not sent again arrives: it was only late.
            undo(c);
        } else if (d.advanced || duplicate) {
            // Step 3a: a loss after all; room for one besides the two new ones.
            c.frto = 0;
            c.congestion.setWindow(Math.max(c.congestion.window(), 3 * c.sndMss));
        }
    }

    private static boolean hasNewData(TcpConnection c) {
        SegmentRecord record = c.sendQueue.firstUnsent;
        return record != null && SeqNum.beforeOrEqual(record.end(), c.sndUna + c.sndWnd);
    }

    private static void beginUndo(TcpConnection c) {
        c.undoable = true;
        c.undoSeq = c.sndUna;
        c.undoLength = 0;
        c.undoAgain = false;
    }

    /** A record was sent again in recovery, as is seen from {@link #beginUndo}. */
    void onRetransmitted(TcpConnection c, SegmentRecord record, long nowNs) {
        if (c.recovery == TcpConnection.RECOVERY) {
            c.prrOut += record.sequenceLength();
        }
        if (c.undoable) {
            if (!c.undoAgain && record.seq == c.undoSeq) {
                // RFC 3522 §3.2 step 2: RetransmitTS.
                c.undoAgain = true;
                c.undoEchoMs = (int) (nowNs / 1_000_000L);
            }
            c.undoLength += record.sequenceLength();
        }
    }

    /** RFC 3522 §3.2 step 4: the first acknowledgment after the retransmission echoes what was sent before it. */
    private void undoIfEchoIsOld(TcpConnection c, Delivery d) {
        if (!c.undoAgain || d.unaBefore != c.undoSeq) {
            return;
        }
        if (d.hasEcho && c.recovery != TcpConnection.OPEN && d.echoMs - c.undoEchoMs < 0) {
            undo(c);
        }
    }

    /** RFC 2883, RFC 8985 §6.2 step 4: the peer had received something twice. */
    private void onDuplicateReported(TcpConnection c, Delivery d) {
        tcp.counters.increment(Counter.TCP_DUPLICATES_REPORTED);
        if (!(c.probed && c.probeAgain && d.duplicateRight == c.probeSeq)) {
            // What a probe sent twice tells of no reordering.
            c.rack.onDuplicateReported(c);
        }
        if (c.undoable
                && c.undoLength > 0
                && SeqNum.afterOrEqual(d.duplicateLeft, c.undoSeq)
                && SeqNum.beforeOrEqual(d.duplicateRight, c.recoverSeq)) {
            c.undoLength -= d.duplicateRight - d.duplicateLeft;
            if (c.undoLength <= 0) {
                // RFC 3708 §3: whatever was sent again had arrived.
                undo(c);
            }
        }
    }

    /** RFC 4015 §3: there was no loss; the window is as before, and nothing waits to be sent again. */
    private void undo(TcpConnection c) {
        tcp.counters.increment(Counter.TCP_RECOVERIES_UNDONE);
        c.undoable = false;
        c.congestion.onUndo();
        if (c.recovery == TcpConnection.OPEN) {
            return;
        }
        c.rack.reorderingSeen |= c.recovery == TcpConnection.RECOVERY;
        c.scoreboard.unmarkLost(c.sendQueue);
        c.recovery = TcpConnection.OPEN;
        c.dupAcks = 0;
        c.frto = 0;
        c.staleDuplicates = !c.sack;
        c.rack.onRecovered();
        tcp.markDirty(c);
    }

    /**
     * Whether the first segment, which was sent again, may be so for a second time when nothing is heard of it.
     *
     * <p>RFC 8985 §7.2 has no probes in fast recovery, as what is sent after a segment tells of its loss. But a window
     * of two or three may have let nothing follow it. While the peer holds something behind the gap it answers each
     * segment at once (RFC 5681 §4.2): silence then is a loss, and no delayed acknowledgment, for which alone the
     * timeout has its least value. Where it holds nothing, its usual delay is waited for too. Once for each gap: then
     * the timeout, and its backoff, has its way.
     */
    boolean mayProbeAgain(TcpConnection c) {
        SegmentRecord head = c.sendQueue.head;
        return c.recovery == TcpConnection.RECOVERY
                && c.sack
                && !c.probedAgain
                && head != null
                && head.has(SegmentRecord.RETRANSMITTED);
    }

    /** The probe timer fired in fast recovery. */
    void probeAgain(TcpConnection c) {
        if (mayProbeAgain(c)) {
            tcp.counters.increment(Counter.TCP_LOSS_PROBES);
            c.probedAgain = true;
            c.scoreboard.markLost(c.sendQueue.head);
            c.forceRetransmit = true;
            tcp.markDirty(c);
        }
    }

    /** RFC 8985 §7.4: whether the probe has repaired a loss that nobody else has seen. */
    private void processProbe(TcpConnection c, Delivery d) {
        if (SeqNum.before(c.sndUna, c.probeSeq)) {
            return;
        }
        if (!c.probeAgain || (d.duplicate && d.duplicateRight == c.probeSeq)) {
            c.probed = false;
        } else if (SeqNum.after(c.sndUna, c.probeSeq)) {
            c.probed = false;
            if (c.recovery == TcpConnection.OPEN) {
                tcp.counters.increment(Counter.TCP_PROBES_REPAIRED);
                c.undoable = false;
                c.congestion.onCongestion(Math.max(c.sndNxt - d.unaBefore, c.flightSize()), c.sndMss, d.nowNs);
                c.congestion.onRecovered(c.outstanding(), c.sndMss);
            }
        } else if (!d.advanced && d.plain) {
            c.probed = false;
        }
    }
}
