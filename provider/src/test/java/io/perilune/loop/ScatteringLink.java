package io.perilune.loop;

import io.perilune.link.Burst;
import io.perilune.link.Link;
import io.perilune.link.LinkCapabilities;
import io.perilune.link.LinkQueue;
import io.perilune.link.Sleeper;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.memory.Slab;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** One end of a wire with several queues, on which frames arrive by a rule that nobody knows: each on the next one. */
final class ScatteringLink implements Link {

    private final int number;
    private final List<Queue> queues = new ArrayList<>();
    /** Frames that found a queue of the other end full. */
    final AtomicInteger lost = new AtomicInteger();

    private ScatteringLink peer;

    private final class Queue implements LinkQueue {
        private final BufferPool pool = new BufferPool(List.of(Slab.ofDirectMemory(2048), Slab.ofDirectMemory(2048)));
        private final BlockingQueue<byte[]> arrived = new ArrayBlockingQueue<>(1024);
        private final Sleeper sleeper = new ParkingSleeper();
        private int next;

        @Override
        public BufferPool pool() {
            return pool;
        }

        @Override
        public int rxBurst(Burst burst) {
            byte[] frame;
            while (!burst.isFull() && (frame = arrived.poll()) != null) {
                PacketBuffer buffer = pool.allocate();
                if (buffer != null) {
                    buffer.bytes().put(buffer.append(frame.length), frame);
                    burst.add(buffer, 0);
                }
            }
            return burst.count();
        }

        @Override
        public int txBurst(Burst burst) {
            int count = burst.count();
            for (int i = 0; i < count; i++) {
                PacketBuffer frame = burst.frame(i);
                byte[] copy = new byte[frame.frameLength()];
                frame.copyTo(ByteBuffer.wrap(copy), 0);
                frame.release();
                if (!peer.queues.get(next++ % peer.queues.size()).arrived.offer(copy)) {
                    lost.incrementAndGet(); // as a device with a full queue does
                }
            }
            burst.removeFirst(count);
            return count;
        }

        @Override
        public Sleeper sleeper() {
            return sleeper;
        }
    }

    private ScatteringLink(int number, int queueCount) {
        this.number = number;
        for (int i = 0; i < queueCount; i++) {
            queues.add(new Queue());
        }
    }

    static ScatteringLink[] pair(int queueCount) {
        ScatteringLink[] ends = {new ScatteringLink(1, queueCount), new ScatteringLink(2, queueCount)};
        ends[0].peer = ends[1];
        ends[1].peer = ends[0];
        return ends;
    }

    @Override
    public String name() {
        return "scattering " + number;
    }

    @Override
    public long macAddress() {
        return 0x02_00_00_00_02_00L + number;
    }

    @Override
    public LinkCapabilities capabilities() {
        return new LinkCapabilities(1500, false, false, false, 10, true);
    }

    @Override
    public int queueCount() {
        return queues.size();
    }

    @Override
    public LinkQueue queue(int index) {
        return queues.get(index);
    }

    @Override
    public void close() {}
}
