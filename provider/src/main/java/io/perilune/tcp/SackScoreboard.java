package io.perilune.tcp;

/**
 * What is known of the segments in flight of one connection: which the peer has reported (RFC 2018), which are held to
 * be lost (RFC 6675), which were sent again. The marks are flags of the send queue's records; here are their sums, so
 * that the pipe is known without a walk. A walk over the records is bounded by their number, which the send buffer
 * bounds. Owned by the shard's driver.
 */
final class SackScoreboard {

    /** RFC 5681 §3.2, RFC 6675 §2: how many duplicates mean a loss. */
    static final int DUP_THRESH = 3;

    private int sackedLength;
    private int sackedRecords;
    private int lostLength;
    private int retransmittedLength;
    /** Without SACK: segments that must have left the network, by duplicate acknowledgments, in bytes. */
    private int duplicateLength;
    /** The record that the newest report ended at: the next report is likely to begin there. */
    private SegmentRecord hint;
    /** No lost record before this one waits to be sent again; null: not known. */
    private SegmentRecord retransmitHint;

    boolean hasSacked() {
        return sackedRecords > 0;
    }

    /** What the peer has reported of what is outstanding, in bytes. */
    int sackedLength() {
        return sackedLength;
    }

    /** Whether a lost record waits to be sent again. */
    boolean hasLost() {
        return lostLength > retransmittedLength;
    }

    boolean hasAnyLost() {
        return lostLength > 0;
    }

    /** RFC 6675 §4, SetPipe(): what is held to be in the network, of what was sent and not acknowledged. */
    int pipe(int outstanding) {
        return Math.max(0, outstanding - sackedLength - lostLength + retransmittedLength - duplicateLength);
    }

    /**
     * Takes a segment's SACK blocks in.
     *
     * @return whether they told anything new
     */
    boolean update(TcpConnection c, TcpSegment segment) {
        int before = sackedRecords;
        for (int i = 0; i < segment.sackCount; i++) {
            int left = segment.sackLeft[i];
            int right = segment.sackRight[i];
            // Below SND.UNA: a duplicate report (RFC 2883). Above SND.NXT, or upside down: nonsense.
            if (SeqNum.after(right, left)
                    && SeqNum.after(right, c.sndUna)
                    && SeqNum.after(right, segment.ack)
                    && !SeqNum.after(right, c.sndNxt)) {
                mark(c.sendQueue, left, right, i == 0);
            }
        }
        return sackedRecords != before;
    }

    private void mark(SendQueue queue, int left, int right, boolean newest) {
        SegmentRecord record = hint != null && SeqNum.beforeOrEqual(hint.seq, left) ? hint : queue.head;
        SegmentRecord last = null;
        while (record != null && record.has(SegmentRecord.SENT) && SeqNum.before(record.seq, right)) {
            if (SeqNum.afterOrEqual(record.seq, left) && SeqNum.beforeOrEqual(record.end(), right)) {
                if (!record.has(SegmentRecord.SACKED)) {
                    forgetLoss(record);
                    record.flags |= SegmentRecord.SACKED;
                    sackedLength += record.sequenceLength();
                    sackedRecords++;
                }
                last = record;
            }
            record = record.next;
        }
        if (newest && last != null) {
            hint = last;
        }
    }

    /** RFC 6675 §4, IsLost(): marks each record with enough reported above it. */
    void markLost(SendQueue queue, int segmentSize) {
        int length = sackedLength;
        int count = sackedRecords;
        SegmentRecord record = queue.head;
        while (record != null && (count >= DUP_THRESH || length > (DUP_THRESH - 1) * segmentSize)) {
            if (record.has(SegmentRecord.SACKED)) {
                length -= record.sequenceLength();
                count--;
            } else if (!record.has(SegmentRecord.LOST)) {
                markLost(record);
            }
            record = record.next;
        }
    }

    /** Marks the first record lost, unless it was sent again already. */
    void markHeadLost(SendQueue queue) {
        SegmentRecord head = queue.head;
        if (head != null && head.has(SegmentRecord.SENT) && !head.has(SegmentRecord.SACKED | SegmentRecord.LOST)) {
            markLost(head);
        }
    }

