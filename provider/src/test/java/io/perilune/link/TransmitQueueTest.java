package io.perilune.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.memory.Slab;
import io.perilune.metrics.Counters;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a device has sent is reclaimed when its ring comes round, or a while after the last frame. */
class TransmitQueueTest {

    private static final long MS = 1_000_000L;
    private long startNs = Long.MAX_VALUE - MS / 2; // the clock may wrap

    private final BufferPool pool = new BufferPool(List.of(Slab.ofDirectMemory(256)), true);
    private final Ring ring = new Ring();
    private final TransmitQueue queue = new TransmitQueue(ring, new Counters());

    @AfterEach
    void nothingIsLent() {
        ring.reclaim();
        assertThat(pool.lentCount()).isZero();
    }

    @Test
    void nothingIsReclaimedBeforeSomethingWasSent() {
        assertThat(queue.reclaimNs()).isEqualTo(Long.MAX_VALUE);
        queue.reclaimWhenIdle(startNs);
        assertThat(ring.reclaimed).isZero();
    }

    @Test
    void theLastFramesAreReclaimedAMillisecondLater() {
        send(3);
        queue.reclaimWhenIdle(startNs);
        assertThat(queue.reclaimNs()).isEqualTo(startNs + MS);
        queue.reclaimWhenIdle(startNs + MS - 1);
        assertThat(ring.held).hasSize(3);
        queue.reclaimWhenIdle(startNs + MS);
        assertThat(ring.held).isEmpty();
        assertThat(pool.lentCount()).isZero();
        assertThat(queue.reclaimNs()).isEqualTo(Long.MAX_VALUE);
        queue.reclaimWhenIdle(startNs + 10 * MS);
        assertThat(ring.reclaimed).isEqualTo(1);
    }

    @Test
    void whileMoreIsSentTheRingReclaimsByItselfAndNobodyElseDoes() {
        for (int i = 0; i < 100; i++) {
            send(1);
            queue.reclaimWhenIdle(startNs + i * (MS / 2));
        }
        assertThat(ring.held).hasSize(Ring.SLOTS);
        assertThat(ring.reclaimed).isZero();
        queue.reclaimWhenIdle(startNs + 60 * MS);
        assertThat(ring.held).isEmpty();
    }

    private void send(int frames) {
        for (int i = 0; i < frames; i++) {
            PacketBuffer frame = pool.allocate();
            frame.append(60);
            queue.send(frame);
        }
        queue.flush();
    }

    /** A device that reads a frame some time after it has taken it, and frees it when its slot is used again. */
    private final class Ring implements LinkQueue {
        private static final int SLOTS = 8;

        private final List<PacketBuffer> held = new ArrayList<>();
        private int reclaimed;

        @Override
        public BufferPool pool() {
            return pool;
        }

        @Override
        public int rxBurst(Burst burst) {
            return 0;
        }

        @Override
        public int txBurst(Burst burst) {
            int count = burst.count();
            for (int i = 0; i < count; i++) {
                if (held.size() == SLOTS) {
                    held.remove(0).release();
                }
                held.add(burst.frame(i));
            }
            burst.removeFirst(count);
            return count;
        }

        @Override
        public void reclaim() {
            reclaimed += held.isEmpty() ? 0 : 1;
            held.forEach(PacketBuffer::release);
            held.clear();
        }

        @Override
        public Sleeper sleeper() {
            throw new UnsupportedOperationException("nobody sleeps here");
        }
    }
}
