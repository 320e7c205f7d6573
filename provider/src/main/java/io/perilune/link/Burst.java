package io.perilune.link;

import io.perilune.memory.PacketBuffer;

/**
 * Up to {@value #MAX} frames that cross a link's border in one call, with what the link knows of each. Reused; owned by
 * the shard's driver.
 */
public final class Burst {

    /** How many frames a burst can hold. */
    public static final int MAX = 32;

    /** Flag of a received frame: the link has verified the checksum of the IP header. */
    public static final int IP_CHECKSUM_GOOD = 1;
    /** Flag of a received frame: the link has verified the checksum of TCP, pseudo header and all. */
    public static final int L4_CHECKSUM_GOOD = 1 << 1;
    /** Flag of a received frame: the link has found the checksum of TCP wrong. */
    public static final int L4_CHECKSUM_BAD = 1 << 2;

    private final PacketBuffer[] frames = new PacketBuffer[MAX];
    private final int[] flags = new int[MAX];
    private int count;

    /** Makes an empty burst. */
    public Burst() {}

    /** Returns how many frames there are. */
    public int count() {
        return count;
    }

    /** Returns whether no frame fits any more. */
    public boolean isFull() {
        return count == MAX;
    }

    /** Returns the frame at an index below {@link #count}. */
    public PacketBuffer frame(int index) {
        return frames[index];
    }

    /** Returns the flags of the frame at an index below {@link #count}. */
    public int flags(int index) {
        return flags[index];
    }

    /** Appends a frame and takes the caller's reference; the burst must not be full. */
    public void add(PacketBuffer frame, int frameFlags) {
        frames[count] = frame;
        flags[count] = frameFlags;
        count++;
    }

    /** Puts another frame in a place, and takes the caller's reference to it; what was there is the caller's to release. */
    public void replace(int index, PacketBuffer frame) {
        frames[index] = frame;
    }

    /** Forgets all frames; their references are with whoever took them. */
    public void clear() {
        for (int i = 0; i < count; i++) {
            frames[i] = null;
        }
        count = 0;
    }

    /** Forgets the first frames, which somebody took, and moves the rest to the front. */
    public void removeFirst(int taken) {
        int left = count - taken;
        for (int i = 0; i < left; i++) {
            frames[i] = frames[taken + i];
            flags[i] = flags[taken + i];
        }
        for (int i = left; i < count; i++) {
            frames[i] = null;
        }
        count = left;
    }
}
