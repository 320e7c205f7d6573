package io.perilune.tcp;

import io.perilune.memory.PacketBuffer;
import java.nio.ByteBuffer;

/** The bytes of one connection that came in order and wait to be read. Owned by the shard's driver. */
final class ReceiveQueue {

    /**
     * Data up to this length is copied behind the last one's where it fits, so that small segments share cells; but only
     * where many cells are mostly empty.
     */
    private static final int COALESCE_MAX = 512;

    private static final int COALESCE_CELLS = 16;

    private SegmentRecord head;
    private SegmentRecord tail;
    /** Bytes that wait. */
    int bytes;
    /** Cells they lie in. */
    int cells;

    boolean isEmpty() {
        return bytes == 0;
    }

    /** Appends bytes of a buffer; takes the reference. */
    void append(PacketBuffer buffer, int offset, int length, RecordPool pool) {
        if (length == 0) {
            buffer.release();
            return;
        }
        bytes += length;
        SegmentRecord last = tail;
        if (length <= COALESCE_MAX
                && cells >= COALESCE_CELLS
                && bytes <= cells * COALESCE_MAX
                && roomBehind(last) >= length) {
            last.buffer.bytes().put(last.offset + last.length, buffer.bytes(), offset, length);
            last.length += length;
            buffer.release();
            return;
        }
        SegmentRecord record = pool.allocate(buffer, offset, length, 0);
        if (last == null) {
            head = record;
        } else {
            last.next = record;
        }
        tail = record;
        cells++;
    }

    /** Moves bytes to a destination, as many as it has room for. Returns how many. */
    int read(ByteBuffer destination, RecordPool pool) {
        int position = destination.position();
        int most = Math.min(destination.remaining(), bytes);
        int done = 0;
        while (done < most) {
            SegmentRecord record = head;
            int count = Math.min(record.length, most - done);
            destination.put(position + done, record.buffer.bytes(), record.offset, count);
            done += count;
            if (count == record.length) {
                removeHead(record, pool);
            } else {
                record.offset += count;
                record.length -= count;
            }
        }
        bytes -= done;
        destination.position(position + done);
        return done;
    }

    /** Moves the first record's bytes to a loan, as they lie. The queue is not empty. */
    void take(Loan loan, RecordPool pool) {
        SegmentRecord record = head;
        loan.set(record.buffer, record.offset, record.length);
        bytes -= record.length;
        head = record.next;
        if (head == null) {
            tail = null;
        }
        cells--;
        pool.recycle(record);
    }

    void clear(RecordPool pool) {
        while (head != null) {
            removeHead(head, pool);
        }
        bytes = 0;
    }

    private void removeHead(SegmentRecord record, RecordPool pool) {
        head = record.next;
        if (head == null) {
            tail = null;
        }
        cells--;
        pool.release(record);
    }

    /** On the in-process link the sender may hold the same buffer: then nothing is written into it. */
    private static int roomBehind(SegmentRecord record) {
        PacketBuffer buffer = record.buffer;
        return buffer.references() == 1 ? buffer.base() + buffer.capacity() - record.offset - record.length : 0;
    }
}
