package io.perilune.tcp;

import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;

/** SYN-RECEIVED and all states behind it, step by step as RFC 9293 §3.10.7.4 has them. Owned by the shard's driver. */
final class TcpSynchronizedInput {

    private static final int UNUSUAL = TcpHeader.SYN | TcpHeader.RST | TcpHeader.FIN | TcpHeader.URG;
    /** RFC 7323 §5.5: a timestamp that is older than 24 days says nothing. */
    private static final long TIMESTAMP_LIFETIME_NS = 24L * 24 * 3600 * 1_000_000_000L;

    private final Tcp tcp;
    private final AckProcessor acks;

    TcpSynchronizedInput(Tcp tcp) {
        this.tcp = tcp;
        this.acks = new AckProcessor(tcp);
    }

    void receive(TcpConnection c, TcpSegment s, long nowNs) {
        // Both SYNs crossed and this is the peer's SYN-ACK: its SYN is old, its acknowledgment is what we wait for.
        if (c.state == TcpState.SYN_RECEIVED
                && (s.flags & (TcpHeader.SYN | TcpHeader.ACK | TcpHeader.RST)) == (TcpHeader.SYN | TcpHeader.ACK)
                && s.seq == c.irs) {
            s.trimSyn();
            // RFC 7323 §2.2: the window of a SYN is not scaled; what reads it below scales it.
            s.window >>= c.sndScale;
            c.ackNow = true;
            tcp.markDirty(c);
        }
        if (!checkTimestamp(c, s, nowNs) || !checkSequence(c, s, nowNs)) {
            return;
        }
        c.lastReceiveNs = nowNs;
        c.keepProbes = 0;
        if ((s.flags & UNUSUAL) != 0 && !checkResetAndSyn(c, s, nowNs)) {
            return;
        }
        // Fifth: ACK. Without it the segment is dropped.
        if (!s.has(TcpHeader.ACK)) {
            tcp.drop(Counter.DROP_TCP_ACK);
            return;
        }
        if (c.state == TcpState.SYN_RECEIVED && !completeOpen(c, s, nowNs)) {
            return;
        }
        // RFC 7323 §4.3: remembered only if it could have caused what was last acknowledged, and its ACK is good.
        boolean timely = s.timestamps && c.timestamps && SeqNum.beforeOrEqual(s.seq, c.rcvAcked);
        trim(c, s);
        if (!acks.process(c, s, nowNs)) {
            return;
        }
        if (timely) {
            c.tsRecent = s.tsVal;
            c.tsRecentNs = nowNs;
        }
        if ((c.ecn & Ecn.AGREED) != 0) {
            Ecn.onAcknowledgment(c, s, nowNs);
            if (s.dataLength > 0 && c.isReceiving()) {
                Ecn.onData(c, s, nowNs);
            }
        }
        if (c.finQueued && !closingSteps(c, nowNs)) {
            return;
        }
        receiveRest(c, s, nowNs);
    }

    /** What came with the SYN-ACK of an active open (RFC 9293 §3.10.7.3, fourth): goes on at the sixth step. */
    void receiveBehindSyn(TcpConnection c, TcpSegment s, long nowNs) {
        s.trimSyn();
        trim(c, s);
        receiveRest(c, s, nowNs);
    }

    private void receiveRest(TcpConnection c, TcpSegment s, long nowNs) {
        // Sixth: URG.
        if (s.has(TcpHeader.URG)) {
            onUrgent(c, s);
        }
        // Seventh: segment text. Eighth: FIN.
        if (s.dataLength > 0 || s.has(TcpHeader.FIN)) {
            if (c.isReceiving()) {
                receiveText(c, s, nowNs);
            } else {
                tcp.drop(Counter.DROP_TCP_AFTER_FIN);
            }
        }
    }

    /** RFC 7323 §5.3 R1 (PAWS), §3.2: a segment without the option that was agreed on is dropped. */
    private boolean checkTimestamp(TcpConnection c, TcpSegment s, long nowNs) {
        if (!c.timestamps || s.has(TcpHeader.RST)) {
            return true;
        }
        if (!s.timestamps) {
            tcp.drop(Counter.DROP_TCP_NO_TIMESTAMP);
            return false;
        }
        if (SeqNum.before(s.tsVal, c.tsRecent) && nowNs - c.tsRecentNs < TIMESTAMP_LIFETIME_NS) {
            tcp.drop(Counter.DROP_TCP_PAWS);
            answerUnacceptable(c, s, nowNs);
            return false;
        }
        return true;
    }

