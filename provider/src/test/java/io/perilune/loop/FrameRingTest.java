package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.memory.Slab;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FrameRingTest {

    private static final int LONGEST = 1600;

    private final BufferPool from = new BufferPool(List.of(Slab.ofDirectMemory(2048)));
    private final BufferPool to = new BufferPool(List.of(Slab.ofDirectMemory(2048)));
    private final FrameRing ring = new FrameRing(LONGEST);

    @AfterEach
    void nothingIsHeld() {
        assertThat(from.lentCount()).isZero();
        assertThat(to.lentCount()).isZero();
    }

    private boolean offer(int number, int length) {
        PacketBuffer frame = from.allocate();
        int at = frame.append(length);
        frame.bytes().putInt(at, number).put(at + length - 1, (byte) length);
        boolean taken = ring.offer(frame, number);
        frame.release();
        return taken;
    }

    private void take(int number, int length) {
        assertThat(ring.firstFlags()).isEqualTo(number);
        PacketBuffer frame = ring.take(to);
        assertThat(frame.length()).isEqualTo(length);
        assertThat(frame.bytes().getInt(frame.start())).isEqualTo(number);
        assertThat(frame.bytes().get(frame.end() - 1)).isEqualTo((byte) length);
        frame.release();
    }

    @Test
    void framesComeOutInTheirOrderHoweverOftenItHasGoneRound() {
        int taken = 0;
        for (int i = 0; i < 10 * FrameRing.SLOTS; i++) {
            assertThat(offer(i, 60 + i % 1500)).isTrue();
            if (i % 3 == 2) {
                for (int j = 0; j < 3; j++, taken++) {
                    take(taken, 60 + taken % 1500);
                }
            }
        }
        while (!ring.isEmpty()) {
            take(taken, 60 + taken % 1500);
            taken++;
        }
        assertThat(taken).isEqualTo(10 * FrameRing.SLOTS);
    }

    @Test
    void aFullOneRefusesUntilSomethingIsTaken() {
        for (int i = 0; i < FrameRing.SLOTS; i++) {
            assertThat(offer(i, 60)).isTrue();
        }
        assertThat(offer(7, 60)).isFalse();
        take(0, 60);
        assertThat(offer(7, 60)).isTrue();
        assertThat(offer(8, 60)).isFalse();
        while (!ring.isEmpty()) {
            ring.drop();
        }
    }

    @Test
    void aFrameThatIsTooLongIsRefused() {
        assertThat(offer(1, LONGEST)).isTrue();
        assertThat(offer(2, LONGEST + 1)).isFalse();
        take(1, LONGEST);
    }

    @Test
    void whatFindsNoBufferStays() {
        List<PacketBuffer> all = new ArrayList<>();
        for (PacketBuffer buffer = to.allocate(); buffer != null; buffer = to.allocate()) {
            all.add(buffer);
        }
        assertThat(offer(3, 100)).isTrue();
        assertThat(ring.take(to)).isNull();
        all.forEach(PacketBuffer::release);
        take(3, 100);
        assertThat(ring.isEmpty()).isTrue();
    }

    /** One thread offers, another takes; each frame's bytes are whole. */
    @Test
    void twoThreadsMayUseIt() throws Exception {
        int count = 300_000;
        Thread producer = new Thread(() -> {
            for (int i = 0; i < count; i++) {
                while (!offer(i, 60 + i % 100)) {
                    Thread.onSpinWait();
                }
            }
        });
        producer.start();
        for (int i = 0; i < count; i++) {
            while (ring.isEmpty()) {
                Thread.onSpinWait();
            }
            take(i, 60 + i % 100);
        }
        producer.join();
    }
}
