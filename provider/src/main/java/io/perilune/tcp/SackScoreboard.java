package io.perilune.tcp;

/**
 * What is known of the segments in flight of one connection: which the peer has reported (RFC 2018), which are held to
 * be lost (RFC 6675, RFC 8985), which were sent again. The marks are flags of the send queue's records; here are their
 * sums, so that the pipe is known without a walk. Owned by the shard's driver.
 *
 * <p>Work is bounded whatever a peer reports (CVE-2019-11478). A report's place is looked for from where recent ones
 * ended; runs of reported records are stepped over by their skip pointers, which each step shortens; and what is left
 * to walk, over records that are not reported, is {@link #STEPS_MOST} for each segment received. A search that this
 * ends goes on with the next report from where it came to.
 */
final class SackScoreboard {

    /** RFC 5681 §3.2, RFC 6675 §2, RFC 8985 §6.2: how many duplicates mean a loss. */
    static final int DUP_THRESH = 3;
    /** Records that one segment's reports may step over without marking them. */
    static final int STEPS_MOST = 256;

    final TransmitOrder order = new TransmitOrder();
    private int sackedLength;
    private int sackedRecords;
    private int lostLength;
    private int retransmittedLength;
    /** Without SACK: segments that must have left the network, by duplicate acknowledgments, in bytes. */
    private int duplicateLength;
    /** Where the searches for recent reports ended: the next ones are likely to begin there or a little behind. */
    private SegmentRecord hint0;

    private SegmentRecord hint1;
    private byte hintTurn;
    private int steps;
    /** No lost record before this one waits to be sent again; null: not known. */
    private SegmentRecord retransmitHint;

    boolean hasSacked() {
        return sackedRecords > 0;
    }

    int sackedRecords() {
        return sackedRecords;
    }

    /** What the peer has reported of what is outstanding, in bytes. */
    int sackedLength() {
        return sackedLength;
    }

    /** How many steps the last segment's reports took over records that they did not mark. */
    int steps() {
        return steps;
    }

    /** Whether a lost record waits to be sent again. */
    boolean hasLost() {
        return lostLength > retransmittedLength;
    }

    boolean hasAnyLost() {
        return lostLength > 0;
    }

    /** What was sent and, as far as acknowledgments and duplicates tell, not delivered, in bytes. */
    int missing(int outstanding) {
        return outstanding - sackedLength - duplicateLength;
    }

    /** RFC 6675 §4, SetPipe(): what is held to be in the network, of what was sent and not acknowledged. */
    int pipe(int outstanding) {
        return Math.max(0, outstanding - sackedLength - lostLength + retransmittedLength - duplicateLength);
    }

    /** RFC 2883 §4: whether the first block reports a duplicate, which lies below SEG.ACK or within the second block. */
    static boolean isDuplicateReport(TcpSegment s) {
        int left = s.sackLeft[0];
        int right = s.sackRight[0];
        if (!SeqNum.after(right, left)) {
            return false;
        }
        return SeqNum.beforeOrEqual(right, s.ack)
                || (s.sackCount > 1
                        && SeqNum.afterOrEqual(left, s.sackLeft[1])
                        && SeqNum.beforeOrEqual(right, s.sackRight[1]));
    }

    /**
     * Takes a segment's SACK blocks in, after its acknowledgment.
     *
     * @return whether they told anything new
     */
    boolean update(TcpConnection c, TcpSegment segment, Delivery d) {
        int before = sackedRecords;
        steps = 0;
        sort(segment);
        for (int i = 0; i < segment.sackCount; i++) {
            int left = segment.sackLeft[i];
            int right = segment.sackRight[i];
            // Below SND.UNA: a duplicate report (RFC 2883). Above SND.NXT, or upside down: nonsense.
            if (SeqNum.after(right, left)
                    && SeqNum.after(right, c.sndUna)
                    && SeqNum.after(right, segment.ack)
                    && !SeqNum.after(right, c.sndNxt)) {
                mark(c, left, right, d);
            }
        }
        return sackedRecords != before;
    }

    /** Ascending: reordering is seen by what is delivered out of sequence (RFC 8985 §6.2, step 3). */
    private static void sort(TcpSegment s) {
        for (int i = 1; i < s.sackCount; i++) {
            int left = s.sackLeft[i];
            int right = s.sackRight[i];
            int at = i;
            while (at > 0 && SeqNum.after(s.sackLeft[at - 1], left)) {
                s.sackLeft[at] = s.sackLeft[at - 1];
                s.sackRight[at] = s.sackRight[at - 1];
                at--;
            }
            s.sackLeft[at] = left;
            s.sackRight[at] = right;
        }
    }

    private void mark(TcpConnection c, int left, int right, Delivery d) {
        SegmentRecord record = startFor(left, c.sendQueue.head);
        SegmentRecord last = null;
        while (record != null && record.has(SegmentRecord.SENT) && SeqNum.before(record.seq, right)) {
            last = record;
            if (record.has(SegmentRecord.SACKED)) {
                record = endOfRun(record);
                last = record;
            } else if (SeqNum.afterOrEqual(record.seq, left) && SeqNum.beforeOrEqual(record.end(), right)) {
                markSacked(c, record, d);
            } else if (++steps >= STEPS_MOST) {
                break;
            }
            record = record.next;
        }
        // A run may end behind this block; the next search must not begin there if it is for less: see startFor.
        if (last != null) {
            hintTurn ^= 1;
            if (hintTurn == 0) {
                hint0 = last;
            } else {
                hint1 = last;
            }
        }
    }