    /** First: sequence number check. */
    private boolean checkSequence(TcpConnection c, TcpSegment s, long nowNs) {
        int rcvNxt = c.rcvNxt;
        int length = s.sequenceLength();
        if (s.seq == rcvNxt) {
            // With a shut window its data is not acceptable, but its ACK, URG and RST are; trim() takes the data off.
            return true;
        }
        int edge = c.rcvAdv;
        boolean acceptable;
        if (length == 0) {
            // One on the right edge is taken too: a peer that filled the window sends its acknowledgments from there.
            acceptable = SeqNum.after(s.seq, rcvNxt) && SeqNum.beforeOrEqual(s.seq, edge);
        } else {
            acceptable = SeqNum.before(s.seq, edge) && SeqNum.after(s.seq + length, rcvNxt);
        }
        if (acceptable) {
            return true;
        }
        tcp.drop(Counter.DROP_TCP_OUTSIDE_WINDOW);
        if (!s.has(TcpHeader.RST)) {
            if (s.dataLength > 0 && SeqNum.before(s.seq, rcvNxt)) {
                DelayedAck.onDisorder(c);
            }
            if (c.sack && s.dataLength > 0 && SeqNum.beforeOrEqual(s.seq + s.dataLength, rcvNxt)) {
                // RFC 2883 §4: tell what came twice.
                reportDuplicate(c, s.seq, s.seq + s.dataLength);
            }
            answerUnacceptable(c, s, nowNs);
        }
        return false;
    }

    /** A segment with data is acknowledged at once; others could be two sides' answers to each other: limited. */
    private void answerUnacceptable(TcpConnection c, TcpSegment s, long nowNs) {
        if (s.sequenceLength() > 0 && !s.has(TcpHeader.SYN)) {
            c.ackNow = true;
            tcp.markDirty(c);
        } else {
            ChallengeAcks.challenge(c, nowNs);
        }
    }

    /** Second: RST. Fourth: SYN. Returns whether to go on. */
    private boolean checkResetAndSyn(TcpConnection c, TcpSegment s, long nowNs) {
        if (s.has(TcpHeader.RST)) {
            // RFC 5961 §3.2: only an exact sequence number resets.
            if (s.seq == c.rcvNxt) {
                tcp.counters.increment(Counter.TCP_RESETS_RECEIVED);
                tcp.terminate(c, resetError(c));
            } else {
                tcp.drop(Counter.DROP_TCP_RESET);
                ChallengeAcks.challenge(c, nowNs);
            }
            return false;
        }
        if (s.has(TcpHeader.SYN)) {
            // RFC 5961 §4.2.
            tcp.drop(Counter.DROP_TCP_SYN);
            ChallengeAcks.challenge(c, nowNs);
            return false;
        }
        return true;
    }

    /** RFC 9293 §3.10.7.4, second: what a reset means. */
    private static TcpError resetError(TcpConnection c) {
        switch (c.state) {
            case SYN_RECEIVED:
                return TcpError.CONNECTION_REFUSED;
            case CLOSE_WAIT:
                // Nothing is lost of what the peer sent; as Linux tells it.
                return TcpError.BROKEN_PIPE;
            case CLOSING, LAST_ACK:
                // It ends what was closed anyway.
                return TcpError.NONE;
            default:
                return TcpError.CONNECTION_RESET;
        }
    }

    /** Fifth, in SYN-RECEIVED after a simultaneous open. */
    private boolean completeOpen(TcpConnection c, TcpSegment s, long nowNs) {
        if (s.ack != c.iss + 1) {
            tcp.drop(Counter.DROP_TCP_ACK);
            tcp.writer.sendResetFor(s, nowNs);
            return false;
        }
        c.sndUna = s.ack;
        c.sndWnd = s.window << c.sndScale;
        c.sndWndMax = c.sndWnd;
        c.sndWl1 = s.seq;
        c.sndWl2 = s.ack;
        c.establish(nowNs);
        return true;
    }

    /** The end of the first step: what lies outside the window goes. */
    private void trim(TcpConnection c, TcpSegment s) {
        int old = c.rcvNxt - s.seq;
        if (old > 0) {
            if (c.sack) {
                reportDuplicate(c, s.seq, c.rcvNxt);
            }
            s.trimFront(old);
            c.ackNow = true;
            DelayedAck.onDisorder(c);
            tcp.markDirty(c);
        }
        int room = c.rcvAdv - s.seq;
        int length = s.dataLength + (s.has(TcpHeader.FIN) ? 1 : 0);
        if (length > room) {
            // A FIN right behind the window is cut off with the data, and comes again.
            s.trimEnd(Math.max(0, Math.min(room, s.dataLength)));
            c.ackNow = true;
            tcp.markDirty(c);
        }
    }

