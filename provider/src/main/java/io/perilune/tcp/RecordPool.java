package io.perilune.tcp;

import io.perilune.memory.PacketBuffer;

/** Free records of one {@link Tcp}: grows to the most that were ever used at once. Owned by the shard's driver. */
final class RecordPool {

    private SegmentRecord free;

    SegmentRecord allocate(PacketBuffer buffer, int offset, int length, int seq) {
        SegmentRecord record = free;
        if (record == null) {
            record = new SegmentRecord();
        } else {
            free = record.next;
        }
        record.next = null;
        record.buffer = buffer;
        record.offset = offset;
        record.length = length;
        record.seq = seq;
        record.flags = 0;
        return record;
    }

    /** Takes a record back and releases its buffer. */
    void release(SegmentRecord record) {
        if (record.buffer != null) {
            record.buffer.release();
        }
        recycle(record);
    }

    /** Takes a record back whose buffer is in other hands now. */
    void recycle(SegmentRecord record) {
        record.buffer = null;
        record.older = null;
        record.newer = null;
        record.skip = null;
        record.next = free;
        free = record;
    }
}
