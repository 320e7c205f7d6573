package io.perilune.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One block of packet memory, cut into cells of one size. Immutable; what it holds belongs to whoever holds the cells.
 *
 * @param bytes the whole block, big-endian (network order), position 0, limit = capacity
 * @param firstCellOffset where the first cell begins, in bytes; what lies before is the slab's header
 * @param cellSize length of a cell, in bytes
 * @param cellCount how many cells there are
 */
public record Slab(ByteBuffer bytes, int firstCellOffset, int cellSize, int cellCount) {

    /** Length of a slab and the alignment of its address: 2 MiB, one huge page. */
    public static final int LENGTH = 2 << 20;

    /** Checks that the cells lie inside the block. */
    public Slab {
        if (bytes.order() != ByteOrder.BIG_ENDIAN) {
            throw new IllegalArgumentException("slab is not in network order");
        }
        if (firstCellOffset < 0
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
        return new Slab(bytes, 0, cellSize, LENGTH / cellSize);
    }
}
