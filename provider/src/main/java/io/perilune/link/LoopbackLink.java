package io.perilune.link;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;

/**
 * The in-process link of one shard: what is sent comes back, in order. A frame that nobody else holds is passed on as
 * it is; of one that its sender keeps (for retransmission), or whose payload lies elsewhere, a copy is passed, because a
 * buffer has one beginning and one end for all who hold it. Owned by the shard's driver.
 */
public final class LoopbackLink implements Link, LinkQueue {

    private static final int CAPACITY = 4096;
    private static final int MASK = CAPACITY - 1;
    /** Memory does not corrupt what it carries. */
    private static final int FLAGS = Burst.IP_CHECKSUM_GOOD | Burst.L4_CHECKSUM_GOOD;

    private final BufferPool pool;
    private final long mac;
    private final LinkCapabilities capabilities;
    private final Sleeper sleeper = new MonitorSleeper();
    private final PacketBuffer[] frames = new PacketBuffer[CAPACITY];
    private long copiedBytes;
    private int head;
    private int tail;

    /**
     * Makes an empty one.
     *
     * @param pool the shard's memory, shared with its other link
     * @param mac the link address that it reports
     * @param mtu the MTU that it reports
     */
    public LoopbackLink(BufferPool pool, long mac, int mtu) {
        this.pool = pool;
        this.mac = mac;
        this.capabilities = new LinkCapabilities(mtu, true, true, true, 1, false);
    }

    @Override
    public String name() {
        return "loopback";
    }

    @Override
    public long macAddress() {
        return mac;
    }

    @Override
    public LinkCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public LinkQueue queue(int index) {
        return this;
    }

    @Override
    public BufferPool pool() {
        return pool;
    }

    /** Returns how many bytes it has copied since the last call of this. */
    public long takeCopiedBytes() {
        long bytes = copiedBytes;
        copiedBytes = 0;
        return bytes;
    }

    /** Returns how many frames wait to be received. */
    public int pendingCount() {
        return tail - head;
    }

    @Override
    public int rxBurst(Burst burst) {
        int count = 0;
        while (head != tail && !burst.isFull()) {
            int index = head++ & MASK;
            burst.add(frames[index], FLAGS);
            frames[index] = null;
            count++;
        }
        return count;
    }

    @Override
    public int txBurst(Burst burst) {
        int taken = 0;
        while (taken < burst.count() && tail - head < CAPACITY) {
            PacketBuffer frame = burst.frame(taken);
            if (frame.references() > 1 || frame.hasPayload()) {
                PacketBuffer copy = pool.allocateCopyOf(frame);
                if (copy == null) {
                    break;
                }
                copiedBytes += copy.length();
                frame.release();
                frame = copy;
            }
            frames[tail++ & MASK] = frame;
            taken++;
        }
        burst.removeFirst(taken);
        return taken;
    }

    @Override
    public Sleeper sleeper() {
        return sleeper;
    }

    @Override
    public void close() {
        while (head != tail) {
            int index = head++ & MASK;
            frames[index].release();
            frames[index] = null;
        }
    }
}
