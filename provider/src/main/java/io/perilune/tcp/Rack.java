package io.perilune.tcp;

/**
 * Recent acknowledgment (RFC 8985 §6) of one connection: of all delivered segments the one that was sent last, by which
 * those that were sent before are judged; and how long to wait for those that may only have been overtaken. Owned by the
 * shard's driver.
 */
final class Rack {

    /** RFC 8985 §6.2, step 4: recoveries without a duplicate report after which the window is small again. */
    private static final byte PERSIST = 16;
    /** As Linux: a path whose least round-trip time rises is believed after this. */
    private static final long MIN_RTT_LIFETIME_NS = 300_000_000_000L;

    private static final int MULTIPLIER_MOST = 100;

    /** RACK.rtt: the round-trip time of what was delivered last. */
    long rttNs;

    private long sentNs;
    private long minRttNs;
    private long minRttSinceNs;
    private int endSeq;
    /** RACK.fack: behind the highest that was delivered. */
    private int fack;

    private int duplicateRound;
    private boolean known;
    private boolean inDuplicateRound;
    private byte multiplier = 1;
    private byte persist;
    /** RACK.reordering_seen. */
    boolean reorderingSeen;

    /** RFC 8985 §6.2, steps 1 to 3; called in the order of sequence numbers, as far as one acknowledgment tells. */
    void onDelivered(SegmentRecord record, int recoverSeq, Delivery d) {
        long elapsedNs = d.nowNs - record.sentNs;
        int end = record.end();
        boolean again = record.has(SegmentRecord.EVER_RETRANSMITTED);
        if (!again) {
            updateMinimum(elapsedNs, d.nowNs);
            d.originalDelivered |= SeqNum.beforeOrEqual(end, recoverSeq);
        }
        if (!known || SeqNum.after(end, fack)) {
            fack = end;
        } else if (!again && SeqNum.before(end, fack)) {
            // Step 3: sent once, and delivered after something that was behind it.
            reorderingSeen = true;
        }
        if (again) {
            // Step 2: it may be the first transmission that was delivered.
            boolean echoTooOld = d.hasEcho && d.echoMs - (int) (record.sentNs / 1_000_000L) < 0;
            if (echoTooOld || elapsedNs < minRttNs) {
                return;
            }
        }
        rttNs = elapsedNs;
        if (!known || sentAfter(record.sentNs, end, sentNs, endSeq)) {
            known = true;
            sentNs = record.sentNs;
            endSeq = end;
        }
    }

    /** Whether something that was sent after a record has been delivered. */
    boolean isOvertaken(SegmentRecord record) {
        return known && sentAfter(sentNs, endSeq, record.sentNs, record.end());
    }

    /** RFC 8985 §6.2, step 4: a duplicate was reported, so that what was held lost was late. */
    void onDuplicateReported(TcpConnection c) {
        if (inDuplicateRound && SeqNum.before(c.sndUna, duplicateRound)) {
            return;
        }
        inDuplicateRound = true;
        duplicateRound = c.sndNxt;
        multiplier = (byte) Math.min(multiplier + 1, MULTIPLIER_MOST);
        persist = PERSIST;
    }

    /** RFC 8985 §6.2, step 4: fast recovery, or recovery after a timeout, is over. */
    void onRecovered() {
        if (--persist <= 0) {
            persist = 0;
            multiplier = 1;
        }
    }

    /** RFC 8985 §6.2, step 4: how long what was overtaken is waited for. */
    long reorderingWindowNs(TcpConnection c) {
        if (!reorderingSeen
                && (c.recovery != TcpConnection.OPEN || c.scoreboard.sackedRecords() >= SackScoreboard.DUP_THRESH)) {
            return 0;
        }
        return Math.min(multiplier * (minRttNs / 4), c.rtt.srttNs());
    }

    private void updateMinimum(long elapsedNs, long nowNs) {
        if (minRttNs == 0 || elapsedNs <= minRttNs || nowNs - minRttSinceNs > MIN_RTT_LIFETIME_NS) {
            minRttNs = Math.max(1, elapsedNs);
            minRttSinceNs = nowNs;
        }
    }

    /** RFC 8985 §6.2: RACK_sent_after(). */
    private static boolean sentAfter(long sent1Ns, int end1, long sent2Ns, int end2) {
        long difference = sent1Ns - sent2Ns;
        return difference > 0 || (difference == 0 && SeqNum.after(end1, end2));
    }
}