    /** RFC 6298 §5.4, RFC 6675 §5.1: after a timeout, whatever the peer has not reported is sent again. */
    void onTimeout(SendQueue queue) {
        SegmentRecord head = queue.head;
        // RFC 2018 §8: the peer may take its word back; it has, if what it reported is what it waits for.
        boolean reneged = head != null && head.has(SegmentRecord.SACKED);
        lostLength = 0;
        retransmittedLength = 0;
        duplicateLength = 0;
        if (reneged) {
            sackedLength = 0;
            sackedRecords = 0;
        }
        for (SegmentRecord r = head; r != null && r.has(SegmentRecord.SENT); r = r.next) {
            r.flags &= ~(SegmentRecord.RETRANSMITTED | SegmentRecord.LOST);
            if (reneged) {
                r.flags &= ~SegmentRecord.SACKED;
            }
            if (!r.has(SegmentRecord.SACKED)) {
                r.flags |= SegmentRecord.LOST;
                lostLength += r.sequenceLength();
            }
        }
        retransmitHint = null;
    }

    /** Marks what is longer than a new, smaller segment size lost: a router has dropped it (RFC 1191 §6.5). */
    void markLongerLost(SendQueue queue, int segmentSize) {
        for (SegmentRecord r = queue.head; r != null && r.has(SegmentRecord.SENT); r = r.next) {
            if (r.length > segmentSize && !r.has(SegmentRecord.SACKED)) {
                forgetLoss(r);
                markLost(r);
            }
        }
    }

    /** RFC 6675 §4, NextSeg() rule 1: the first lost record that was not sent again, or null. */
    SegmentRecord nextLost(SendQueue queue) {
        if (!hasLost()) {
            return null;
        }
        SegmentRecord record = retransmitHint != null ? retransmitHint : queue.head;
        while (record != null && record.has(SegmentRecord.SENT)) {
            if ((record.flags & (SegmentRecord.LOST | SegmentRecord.RETRANSMITTED)) == SegmentRecord.LOST) {
                retransmitHint = record;
                return record;
            }
            record = record.next;
        }
        return null;
    }

    /** A lost record was sent again. */
    void onRetransmitted(SegmentRecord record, long nowNs) {
        record.flags |= SegmentRecord.RETRANSMITTED | SegmentRecord.EVER_RETRANSMITTED;
        record.sentNs = nowNs;
        retransmittedLength += record.sequenceLength();
    }

    /** A record leaves the queue. */
    void onRemoved(SegmentRecord record) {
        if (record == hint) {
            hint = null;
        }
        if (record == retransmitHint) {
            retransmitHint = null;
        }
        if (record.has(SegmentRecord.SACKED)) {
            sackedLength -= record.sequenceLength();
            sackedRecords--;
        }
        forgetLoss(record);
    }

    /** A record is about to lose bytes at its front, which were acknowledged. */
    void onShortened(SegmentRecord record, int bytes) {
        if (record.has(SegmentRecord.SACKED)) {
            sackedLength -= bytes;
        }
        if (record.has(SegmentRecord.LOST)) {
            lostLength -= bytes;
        }
        if (record.has(SegmentRecord.RETRANSMITTED)) {
            retransmittedLength -= bytes;
        }
    }

    /** Without SACK, one more duplicate acknowledgment: one more segment has left the network (RFC 5681 §3.2). */
    void onDuplicate(int outstanding, int segmentSize) {
        int most = Math.max(0, outstanding - lostLength);
        duplicateLength = Math.min(duplicateLength + segmentSize, most);
    }

    /** Without SACK: new data was acknowledged in recovery; some of it had been counted by duplicates. */
    void onPartial(int acknowledged, int outstanding, int segmentSize) {
        int counted = Math.max(0, acknowledged - segmentSize);
        duplicateLength = Math.max(0, Math.min(duplicateLength - counted, outstanding - lostLength));
    }

    /** Forgets duplicates when recovery ends. */
    void onRecovered() {
        duplicateLength = 0;
    }

    void clear() {
        sackedLength = 0;
        sackedRecords = 0;
        lostLength = 0;
        retransmittedLength = 0;
        duplicateLength = 0;
        hint = null;
        retransmitHint = null;
    }

    private void markLost(SegmentRecord record) {
        record.flags |= SegmentRecord.LOST;
        lostLength += record.sequenceLength();
        if (retransmitHint != null && SeqNum.before(record.seq, retransmitHint.seq)) {
            retransmitHint = null;
        }
    }

    private void forgetLoss(SegmentRecord record) {
        if (record.has(SegmentRecord.LOST)) {
            lostLength -= record.sequenceLength();
        }
        if (record.has(SegmentRecord.RETRANSMITTED)) {
            retransmittedLength -= record.sequenceLength();
        }
        record.flags &= ~(SegmentRecord.LOST | SegmentRecord.RETRANSMITTED);
    }
}