    /** What an acknowledgment of our FIN does. Returns whether the connection is still there. */
    private boolean closingSteps(TcpConnection c, long nowNs) {
        if (c.sendQueue.records > 0) {
            return true;
        }
        switch (c.state) {
            case FIN_WAIT_1:
                c.state = TcpState.FIN_WAIT_2;
                if (c.closedByUser) {
                    tcp.timers.armFinWait2(c, nowNs);
                }
                return true;
            case CLOSING:
                tcp.enterTimeWait(c, nowNs);
                return false;
            case LAST_ACK:
                tcp.terminate(c, TcpError.NONE);
                return false;
            default:
                return true;
        }
    }

    private void onUrgent(TcpConnection c, TcpSegment s) {
        if (s.urgentPointer == 0 || !c.isReceiving()) {
            return;
        }
        // RFC 6093 §2.1: the pointer tells the byte behind the urgent one.
        int urgent = s.seq + s.urgentPointer - 1;
        boolean ahead = SeqNum.afterOrEqual(urgent, c.rcvNxt);
        if (ahead && (!c.rcvUrgent || SeqNum.after(urgent, c.rcvUp))) {
            c.rcvUrgent = true;
            c.rcvUp = urgent;
        }
    }

    /** Whether the user has closed both directions, by close or by a shutdown of each, and this is new. */
    private static boolean isWantedByNobody(TcpConnection c, TcpSegment s) {
        boolean shut = c.inputShutdown && (c.state == TcpState.FIN_WAIT_1 || c.state == TcpState.FIN_WAIT_2);
        return c.closedByUser || (shut && SeqNum.after(s.seq + s.dataLength, c.rcvNxt));
    }

    private void receiveText(TcpConnection c, TcpSegment s, long nowNs) {
        if (s.dataLength > 0 && isWantedByNobody(c, s)) {
            // RFC 9293 §3.6.1 (SHLD-3): nobody will read it, and the peer shall know.
            tcp.drop(Counter.DROP_TCP_AFTER_CLOSE);
            tcp.writer.sendReset(c, nowNs);
            tcp.terminate(c, TcpError.ABORTED);
            return;
        }
        tcp.markDirty(c);
        if (s.seq != c.rcvNxt) {
            receiveOutOfOrder(c, s);
            return;
        }
        if (s.dataLength > 0) {
            int length = s.dataLength;
            int cells = c.receiveQueue.cells + c.heldCells;
            tcp.memory.relieve();
            boolean full = cells >= c.cellLimit() + Tcp.CELLS_SPARE || !tcp.memory.mayKeep(c);
            if (full && !c.inputShutdown) {
                tcp.drop(Counter.DROP_TCP_RECEIVE_QUEUE_FULL);
                c.ackNow = true;
                return;
            }
            DelayedAck.onData(c, length);
            PacketBuffer buffer = s.buffer;
            s.buffer = null;
            deliver(c, buffer, s.dataOffset, length);
            if (c.receiveTuning != null) {
                c.receiveTuning.onData(c, s, nowNs);
            }
            if (c.outOfOrder != null) {
                drainOutOfOrder(c);
            }
            if (DelayedAck.isDueWithinBurst(c)) {
                tcp.writer.sendAck(c, nowNs);
            }
        }
        boolean finNow = s.has(TcpHeader.FIN) && s.seq + s.dataLength == c.rcvNxt;
        if (finNow || (c.finOutOfOrder && c.finOutOfOrderSeq == c.rcvNxt)) {
            receiveFin(c, nowNs);
        }
    }

