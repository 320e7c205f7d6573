package io.perilune.loop;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * Frames on their way from one shard to another, which share no packet memory: their bytes are copied in and out. One
 * thread offers at a time and one takes, by their shards' roles; neither waits for the other.
 */
final class FrameRing {

    private static final VarHandle HEAD;
    private static final VarHandle TAIL;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            HEAD = lookup.findVarHandle(FrameRing.class, "head", int.class);
            TAIL = lookup.findVarHandle(FrameRing.class, "tail", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Four full bursts: what one turn receives. */
    static final int SLOTS = 128;

    private final int slotLength;
    private final ByteBuffer bytes;
    private final int[] lengths = new int[SLOTS];
    private final int[] flags = new int[SLOTS];

    /** How many frames were ever taken; written by who takes. */
    @SuppressWarnings("UnusedVariable") // through HEAD
    private int head;

    /** How many frames were ever offered; written by who offers. */
    @SuppressWarnings("UnusedVariable") // through TAIL
    private int tail;

    /** Makes an empty one for frames up to a length. */
    FrameRing(int frameLength) {
        slotLength = (frameLength + 63) & -64;
        bytes = ByteBuffer.allocateDirect(SLOTS * slotLength);
    }

    /** Puts a frame's bytes in; the frame stays the caller's. Returns false if there is no room for it. */
    boolean offer(PacketBuffer frame, int frameFlags) {
        int present = (int) TAIL.getOpaque(this);
        int length = frame.frameLength();
        if (present - (int) HEAD.getAcquire(this) == SLOTS || length > slotLength) {
            return false;
        }
        int slot = present & (SLOTS - 1);
        frame.copyTo(bytes, slot * slotLength);
        lengths[slot] = length;
        flags[slot] = frameFlags;
        TAIL.setRelease(this, present + 1);
        return true;
    }

    /** Whether there is nothing to take. Any thread. */
    boolean isEmpty() {
        return (int) HEAD.getAcquire(this) == (int) TAIL.getAcquire(this);
    }

    /** Returns the oldest frame's flags; there must be one. */
    int firstFlags() {
        return flags[(int) HEAD.getOpaque(this) & (SLOTS - 1)];
    }

    /** Takes the oldest frame out, into a buffer of a pool; there must be one. Returns null, and it stays: no buffer is free. */
    PacketBuffer take(BufferPool pool) {
        PacketBuffer frame = pool.allocate();
        if (frame == null) {
            return null;
        }
        int present = (int) HEAD.getOpaque(this);
        int slot = present & (SLOTS - 1);
        int length = lengths[slot];
        int at = frame.append(length);
        frame.bytes().put(at, bytes, slot * slotLength, length);
        HEAD.setRelease(this, present + 1);
        return frame;
    }

    /** Throws the oldest frame away; there must be one. */
    void drop() {
        HEAD.setRelease(this, (int) HEAD.getOpaque(this) + 1);
    }
}
