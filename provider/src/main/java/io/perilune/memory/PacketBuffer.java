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
 * <p>Reference counted. A method that <i>takes</i> a buffer releases it, or hands it on; one that <i>borrows</i> it
 * leaves the reference with its caller. Owned by the shard's driver.
 */
public final class PacketBuffer {

    private final BufferPool pool;
    private final ByteBuffer bytes;
    private final int cell;
    private final int base;
    private final int capacity;
    private int start;
    private int length;
    private int references;
    private boolean heldByDriver;
    private PacketBuffer payload;
    private int payloadStart;
    private int payloadLength;

    PacketBuffer(BufferPool pool, ByteBuffer bytes, int cell, int base, int capacity) {
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

    /** Returns how many references there are; 0 while the cell is free or in a device's hands. */
    public int references() {
        return references;
    }

    /** Adds a reference. */
    public void retain() {
        assert references > 0 : "retain after release: " + this;
        references++;
    }

    /** Takes a reference away; the last one gives the cell back to its pool. */
    public void release() {
        assert references > 0 : "released twice: " + this;
        if (--references == 0) {
            releasePayload();
            pool.reclaim(this);
        }
    }

    /**
     * Gives one reference to the device's driver, which gives the cell back to the link's memory by itself.
     *
     * @return whether others still hold references: then the device's driver must count itself in, and the last
     *     {@link #release} counts this side out
     */
    public boolean handToDevice() {
        assert references > 0 : "sent after release: " + this;
        references--;
        if (references == 0) {
            pool.leave(this);
            return false;
        }
        assert pool.hasSource() : "only memory of a link can be in its device's hands: " + this;
        heldByDriver = true;
        return true;
    }

    private void releasePayload() {
        PacketBuffer follows = payload;
        if (follows != null) {
            payload = null;
            payloadLength = 0;
            follows.release();
        }
    }

    boolean heldByDriver() {
        return heldByDriver;
    }

    void lend() {
        references = 1;
        heldByDriver = false;
    }

    @Override
    public String toString() {
        return "cell " + cell + " data [" + (start - base) + ", +" + length + ") of " + capacity + ", references "
                + references;
    }
}
