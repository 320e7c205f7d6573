package io.perilune.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The packet buffers of one shard. Free cells are lent in last-in-first-out order, so that the warmest memory is used
 * again first; a short list is kept here and the rest, where the link has memory of its own, in a {@link CellSource}.
 *
 * <p>Owned by the shard's driver. Allocates nothing after construction.
 */
public final class BufferPool {

    /** Bytes left free in front of what a buffer's user writes: room for all headers, on a cache line's boundary. */
    public static final int HEADROOM = 128;

    private static final int BULK = 32;
    /** With a source behind it, the pool keeps at most this many free cells to itself. */
    private static final int KEEP = 8 * BULK;

    private final PacketBuffer[] buffers;
    /** Null where owners are not traced. */
    private final OwnerTraces traces;

    private final CellSource source;
    private final int usable;
    private final PacketBuffer[] free;
    private int freeCount;
    private final int[] taken = new int[BULK];
    private final int[] returned = new int[BULK];
    private int returnedCount;
    /** Cells that were given to the source or the device, less those that came from there. */
    private long outside;
    /** The first slab's header, where the device's driver counts what came back by itself. */
    private final ByteBuffer header;

    /**
     * Makes the pool of memory that belongs to nobody else; all cells are free.
     *
     * @param slabs the memory; cells are numbered through them in order
     */
    public BufferPool(List<Slab> slabs) {
        this(slabs, false);
    }

    /** The same, with the debug mode ({@code memory.debug}) or without. */
    public BufferPool(List<Slab> slabs, boolean debug) {
        this(slabs, null, 0, debug);
    }

    /**
     * Makes the pool of a link's memory; all cells are in the source.
     *
     * @param slabs the memory; cells are numbered through them in order, as the source numbers them
     * @param source where free cells are, or null if they start on the pool's own list
     * @param kept how many cells the device always keeps to receive into
     * @param debug whether owners are traced ({@code memory.debug})
     */
    public BufferPool(List<Slab> slabs, CellSource source, int kept, boolean debug) {
        int count = 0;
        for (Slab slab : slabs) {
            count += slab.cellCount();
        }
        this.buffers = new PacketBuffer[count];
        this.traces = debug ? new OwnerTraces(count) : null;
        this.source = source;
        this.usable = count - kept;
        this.free = new PacketBuffer[count];
        this.header = slabs.get(0).bytes().duplicate().order(ByteOrder.nativeOrder());
        this.outside = count - header.getLong(Slab.RETURNED);
        int cell = 0;
        for (Slab slab : slabs) {
            ByteBuffer counts = slab.bytes().duplicate().order(ByteOrder.nativeOrder());
            for (int i = 0; i < slab.cellCount(); i++, cell++) {
                int base = slab.firstCellOffset() + i * slab.cellSize();
                int countAt = Slab.COUNTS + i * Slab.COUNT_LENGTH + Slab.COUNT;
                buffers[cell] = new PacketBuffer(this, slab.bytes(), counts, countAt, cell, base, slab.cellSize());
                counts.putShort(countAt, (short) 1);
            }
        }
        if (source == null) {
            while (freeCount < count) {
                free[freeCount] = buffers[count - 1 - freeCount];
                freeCount++;
            }
            outside -= count;
        }
    }

    /**
     * Lends a buffer with one reference and no data, {@link #HEADROOM} bytes into its cell.
     *
     * @return the buffer, or null when all are lent
     */
    public PacketBuffer allocate() {
        if (freeCount == 0 && !refill()) {
            return null;
        }
        PacketBuffer buffer = free[--freeCount];
        if (traces != null) {
            traces.onAllocated(buffer);
        }
        buffer.lend();
        buffer.setData(buffer.base() + HEADROOM, 0);
        return buffer;
    }

    /**
     * Lends a copy of another buffer's data and payload, in one piece; that buffer may be another pool's. For whoever must
     * keep a packet whose buffer has other holders: where its data begins and ends is theirs too.
     *
     * @param original what to copy; borrowed; its data must fit a cell behind {@link #HEADROOM}
     * @return the copy, with one reference, or null when all buffers are lent
     */
    public PacketBuffer allocateCopyOf(PacketBuffer original) {
        PacketBuffer copy = allocate();
        if (copy != null) {
            original.copyTo(copy.bytes(), copy.append(original.frameLength()));
        }
        return copy;
    }

    /**
     * Returns the buffer of a cell into which the device's driver received a frame, with one reference. For links.
     *
     * @param cell its number, in [0, {@link #capacity})
     * @param dataOffset where the frame begins, in bytes from the cell's start
     * @param dataLength how long it is
     */
    public PacketBuffer received(int cell, int dataOffset, int dataLength) {
        PacketBuffer buffer = buffers[cell];
        outside--;
        if (traces != null) {
            traces.onLent(buffer);
        }
        buffer.lend();
        buffer.setData(buffer.base() + dataOffset, dataLength);
        return buffer;
    }

    /** Gives the source all cells that wait to go back to it. The loop calls this once a turn. */
    public void flushReturns() {
        if (returnedCount > 0) {
            source.give(returned, returnedCount);
            returnedCount = 0;
        }
    }

    /** Returns how many buffers there are in all. */
    public int capacity() {
        return buffers.length;
    }

    /** Returns how many of them can be lent at once: all but those that the device always keeps. */
    public int usable() {
        return usable;
    }

    /** Returns the length of a cell, in bytes. */
    public int cellSize() {
        return buffers[0].capacity();
    }

    /**
     * Returns how many buffers the stack holds now: lent, and neither free here nor with the source or the device.
     * Zero when everything has been released.
     */
    public int lentCount() {
        return (int) (buffers.length - freeCount - outside - header.getLong(Slab.RETURNED));
    }

    /**
     * Returns a text for each buffer that is lent now: which, and by whom it was lent. Empty where nothing is lent, and
     * without the debug mode.
     */
    public List<String> leaks() {
        return traces == null ? List.of() : traces.leaks(buffers);
    }

    /** Returns what to throw where a buffer is used that is not lent. */
    IllegalStateException failure(String what, PacketBuffer buffer) {
        return traces == null ? new IllegalStateException(what + ": " + buffer) : traces.failure(what, buffer);
    }

    void reclaim(PacketBuffer buffer) {
        if (traces != null) {
            traces.onReleased(buffer);
        }
        if (source != null && freeCount >= KEEP) {
            for (int i = 0; i < BULK; i++) {
                returnToSource(free[--freeCount]);
            }
            free[freeCount++] = buffer;
        } else {
            free[freeCount++] = buffer;
        }
    }

    void leave(PacketBuffer buffer) {
        assert source != null : "only a device's driver gives cells back by itself: " + buffer;
        outside++;
        if (traces != null) {
            traces.onLeft(buffer);
        }
    }

    private void returnToSource(PacketBuffer buffer) {
        if (traces != null) {
            traces.onLeft(buffer);
        }
        returned[returnedCount++] = buffer.cell();
        outside++;
        if (returnedCount == BULK) {
            flushReturns();
        }
    }

    private boolean refill() {
        if (source == null) {
            return false;
        }
        flushReturns();
        int count = source.take(taken, BULK);
        for (int i = 0; i < count; i++) {
            free[freeCount++] = buffers[taken[i]];
        }
        outside -= count;
        return count > 0;
    }
}