    private void receiveOutOfOrder(TcpConnection c, TcpSegment s) {
        // RFC 5681 §4.2: a gap is told at once.
        c.ackNow = true;
        DelayedAck.onDisorder(c);
        if (s.has(TcpHeader.FIN)) {
            c.finOutOfOrder = true;
            c.finOutOfOrderSeq = s.seq + s.dataLength;
        }
        if (s.dataLength == 0) {
            return;
        }
        tcp.memory.relieve();
        if (tcp.memory.isScarce() || (c.outOfOrder == null && !tcp.memory.lendOutOfOrderQueue(c))) {
            tcp.drop(Counter.DROP_TCP_OUT_OF_ORDER_FULL);
            return;
        }
        int left = s.seq;
        int right = s.seq + s.dataLength;
        int limit = c.cellLimit() - c.receiveQueue.cells - c.heldCells;
        boolean partKnown = c.outOfOrder.isPartKnown(left, right);
        switch (c.outOfOrder.insert(s, limit, tcp.records)) {
            case DUPLICATE:
                tcp.drop(Counter.DROP_TCP_DUPLICATE);
                reportDuplicate(c, left, right);
                break;
            case STORED:
                if (partKnown) {
                    // RFC 2883 §4.2: part of it was there already, in a block beyond the acknowledgment.
                    reportDuplicate(c, c.outOfOrder.knownLeft, c.outOfOrder.knownRight);
                }
                break;
            case FULL:
                tcp.drop(Counter.DROP_TCP_OUT_OF_ORDER_FULL);
                break;
            default:
                break;
        }
        if (c.outOfOrder.ranges() == 0) {
            tcp.memory.returnOutOfOrderQueue(c);
        }
    }

    private void drainOutOfOrder(TcpConnection c) {
        OutOfOrderQueue queue = c.outOfOrder;
        SegmentRecord record;
        while ((record = queue.poll(c.rcvNxt)) != null) {
            int old = c.rcvNxt - record.seq;
            if (old >= record.length) {
                tcp.records.release(record);
            } else {
                deliver(c, record.buffer, record.offset + old, record.length - old);
                tcp.records.recycle(record);
            }
        }
        // RFC 5681 §4.2: what fills a gap is acknowledged at once.
        c.ackNow = true;
        DelayedAck.onDisorder(c);
        if (queue.ranges() == 0) {
            tcp.memory.returnOutOfOrderQueue(c);
        }
    }

    /** Appends the next bytes of the stream to the receive queue, without the urgent one; takes the reference. */
    private void deliver(TcpConnection c, PacketBuffer buffer, int offset, int length) {
        int at = c.rcvUrgent ? c.rcvUp - c.rcvNxt : -1;
        c.rcvNxt += length;
        if (c.inputShutdown) {
            buffer.release();
            return;
        }
        c.events |= TcpConnection.READABLE;
        if (at < 0 || at >= length) {
            c.rcvUrgent &= at >= 0;
            c.receiveQueue.append(buffer, offset, length, tcp.records);
            return;
        }
        c.rcvUrgent = false;
        if (c.options.oobInline) {
            c.receiveQueue.append(buffer, offset, length, tcp.records);
            return;
        }
        buffer.retain();
        c.receiveQueue.append(buffer, offset, at, tcp.records);
        c.receiveQueue.append(buffer, offset + at + 1, length - at - 1, tcp.records);
    }

    /** Eighth: FIN, in its turn. */
    private void receiveFin(TcpConnection c, long nowNs) {
        c.rcvNxt++;
        c.rcvAdv = SeqNum.max(c.rcvAdv, c.rcvNxt);
        c.finReceived = true;
        c.finOutOfOrder = false;
        c.ackNow = true;
        c.events |= TcpConnection.READABLE;
        if (c.outOfOrder != null) {
            tcp.memory.returnOutOfOrderQueue(c);
        }
        switch (c.state) {
            case ESTABLISHED:
                c.state = TcpState.CLOSE_WAIT;
                break;
            case FIN_WAIT_1:
                // Its acknowledgment of our FIN would have made it FIN-WAIT-2.
                c.state = TcpState.CLOSING;
                break;
            case FIN_WAIT_2:
                tcp.enterTimeWait(c, nowNs);
                break;
            default:
                throw new AssertionError(c.state);
        }
    }

    private void reportDuplicate(TcpConnection c, int left, int right) {
        if (c.sack) {
            boolean joins = c.dsackPending
                    && SeqNum.beforeOrEqual(left, c.dsackRight)
                    && SeqNum.beforeOrEqual(c.dsackLeft, right);
            // RFC 2883 §4 has one for each segment; duplicates that follow each other within a turn share it.
            c.dsackLeft = joins ? SeqNum.min(left, c.dsackLeft) : left;
            c.dsackRight = joins ? SeqNum.max(right, c.dsackRight) : right;
            c.dsackPending = true;
            c.ackNow = true;
            tcp.markDirty(c);
        }
    }
}
