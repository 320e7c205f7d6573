package io.perilune.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One block of packet memory, cut into cells of one size. Immutable; what it holds belongs to whoever holds the cells.
 *
 * @param bytes the whole block, big-endian (network order), position 0, limit = capacity
 * @param firstCellOffset where the first cell begins, in bytes; what lies before is the slab's header, with the count of
 *     references of each cell
 * @param cellSize length of a cell, in bytes
 * @param cellCount how many cells there are
 */
public record Slab(ByteBuffer bytes, int firstCellOffset, int cellSize, int cellCount) {

    /** Length of a slab and, where a device knows it, the alignment of its address: 2 MiB, one huge page. */
    public static final int LENGTH = 2 << 20;

    /** Where the header has how many cells came back because the device had the last reference (the first slab's). */
    public static final int RETURNED = 32;
    /** Where the header has the counts of references, one a cell. */
    public static final int COUNTS = 64;
    /** How long each count's place is: DPDK's rte_mbuf_ext_shared_info. */
    public static final int COUNT_LENGTH = 24;
    /** Where the count itself is in there: 16 bits, in the host's byte order. */
    public static final int COUNT = 16;

    private static final int CACHE_LINE = 64;

    /** Checks that the cells lie inside the block. */
    public Slab {
        if (bytes.order() != ByteOrder.BIG_ENDIAN) {
            throw new IllegalArgumentException("slab is not in network order");
        }
        if (firstCellOffset < headerLength(cellCount)
                || cellSize <= 0
                || cellCount <= 0
                || firstCellOffset + (long) cellSize * cellCount > bytes.capacity()) {
            throw new IllegalArgumentException("cells do not fit: " + cellCount + " of " + cellSize + " bytes from "
                    + firstCellOffset + " in " + bytes.capacity());
        }
    }

    /** Makes a slab of direct memory that no device knows: for tests and the loopback link. */
    public static Slab ofDirectMemory(int cellSize) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(LENGTH).order(ByteOrder.BIG_ENDIAN);
        int cells = cellsIn(cellSize);
        return new Slab(bytes, headerLength(cells), cellSize, cells);
    }

    /** Returns how many cells of a size a slab has: each takes its length and its count. */
    public static int cellsIn(int cellSize) {
        return (LENGTH - COUNTS - (CACHE_LINE - 1)) / (cellSize + COUNT_LENGTH);
    }

    /** Returns where the first cell begins behind the counts of so many, in bytes. */
    public static int headerLength(int cellCount) {
        return (COUNTS + cellCount * COUNT_LENGTH + CACHE_LINE - 1) & -CACHE_LINE;
    }
}
