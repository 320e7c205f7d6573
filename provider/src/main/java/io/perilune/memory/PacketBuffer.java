package io.perilune.memory;

import java.nio.ByteBuffer;

/**
 * One cell of packet memory and the frame, or the part of a frame, that lies in it. One object is made for each cell
 * together with its slab; none is made later.
 *
 * <pre>
 *   base            start            start+length          base+capacity
 *    |   headroom     |      data         |     tailroom       |
 * </pre>
 *
 * <p>A frame to send may go on in another buffer: its {@link #attachPayload payload}, bytes that others hold too and that
 * are sent from where they lie.
 *
 * <p>All offsets are absolute positions in {@link #bytes()}, so that layers read and write headers with
 * {@code bytes().getInt(start() + 12)}. Each layer on the way in {@link #pull pulls} its header off; each on the way
 * out {@link #push pushes} its own in front.
 *
 * <p>Reference counted, in the slab's header: one count for the stack, its users and the device's driver, which takes
 * references by sending and gives them up within a burst. A method that <i>takes</i> a buffer releases it, or hands it on; one that <i>borrows</i> it
 * leaves the reference with its caller. Owned by the shard's driver.
 */
public final class PacketBuffer {

    private static final int REFERENCES_MOST = 0xFFFF;

    private final BufferPool pool;
    private final ByteBuffer bytes;
    private final int cell;
    private final int base;
    private final int capacity;
    private int start;
    private int length;
    /** The slab's header, in the host's byte order: the device's driver counts there too. */
    private final ByteBuffer counts;

    private final int countAt;
    /** Whether it is out of the pool, and may not be in the device's hands alone. */
    private boolean lent;

    private PacketBuffer payload;
    private int payloadStart;
    private int payloadLength;

    PacketBuffer(BufferPool pool, ByteBuffer bytes, ByteBuffer counts, int countAt, int cell, int base, int capacity) {
        this.counts = counts;
        this.countAt = countAt;
        this.pool = pool;
        this.bytes = bytes;
        this.cell = cell;
        this.base = base;
        this.capacity = capacity;
    }

    /** Returns the slab's memory, big-endian. Its position and limit are never moved: use absolute access only. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Returns the number of the cell, unique within its pool. */
    public int cell() {
        return cell;
    }

    /** Returns the position of the first byte of data. */
    public int start() {
        return start;
    }

    /** Returns how many bytes of data there are. */
    public int length() {
        return length;
    }

    /** Returns the position behind the last byte of data. */
    public int end() {
        return start + length;
    }

    /** Returns the position of the cell's first byte. */
    public int base() {
        return base;
    }

    /** Returns the length of the cell, in bytes. */
    public int capacity() {
        return capacity;
    }

    /** Returns how many bytes can be pushed in front of the data. */
    public int headroom() {
        return start - base;
    }

    /** Returns how many bytes can be appended behind the data. */
    public int tailroom() {
        return base + capacity - start - length;
    }

    /** Sets where the data lies; both are checked against the cell by assertion. */
    public void setData(int newStart, int newLength) {
        assert lent : pool.failure("used after its release", this);
        assert newStart >= base && newLength >= 0 && newStart + newLength <= base + capacity
                : "data [" + newStart + ", +" + newLength + ") outside the cell";
        start = newStart;
        length = newLength;
    }

    /**
     * Grows the data to the front, for a header.
     *
     * @return the position of the header's first byte
     */
    public int push(int headerLength) {
        setData(start - headerLength, length + headerLength);
        return start;
    }

    /** Takes a header off the front. */
    public void pull(int headerLength) {
        setData(start + headerLength, length - headerLength);
    }

    /** Cuts the data to a length, at the end (for an Ethernet frame's padding). */
    public void truncate(int newLength) {
        assert newLength <= length;
        setData(start, newLength);
    }

    /**
     * Grows the data at the end.
     *
     * @return the position of the first new byte
     */
    public int append(int moreLength) {
        int position = end();
        setData(start, length + moreLength);
        return position;
    }

    /**
     * Makes bytes of another buffer follow this one's data.
     *
     * @param follows where they lie; one reference of it is taken, and released with this buffer's last one
     * @param firstByte the position of the first in its {@link #bytes}
     * @param count how many, at least 1
     */
    public void attachPayload(PacketBuffer follows, int firstByte, int count) {
        assert payload == null && follows.payload == null && count > 0 : "a second payload of " + this;
        payload = follows;
        payloadStart = firstByte;
        payloadLength = count;
    }

    /** Returns whether the data goes on in another buffer. */
    public boolean hasPayload() {
        return payload != null;
    }

    /** Returns the buffer in which the data goes on, or null. */
    public PacketBuffer payload() {
        return payload;
    }

    /** Returns the position of the first byte there. */
    public int payloadStart() {
        return payloadStart;
    }

    /** Returns how many bytes lie there; 0 if there is no payload. */
    public int payloadLength() {
        return payloadLength;
    }

    /** Returns how many bytes of data there are in both. */
    public int frameLength() {
        return length + payloadLength;
    }

    /** Copies the data, that of the payload included, to an absolute position of a buffer. */
    public void copyTo(ByteBuffer destination, int position) {
        destination.put(position, bytes, start, length);
        if (payload != null) {
            destination.put(position + length, payload.bytes, payloadStart, payloadLength);
        }
    }

    /** Returns how many references there are, the device's included; 0 while the cell is free or the device's alone. */
    public int references() {
        return lent ? count() : 0;
    }

    /**
     * Adds a reference.
     *
     * @throws IllegalStateException if there are 65,535, or none
     */
    public void retain() {
        if (!lent) {
            throw pool.failure("retained after its release", this);
        }
        int count = count();
        if (count == REFERENCES_MOST) {
            throw new IllegalStateException("too many references: " + this);
        }
        counts.putShort(countAt, (short) (count + 1));
    }

    /**
     * Takes a reference away; the last one gives the cell back to its pool.
     *
     * @throws IllegalStateException if there is none
     */
    public void release() {
        if (!lent) {
            throw pool.failure("released twice", this);
        }
        int count = count();
        if (count > 1) {
            counts.putShort(countAt, (short) (count - 1));
            return;
        }
        // The count of a free cell is 1: that is DPDK's way, and the next to have it is alone.
        lent = false;
        releasePayload();
        pool.reclaim(this);
    }

    private int count() {
        return counts.getShort(countAt) & REFERENCES_MOST;
    }

    /**
     * The device has taken the whole cell, and will give it back to the link's memory by itself: nobody else holds it. (Of
     * one that has other holders it has taken a reference, in the count that it shares, and nothing need be done.)
     */
    public void giveToDevice() {
        assert lent && count() == 1 : "given while others hold it: " + this;
        lent = false;
        payload = null; // the frame's reference to it has become the device's, too
        payloadLength = 0;
        pool.leave(this);
    }

    private void releasePayload() {
        PacketBuffer follows = payload;
        if (follows != null) {
            payload = null;
            payloadLength = 0;
            follows.release();
        }
    }

    /** The cell is out of the pool: its count is 1. */
    void lend() {
        lent = true;
    }

    boolean isLent() {
        return lent;
    }

    @Override
    public String toString() {
        return "cell " + cell + " data [" + (start - base) + ", +" + length + ") of " + capacity + ", references "
                + references();
    }
}
