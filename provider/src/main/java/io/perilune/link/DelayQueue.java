package io.perilune.link;

import io.perilune.memory.PacketBuffer;

/** Frames in the order in which they become due: a bounded binary heap. Owned by the shard's driver. */
final class DelayQueue {

    private final PacketBuffer[] frames;
    private final int[] flags;
    private final long[] dueNs;
    private final long[] sequences;
    private long nextSequence;
    private int count;

    DelayQueue(int capacity) {
        frames = new PacketBuffer[capacity];
        flags = new int[capacity];
        dueNs = new long[capacity];
        sequences = new long[capacity];
    }

    int count() {
        return count;
    }

    boolean isFull() {
        return count == frames.length;
    }

    /** Returns when the first frame is due; there must be one. */
    long firstDueNs() {
        return dueNs[0];
    }

    PacketBuffer firstFrame() {
        return frames[0];
    }

    int firstFlags() {
        return flags[0];
    }

    /** Adds a frame; there must be room. */
    void add(PacketBuffer frame, int frameFlags, long frameDueNs) {
        int at = count++;
        set(at, frame, frameFlags, frameDueNs, nextSequence++);
        while (at > 0 && isBefore(at, (at - 1) / 2)) {
            swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    /** Takes the first frame out; there must be one. */
    void removeFirst() {
        count--;
        swap(0, count);
        frames[count] = null;
        int at = 0;
        while (2 * at + 1 < count) {
            int child = 2 * at + 1;
            if (child + 1 < count && isBefore(child + 1, child)) {
                child++;
            }
            if (!isBefore(child, at)) {
                break;
            }
            swap(at, child);
            at = child;
        }
    }

    private boolean isBefore(int a, int b) {
        long difference = dueNs[a] - dueNs[b];
        return difference < 0 || (difference == 0 && sequences[a] < sequences[b]);
    }

    private void swap(int a, int b) {
        PacketBuffer frame = frames[a];
        int frameFlags = flags[a];
        long frameDueNs = dueNs[a];
        long sequence = sequences[a];
        set(a, frames[b], flags[b], dueNs[b], sequences[b]);
        set(b, frame, frameFlags, frameDueNs, sequence);
    }

    private void set(int at, PacketBuffer frame, int frameFlags, long frameDueNs, long sequence) {
        frames[at] = frame;
        flags[at] = frameFlags;
        dueNs[at] = frameDueNs;
        sequences[at] = sequence;
    }
}
