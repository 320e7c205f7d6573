package io.perilune.link;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;

/** A link that shows each frame to a subclass and is otherwise the one it wraps. For debugging: it costs time. */
public abstract class ObservedLink implements Link {

    private final Link link;
    private final ObservedQueue[] queues;

    /** Wraps a link, which is closed with this one. */
    protected ObservedLink(Link link) {
        this.link = link;
        this.queues = new ObservedQueue[link.queueCount()];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new ObservedQueue(link.queue(i));
        }
    }

    /**
     * Looks at a frame. Called by the driver of the frame's queue: with several queues, by several threads.
     *
     * @param frame the frame; borrowed
     * @param sent whether it was sent; else it was received
     */
    protected abstract void onFrame(PacketBuffer frame, boolean sent);

    @Override
    public final String name() {
        return link.name();
    }

    @Override
    public final int kernelInterfaceIndex() {
        return link.kernelInterfaceIndex();
    }

    @Override
    public final long macAddress() {
        return link.macAddress();
    }

    @Override
    public final LinkCapabilities capabilities() {
        return link.capabilities();
    }

    @Override
    public final boolean isUp() {
        return link.isUp();
    }

    @Override
    public final int queueCount() {
        return queues.length;
    }

    @Override
    public final LinkQueue queue(int index) {
        return queues[index];
    }

    @Override
    public void close() {
        link.close();
    }

    private final class ObservedQueue implements LinkQueue {
        private final LinkQueue queue;
        private final PacketBuffer[] shown = new PacketBuffer[Burst.MAX];

        ObservedQueue(LinkQueue queue) {
            this.queue = queue;
        }

        @Override
        public BufferPool pool() {
            return queue.pool();
        }

        @Override
        public int rxBurst(Burst burst) {
            int count = queue.rxBurst(burst);
            for (int i = 0; i < count; i++) {
                onFrame(burst.frame(i), false);
            }
            return count;
        }

        @Override
        public int txBurst(Burst burst) {
            int count = burst.count();
            // Only frames that the link takes are shown, and those are gone afterwards: hence a reference of our own.
            for (int i = 0; i < count; i++) {
                shown[i] = observed(burst.frame(i));
            }
            int taken = queue.txBurst(burst);
            for (int i = 0; i < count; i++) {
                if (shown[i] != null) {
                    if (i < taken) {
                        onFrame(shown[i], true);
                    }
                    shown[i].release();
                    shown[i] = null;
                }
            }
            return taken;
        }

        /** A frame of two pieces has one holder, so a copy is shown; where no buffer is free for one, nothing is. */
        private PacketBuffer observed(PacketBuffer frame) {
            if (frame.hasPayload()) {
                return queue.pool().allocateCopyOf(frame);
            }
            frame.retain();
            return frame;
        }

        @Override
        public void reclaim() {
            queue.reclaim();
        }

        @Override
        public Sleeper sleeper() {
            return queue.sleeper();
        }

        @Override
        public long droppedCount() {
            return queue.droppedCount();
        }

        @Override
        public long sendErrorCount() {
            return queue.sendErrorCount();
        }
    }
}
