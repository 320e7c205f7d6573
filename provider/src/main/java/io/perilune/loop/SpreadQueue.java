package io.perilune.loop;

import io.perilune.link.Burst;
import io.perilune.link.LinkQueue;
import io.perilune.link.Sleeper;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;

/**
 * One shard's queue of a link, where there are several shards: it keeps what is for its shard, and hands on by rings what
 * came here although it is for another. A shard for which the link has no queue lives on the rings alone: the first one
 * receives for it, and sends what it has to send. Owned by the shard's driver, but for {@link #hasPending}.
 */
final class SpreadQueue implements LinkQueue {

    private final int index;
    /** The link's queue, or null. */
    private final LinkQueue device;

    private final BufferPool pool;
    private final Sleeper sleeper;
    private final Steering steering;
    /** What others have received for this shard, by their index; null where nothing comes from. */
    private final FrameRing[] in;
    /** What this shard receives for others, by their index; null without a queue of the link's. */
    private FrameRing[] out;
    /** What others without a queue have to send by this one's, by their index. */
    private final FrameRing[] toSend;
    /** What this shard has to send by the first one's queue, or null. */
    private FrameRing sent;

    private final Burst received = new Burst();
    private final Burst sending = new Burst();
    private Counters counters;

    private SpreadQueue(int index, int count, LinkQueue device, BufferPool pool, Sleeper sleeper, Steering steering) {
        this.index = index;
        this.device = device;
        this.pool = pool;
        this.sleeper = sleeper;
        this.steering = steering;
        this.in = new FrameRing[count];
        this.toSend = new FrameRing[count];
    }

    /**
     * Makes the queues of all shards.
     *
     * @param devices the link's queue of each shard, null where it has none; the first one has
     * @param pools the packet memory of those shards for which the link has no queue
     */
    static SpreadQueue[] of(LinkQueue[] devices, BufferPool[] pools, Steering steering) {
        int count = devices.length;
        SpreadQueue[] all = new SpreadQueue[count];
        for (int i = 0; i < count; i++) {
            BufferPool pool = devices[i] == null ? pools[i] : devices[i].pool();
            all[i] = new SpreadQueue(i, count, devices[i], pool, devices[0].sleeper(), steering);
        }
        for (SpreadQueue from : all) {
            int frameLength = from.pool.cellSize() - BufferPool.HEADROOM;
            if (from.device == null) {
                from.sent = new FrameRing(frameLength);
                all[0].toSend[from.index] = from.sent;
                continue;
            }
            from.out = new FrameRing[count];
            for (SpreadQueue to : all) {
                if (to != from) {
                    from.out[to.index] = new FrameRing(frameLength);
                    to.in[from.index] = from.out[to.index];
                }
            }
        }
        return all;
    }

    /** Tells where to count. Once, before the first burst. */
    void counters(Counters newCounters) {
        counters = newCounters;
    }

    @Override
    public BufferPool pool() {
        return pool;
    }

    @Override
    public int rxBurst(Burst burst) {
        if (device != null) {
            sendForOthers();
            device.rxBurst(received);
            for (int i = 0; i < received.count(); i++) {
                steer(received.frame(i), received.flags(i), burst);
            }
            received.clear();
        }
        for (FrameRing ring : in) {
            while (ring != null && !burst.isFull() && !ring.isEmpty()) {
                int flags = ring.firstFlags();
                PacketBuffer frame = ring.take(pool);
                if (frame == null) {
                    ring.drop(); // as a device does that has no buffer: it would stand in the way of all others
                    counters.increment(Counter.DROP_STEERED);
                } else {
                    burst.add(frame, flags);
                }
            }
        }
        return burst.count();
    }

    private void steer(PacketBuffer frame, int flags, Burst burst) {
        int shard = steering.shardOf(frame);
        if (shard == index) {
            burst.add(frame, flags);
            return;
        }
        if (shard != Steering.ALL) {
            hand(frame, flags, out[shard]);
            frame.release();
            return;
        }
        for (FrameRing ring : out) {
            if (ring != null) {
                hand(frame, flags, ring);
            }
        }
        burst.add(frame, flags);
    }

    private void hand(PacketBuffer frame, int flags, FrameRing ring) {
        if (ring.offer(frame, flags)) {
            counters.increment(Counter.STEERED_FRAMES);
        } else {
            counters.increment(Counter.DROP_STEERED);
        }
    }

    /** Sends what shards without a queue have to send, as far as the link takes it. */
    private void sendForOthers() {
        for (FrameRing ring : toSend) {
            while (ring != null && !ring.isEmpty()) {
                if (sending.isFull() && device.txBurst(sending) == 0) {
                    return;
                }
                PacketBuffer frame = ring.take(pool);
                if (frame == null) {
                    break;
                }
                sending.add(frame, 0);
            }
        }
        if (sending.count() > 0) {
            device.txBurst(sending);
        }
    }

    @Override
    public int txBurst(Burst burst) {
        if (device != null) {
            return device.txBurst(burst);
        }
        int taken = 0;
        while (taken < burst.count() && sent.offer(burst.frame(taken), 0)) {
            burst.frame(taken).release();
            taken++;
        }
        burst.removeFirst(taken);
        return taken;
    }

    @Override
    public void reclaim() {
        if (device != null) {
            device.reclaim();
        }
    }

    /** Whether a turn of this shard's has something to do with the rings. Any thread. */
    boolean hasPending() {
        for (FrameRing ring : in) {
            if (ring != null && !ring.isEmpty()) {
                return true;
            }
        }
        for (FrameRing ring : toSend) {
            if (ring != null && !ring.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** Releases what this shard could not send for others. After the last turn; with the role. */
    void close() {
        for (int i = 0; i < sending.count(); i++) {
            sending.frame(i).release();
        }
        sending.clear();
    }

    /** Returns the first queue's, whichever shard this is: where all shards are driven together it watches for all. */
    @Override
    public Sleeper sleeper() {
        return sleeper;
    }

    @Override
    public long droppedCount() {
        return device == null ? 0 : device.droppedCount();
    }

    @Override
    public long sendErrorCount() {
        return device == null ? 0 : device.sendErrorCount();
    }
}
