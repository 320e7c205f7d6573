package io.perilune.link;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.time.NanoClock;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;

/**
 * Makes any link a bad one, in both directions, as {@link Impairment}s say that any thread may change while it runs.
 * Which frames are hit follows from the seed and the order of the frames.
 */
public final class ImpairedLink implements Link {

    /** How many frames of one queue and direction are on the way at most; more are lost. */
    private static final int CAPACITY = 8192;

    private final Link link;
    private final ImpairedQueue[] queues;
    private final LongAdder lost = new LongAdder();
    private volatile Impairment inward = Impairment.NONE;
    private volatile Impairment outward = Impairment.NONE;

    /**
     * Wraps a link, without impairing it yet.
     *
     * @param link the link, closed with this one
     * @param clock times the delays
     * @param seed of all chances
     */
    public ImpairedLink(Link link, NanoClock clock, long seed) {
        this.link = link;
        this.queues = new ImpairedQueue[link.queueCount()];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new ImpairedQueue(link.queue(i), clock, random.split());
        }
    }

    /** Sets what happens to received frames from now on. Any thread. */
    public void inward(Impairment impairment) {
        inward = impairment;
    }

    /** Sets what happens to sent frames from now on. Any thread. */
    public void outward(Impairment impairment) {
        outward = impairment;
    }

    /** Returns how many frames were lost here. Any thread. */
    public long lostCount() {
        return lost.sum();
    }

    @Override
    public String name() {
        return link.name();
    }

    @Override
    public int kernelInterfaceIndex() {
        return link.kernelInterfaceIndex();
    }

    @Override
    public long macAddress() {
        return link.macAddress();
    }

    @Override
    public LinkCapabilities capabilities() {
        return link.capabilities();
    }

    @Override
    public boolean isUp() {
        return link.isUp();
    }

    @Override
    public int queueCount() {
        return queues.length;
    }

    @Override
    public LinkQueue queue(int index) {
        return queues[index];
    }

    @Override
    public void close() {
        for (ImpairedQueue queue : queues) {
            queue.clear();
        }
        link.close();
    }

    private final class ImpairedQueue implements LinkQueue, Sleeper {
        private final LinkQueue queue;
        private final NanoClock clock;
        private final SplittableRandom random;
        private final DelayQueue arriving = new DelayQueue(CAPACITY);
        private final DelayQueue leaving = new DelayQueue(CAPACITY);
        private final Burst burst = new Burst();

        ImpairedQueue(LinkQueue queue, NanoClock clock, SplittableRandom random) {
            this.queue = queue;
            this.clock = clock;
            this.random = random;
        }

        @Override
        public BufferPool pool() {
            return queue.pool();
        }

        @Override
        public int rxBurst(Burst received) {
            long nowNs = clock.nanoTime();
            sendDue(nowNs);
            queue.rxBurst(burst);
            for (int i = 0; i < burst.count(); i++) {
                impair(inward, burst.frame(i), burst.flags(i), arriving, nowNs);
            }
            burst.clear();
            int count = 0;
            while (arriving.count() > 0 && arriving.firstDueNs() - nowNs <= 0 && !received.isFull()) {
                received.add(arriving.firstFrame(), arriving.firstFlags());
                arriving.removeFirst();
                count++;
            }
            return count;
        }

        @Override
        public void reclaim() {
            queue.reclaim();
        }

        @Override
        public int txBurst(Burst sent) {
            long nowNs = clock.nanoTime();
            int count = sent.count();
            for (int i = 0; i < count; i++) {
                impair(outward, sent.frame(i), sent.flags(i), leaving, nowNs);
            }
            sent.clear();
            sendDue(nowNs);
            return count;
        }

        @Override
        public Sleeper sleeper() {
            return this;
        }

        @Override
        public long droppedCount() {
            return queue.droppedCount();
        }

        @Override
        public long sendErrorCount() {
            return queue.sendErrorCount();
        }

        @Override
        public boolean endsOnFrame() {
            return queue.sleeper().endsOnFrame();
        }

        @Override
        public void sleep(long timeoutNs, int descriptor) {
            long nowNs = clock.nanoTime();
            long mostNs = timeoutNs;
            if (arriving.count() > 0) {
                mostNs = Math.min(mostNs, arriving.firstDueNs() - nowNs);
            }
            if (leaving.count() > 0) {
                mostNs = Math.min(mostNs, leaving.firstDueNs() - nowNs);
            }
            if (mostNs > 0) {
                queue.sleeper().sleep(mostNs, descriptor);
            }
        }

        @Override
        public void wakeup() {
            queue.sleeper().wakeup();
        }

        private void impair(Impairment model, PacketBuffer frame, int flags, DelayQueue way, long nowNs) {
            // Each chance is drawn for each frame, so that changing one leaves the others' luck as it was.
            boolean loses = random.nextDouble() < model.loss();
            boolean repeats = random.nextDouble() < model.duplication();
            boolean holdsBack = random.nextDouble() < model.reordering();
            boolean damages = random.nextDouble() < model.corruption();
            long jitterNs = (long) (random.nextDouble() * model.jitterNs());
            int damagedBit = random.nextInt(1 << 20);
            PacketBuffer own = loses || model.partitioned() || way.isFull() ? null : ownCopy(frame);
            if (own == null) {
                lost.increment();
                frame.release();
                return;
            }
            int ownFlags = flags;
            if (damages && own.length() > 14) {
                int bit = damagedBit % ((own.length() - 14) * 8);
                int at = own.start() + 14 + bit / 8;
                own.bytes().put(at, (byte) (own.bytes().get(at) ^ (1 << (bit % 8))));
                // What the device verified is no longer true.
                ownFlags = 0;
            }
            long dueNs = nowNs + model.delayNs() + jitterNs + (holdsBack ? model.reorderDelayNs() : 0);
            way.add(own, ownFlags, dueNs);
            if (repeats && !way.isFull()) {
                PacketBuffer copy = queue.pool().allocateCopyOf(own);
                if (copy != null) {
                    way.add(copy, ownFlags, dueNs);
                }
            }
        }

        /**
         * Returns a buffer that nobody else holds and may move or change, in place of the frame's; null if none is
         * free.
         */
        private PacketBuffer ownCopy(PacketBuffer frame) {
            if (frame.references() == 1 && !frame.hasPayload()) {
                return frame;
            }
            PacketBuffer copy = queue.pool().allocateCopyOf(frame);
            if (copy != null) {
                frame.release();
            }
            return copy;
        }

        private void sendDue(long nowNs) {
            while (leaving.count() > 0 && leaving.firstDueNs() - nowNs <= 0) {
                while (leaving.count() > 0 && leaving.firstDueNs() - nowNs <= 0 && !burst.isFull()) {
                    burst.add(leaving.firstFrame(), leaving.firstFlags());
                    leaving.removeFirst();
                }
                queue.txBurst(burst);
                // What the link refuses is lost, as on a path whose next queue is full.
                for (int i = 0; i < burst.count(); i++) {
                    lost.increment();
                    burst.frame(i).release();
                }
                burst.clear();
            }
        }

        private void clear() {
            for (DelayQueue way : new DelayQueue[] {arriving, leaving}) {
                while (way.count() > 0) {
                    way.firstFrame().release();
                    way.removeFirst();
                }
            }
        }
    }
}
