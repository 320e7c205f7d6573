package io.perilune.tcp;

/**
 * The records of one connection that are in flight, in the order in which they were last transmitted: neither reported
 * by the peer nor held to be lost. RACK looks from the oldest on and stops at the first that is not due, so that its
 * work for each acknowledgment is what it marks, and one more (RFC 8985 §6.2, step 5). Owned by the shard's driver.
 */
final class TransmitOrder {

    SegmentRecord oldest;
    private SegmentRecord newest;

    /** A record was transmitted: it is the newest now. */
    void add(SegmentRecord record) {
        remove(record);
        insertAfter(newest, record);
    }

    /** Takes a record out if it is in. */
    void remove(SegmentRecord record) {
        if (!record.has(SegmentRecord.IN_FLIGHT)) {
            return;
        }
        SegmentRecord older = record.older;
        SegmentRecord newer = record.newer;
        if (older == null) {
            oldest = newer;
        } else {
            older.newer = newer;
        }
        if (newer == null) {
            newest = older;
        } else {
            newer.older = older;
        }
        record.older = null;
        record.newer = null;
        record.flags &= ~SegmentRecord.IN_FLIGHT;
    }

    /** Puts a record behind another one, null: first. */
    void insertAfter(SegmentRecord older, SegmentRecord record) {
        SegmentRecord newer = older == null ? oldest : older.newer;
        record.flags |= SegmentRecord.IN_FLIGHT;
        record.older = older;
        record.newer = newer;
        if (older == null) {
            oldest = record;
        } else {
            older.newer = record;
        }
        if (newer == null) {
            newest = record;
        } else {
            newer.older = record;
        }
    }

    void clear() {
        oldest = null;
        newest = null;
    }
}
