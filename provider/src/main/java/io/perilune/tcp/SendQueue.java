package io.perilune.tcp;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import java.nio.ByteBuffer;

/**
 * What one connection has to send: first the records that were sent and are not acknowledged, then those that were not
 * sent. A cell of bytes that were copied in holds one segment; the last one is filled by later writes while it is
 * unsent. Owned by the shard's driver.
 */
final class SendQueue {

    SegmentRecord head;
    SegmentRecord tail;
    /** The first record that was never sent, or null. */
    SegmentRecord firstUnsent;
    /** The record that was sent for the first time last, or null when it has been acknowledged. */
    SegmentRecord lastSent;
    /** Bytes of data in all records. */
    int bytes;
    /** How many records there are. */
    int records;
    /** The sequence number behind the last record. */
    int end;

    /** What {@link #acknowledge} found: how many bytes of sequence space left the queue. */
    int acknowledgedLength;

    /** Copies bytes in as far as limits and the pool allow; the source's position moves. Returns how many. */
    int append(ByteBuffer source, int most, int segmentSize, int recordLimit, BufferPool pool, RecordPool recordPool) {
        int position = source.position();
        int taken = 0;
        while (taken < most) {
            SegmentRecord record = tail;
            int room = record == null || record.flags != 0 ? 0 : roomIn(record, segmentSize);
            if (room == 0) {
                PacketBuffer buffer = records < recordLimit ? pool.allocate() : null;
                if (buffer == null) {
                    break;
                }
                record = recordPool.allocate(buffer, buffer.start(), 0, end);
                link(record);
                room = roomIn(record, segmentSize);
            }
            int count = Math.min(room, most - taken);
            record.buffer.bytes().put(record.offset + record.length, source, position + taken, count);
            record.length += count;
            end += count;
            taken += count;
        }
        bytes += taken;
        source.position(position + taken);
        return taken;
    }

    /** Appends what a loan holds, from where it lies, and takes its buffer. */
    void append(Loan loan, RecordPool recordPool) {
        link(recordPool.allocate(loan.buffer, loan.offset, loan.length, end));
        end += loan.length;
        bytes += loan.length;
        loan.buffer = null;
    }

    /** Appends one byte in a record of its own kind or the last one; returns false when the pool is empty. */
    boolean append(byte value, int segmentSize, BufferPool pool, RecordPool recordPool) {
        SegmentRecord record = tail;
        if (record == null || record.flags != 0 || roomIn(record, segmentSize) == 0) {
            PacketBuffer buffer = pool.allocate();
            if (buffer == null) {
                return false;
            }
            record = recordPool.allocate(buffer, buffer.start(), 0, end);
            link(record);
        }
        record.buffer.bytes().put(record.offset + record.length, value);
        record.length++;
        end++;
        bytes++;
        return true;
    }

    /** Puts FIN behind all data. */
    void appendFin(RecordPool recordPool) {
        SegmentRecord record = tail;
        if (record == null || record.flags != 0) {
            record = recordPool.allocate(null, 0, 0, end);
            link(record);
        }
        record.flags |= SegmentRecord.FIN;
        end++;
    }

    /** The first unsent record has just been sent for the first time. */
    void onSent(SegmentRecord record, long nowNs) {
        record.flags |= SegmentRecord.SENT;
        record.sentNs = nowNs;
        lastSent = record;
        firstUnsent = record.next;
    }

    /** Cuts a record in two, which share its buffer. */
    void split(SegmentRecord record, int firstLength, RecordPool recordPool) {
        PacketBuffer buffer = record.buffer;
        int restLength = record.length - firstLength;
        buffer.retain();
        SegmentRecord rest =
                recordPool.allocate(buffer, record.offset + firstLength, restLength, record.seq + firstLength);
        rest.flags = record.flags;
        rest.sentNs = record.sentNs;
        record.length = firstLength;
        record.flags &= ~SegmentRecord.FIN;
        rest.next = record.next;
        record.next = rest;
        if (tail == record) {
            tail = rest;
        }
        if (lastSent == record) {
            lastSent = rest;
        }
        records++;
    }

    /**
     * Removes what an acknowledgment covers. What was not reported before is told to RACK.
     *
     * @return when the oldest record that left was sent, if it was sent but once, else {@link Long#MIN_VALUE}
     */
    long acknowledge(int ack, TcpConnection c, Delivery d, RecordPool recordPool) {
        SackScoreboard scoreboard = c.scoreboard;
        long sentNs = Long.MIN_VALUE;
        boolean first = true;
        int length = 0;
        SegmentRecord record = head;
        while (record != null && record.has(SegmentRecord.SENT) && SeqNum.after(ack, record.seq)) {
            if (first && record.has(SegmentRecord.EVER_RETRANSMITTED)) {
                d.resentNs = record.sentNs;
            } else if (first) {
                sentNs = record.sentNs;
            }
            first = false;
            int covered = ack - record.seq;
            if (covered < record.sequenceLength()) {
                scoreboard.onShortened(record, covered);
                record.seq += covered;
                record.offset += covered;
                record.length -= covered;
                bytes -= covered;
                length += covered;
                break;
            }
            SegmentRecord next = record.next;
            if (!record.has(SegmentRecord.SACKED)) {
                c.rack.onDelivered(record, c.recoverSeq, d);
            }
            scoreboard.onRemoved(record);
            if (record == lastSent) {
                lastSent = null;
            }
            length += record.sequenceLength();
            bytes -= record.length;
            records--;
            recordPool.release(record);
            record = next;
        }
        head = record;
        if (record == null) {
            tail = null;
        }
        acknowledgedLength = length;
        return sentNs;
    }

    /** Drops everything. */
    void clear(RecordPool recordPool) {
        SegmentRecord record = head;
        while (record != null) {
            SegmentRecord next = record.next;
            recordPool.release(record);
            record = next;
        }
        head = null;
        tail = null;
        firstUnsent = null;
        lastSent = null;
        bytes = 0;
        records = 0;
    }

    private void link(SegmentRecord record) {
        if (tail == null) {
            head = record;
        } else {
            tail.next = record;
        }
        tail = record;
        if (firstUnsent == null) {
            firstUnsent = record;
        }
        records++;
    }

    /** How much may be written behind a record's data: nothing where somebody else holds the buffer too. */
    private static int roomIn(SegmentRecord record, int segmentSize) {
        PacketBuffer buffer = record.buffer;
        if (buffer.references() > 1) {
            return 0;
        }
        int cellRoom = buffer.base() + buffer.capacity() - record.offset - record.length;
        return Math.max(0, Math.min(segmentSize - record.length, cellRoom));
    }
}
