package io.perilune.dpdk;

import io.perilune.link.Burst;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The memory through which a queue's bursts cross the native border: two descriptors for each of {@link Burst#MAX}
 * frames, in the host's byte order, laid out as {@code layout.h} says. Owned by the queue's driver.
 */
final class BurstArray {

    /** Length of a descriptor, in bytes. */
    static final int DESCRIPTOR_LENGTH = 16;
    /** Where a descriptor holds the number of the cell. */
    static final int CELL = 0;
    /** Where it holds the position of the frame's first byte within the cell. */
    static final int OFFSET = 4;
    /** Where it holds the frame's length, in bytes. */
    static final int LENGTH = 8;
    /** Where it holds the flags. */
    static final int FLAGS = 12;
    /** Flag of a piece to send: its cell has other holders, and the device gets one reference. */
    static final int KEEP = 1 << 8;
    /** Flag of a piece to send: the frame goes on in the next one. */
    static final int MORE = 1 << 9;
    /** Pieces that the frames of a burst have in all: each may have two. */
    static final int PIECES_MAX = 2 * Burst.MAX;

    private final ByteBuffer memory =
            ByteBuffer.allocateDirect(PIECES_MAX * DESCRIPTOR_LENGTH).order(ByteOrder.nativeOrder());

    ByteBuffer memory() {
        return memory;
    }

    int cell(int index) {
        return memory.getInt(index * DESCRIPTOR_LENGTH + CELL);
    }

    int offset(int index) {
        return memory.getInt(index * DESCRIPTOR_LENGTH + OFFSET);
    }

    int length(int index) {
        return memory.getInt(index * DESCRIPTOR_LENGTH + LENGTH);
    }

    int flags(int index) {
        return memory.getInt(index * DESCRIPTOR_LENGTH + FLAGS);
    }

    void set(int index, int cell, int offset, int length, int flags) {
        int position = index * DESCRIPTOR_LENGTH;
        memory.putInt(position + CELL, cell);
        memory.putInt(position + OFFSET, offset);
        memory.putInt(position + LENGTH, length);
        memory.putInt(position + FLAGS, flags);
    }
}