    private void markSacked(TcpConnection c, SegmentRecord record, Delivery d) {
        forgetLoss(record);
        order.remove(record);
        record.flags |= SegmentRecord.SACKED;
        record.skip = null;
        sackedLength += record.sequenceLength();
        sackedRecords++;
        c.rack.onDelivered(record, c.recoverSeq, d);
    }

    private SegmentRecord startFor(int left, SegmentRecord head) {
        SegmentRecord best = head;
        if (hint0 != null && SeqNum.beforeOrEqual(hint0.seq, left)) {
            best = hint0;
        }
        if (hint1 != null && SeqNum.beforeOrEqual(hint1.seq, left) && SeqNum.after(hint1.seq, best.seq)) {
            best = hint1;
        }
        return best;
    }

    /** Returns the last record of a run of reported ones, and shortens the way for the next time. */
    private static SegmentRecord endOfRun(SegmentRecord first) {
        SegmentRecord end = first;
        while (true) {
            SegmentRecord further = end.skip;
            if (further == null) {
                further = end.next;
                if (further == null || !further.has(SegmentRecord.SACKED)) {
                    break;
                }
            }
            end = further;
        }
        SegmentRecord record = first;
        while (record != end) {
            SegmentRecord further = record.skip != null ? record.skip : record.next;
            record.skip = end;
            record = further;
        }
        return end;
    }

    /** Marks the first record lost, unless it was sent again already. */
    void markHeadLost(SendQueue queue) {
        SegmentRecord head = queue.head;
        if (head != null && head.has(SegmentRecord.SENT) && !head.has(SegmentRecord.SACKED | SegmentRecord.LOST)) {
            markLost(head);
        }
    }

    /**
     * RFC 8985 §6.3 (RACK_mark_losses_on_RTO), RFC 6298 §5.4: the first record is lost, and whatever has been on its way
     * for longer than the delivered one took.
     *
     * @param waitNs that time and the reordering window; 0 marks all
     */
    void onTimeout(SendQueue queue, long waitNs, long nowNs) {
        SegmentRecord head = queue.head;
        duplicateLength = 0;
        if (head == null || !head.has(SegmentRecord.SENT)) {
            return;
        }
        // RFC 2018 §8: the peer may take its word back; it has, if what it reported is what it waits for.
        if (head.has(SegmentRecord.SACKED)) {
            forgetReports(queue);
        }
        SegmentRecord oldest;
        while ((oldest = order.oldest) != null && oldest.sentNs + waitNs - nowNs <= 0) {
            markLost(oldest);
        }
        if (!head.has(SegmentRecord.LOST) || head.has(SegmentRecord.RETRANSMITTED)) {
            markLost(head);
        }
    }

    private void forgetReports(SendQueue queue) {
        sackedLength = 0;
        sackedRecords = 0;
        for (SegmentRecord r = queue.head; r != null && r.has(SegmentRecord.SENT); r = r.next) {
            if (r.has(SegmentRecord.SACKED)) {
                r.flags &= ~SegmentRecord.SACKED;
                r.skip = null;
                markLost(r);
            }
        }
    }

    /** What was held to be lost is not: it is in flight as before (RFC 4015, RFC 5682). Done once for a recovery. */
    void unmarkLost(SendQueue queue) {
        SegmentRecord place = null;
        for (SegmentRecord r = queue.head; hasLost() && r != null && r.has(SegmentRecord.SENT); r = r.next) {
            if ((r.flags & (SegmentRecord.LOST | SegmentRecord.RETRANSMITTED)) == SegmentRecord.LOST) {
                forgetLoss(r);
                SegmentRecord following = place == null ? order.oldest : place.newer;
                while (following != null && following.sentNs - r.sentNs < 0) {
                    place = following;
                    following = following.newer;
                }
                order.insertAfter(place, r);
                place = r;
            }
        }
        duplicateLength = 0;
        retransmitHint = null;
    }

    /** Marks what is longer than a new, smaller segment size lost: a router has dropped it (RFC 1191 §6.5). */
    void markLongerLost(SendQueue queue, int segmentSize) {
        for (SegmentRecord r = queue.head; r != null && r.has(SegmentRecord.SENT); r = r.next) {
            if (r.length > segmentSize && !r.has(SegmentRecord.SACKED)) {
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
            record = record.has(SegmentRecord.SACKED) ? endOfRun(record).next : record.next;
        }
        return null;
    }

    /** A lost record was sent again. */
    void onRetransmitted(SegmentRecord record, long nowNs) {
        record.flags |= SegmentRecord.RETRANSMITTED | SegmentRecord.EVER_RETRANSMITTED;
        record.sentNs = nowNs;
        retransmittedLength += record.sequenceLength();
        order.add(record);
    }

    /** A record that is not held to be lost was sent again, as a probe (RFC 8985 §7.3). */
    void onProbed(SegmentRecord record, long nowNs) {
        record.flags |= SegmentRecord.EVER_RETRANSMITTED;
        record.sentNs = nowNs;
        order.add(record);
    }

    /** A record leaves the queue. */
    void onRemoved(SegmentRecord record) {
        if (record == hint0) {
            hint0 = null;
        }
        if (record == hint1) {
            hint1 = null;
        }
        if (record == retransmitHint) {
            retransmitHint = null;
        }
        if (record.has(SegmentRecord.SACKED)) {
            sackedLength -= record.sequenceLength();
            sackedRecords--;
        }
        order.remove(record);
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
        hint0 = null;
        hint1 = null;
        retransmitHint = null;
        order.clear();
    }

    /** Marks a record lost, or lost again after it was sent again. */
    void markLost(SegmentRecord record) {
        forgetLoss(record);
        order.remove(record);
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
