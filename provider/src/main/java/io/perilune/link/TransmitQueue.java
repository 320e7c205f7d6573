package io.perilune.link;

import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;

/**
 * Gathers frames and sends them in bursts: when one is full, and when the loop flushes at the end of its turn. Owned by
 * the shard's driver.
 */
public final class TransmitQueue {

    /** How long what was sent last may wait to be reclaimed. */
    private static final long RECLAIM_NS = 1_000_000;

    private final LinkQueue queue;
    private final Counters counters;
    private final Counter sentFrames;
    private final Counter sentBytes;
    private final Burst burst = new Burst();
    /** Frames that the link has taken since {@link #reclaimWhenIdle} last looked. */
    private int sinceLook;
    /** When there is to be looked whether the device is done, or the largest long. */
    private long reclaimNs = Long.MAX_VALUE;

    /** Makes the transmit side of a queue. */
    public TransmitQueue(LinkQueue queue, Counters counters) {
        this(queue, counters, Counter.TX_FRAMES, Counter.TX_BYTES);
    }

    private TransmitQueue(LinkQueue queue, Counters counters, Counter sentFrames, Counter sentBytes) {
        this.queue = queue;
        this.counters = counters;
        this.sentFrames = sentFrames;
        this.sentBytes = sentBytes;
    }

    /** Returns the transmit side of a loopback link's queue: its frames do not count as sent to a link. */
    public static TransmitQueue toLoopback(LinkQueue queue, Counters counters) {
        return new TransmitQueue(queue, counters, Counter.LOOPBACK_FRAMES, Counter.LOOPBACK_BYTES);
    }

    /**
     * Takes a complete frame and sends it with the next burst. A link that takes nothing although a whole burst waits
     * loses the frame, as a full device queue does: the loss is counted, and TCP repairs it.
     */
    public void send(PacketBuffer frame) {
        if (burst.isFull() && flush() == 0) {
            counters.increment(Counter.DROP_TX_QUEUE_FULL);
            frame.release();
            return;
        }
        burst.add(frame, 0);
    }

    /**
     * Sends what is gathered, as far as the link takes it; the rest waits for the next call.
     *
     * @return how many frames the link took
     */
    public int flush() {
        if (burst.count() == 0) {
            return 0;
        }
        long bytes = 0;
        int before = burst.count();
        for (int i = 0; i < before; i++) {
            bytes += burst.frame(i).frameLength();
        }
        int taken = queue.txBurst(burst);
        sinceLook += taken;
        for (int i = 0; i < burst.count(); i++) {
            bytes -= burst.frame(i).frameLength();
        }
        counters.add(sentFrames, taken);
        counters.add(sentBytes, bytes);
        return taken;
    }

    /**
     * Reclaims what the device has sent, a while after the last frame: as long as more follow, each finds the ring's slots
     * that have come round. Called each turn, for links whose devices read the frames after they have been taken.
     */
    public void reclaimWhenIdle(long nowNs) {
        if (sinceLook > 0) {
            sinceLook = 0;
            reclaimNs = nowNs + RECLAIM_NS;
        } else if (nowNs - reclaimNs >= 0 && reclaimNs != Long.MAX_VALUE) {
            reclaimNs = Long.MAX_VALUE;
            queue.reclaim();
        }
    }

    /** Returns when {@link #reclaimWhenIdle} has something to do, or {@link Long#MAX_VALUE}. */
    public long reclaimNs() {
        return reclaimNs;
    }

    /** Returns how many frames wait for the link. */
    public int pendingCount() {
        return burst.count();
    }
}
