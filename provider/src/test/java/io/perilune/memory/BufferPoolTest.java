package io.perilune.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BufferPoolTest {

    private static final int CELL = 2048;
    private static final int CELLS = Slab.cellsIn(CELL);

    private final BufferPool pool = new BufferPool(List.of(Slab.ofDirectMemory(CELL), Slab.ofDirectMemory(CELL)));

    @Test
    void allBuffersAreLentOnceAndNoMore() {
        Set<PacketBuffer> lent = new HashSet<>();
        for (PacketBuffer buffer = pool.allocate(); buffer != null; buffer = pool.allocate()) {
            assertThat(lent.add(buffer)).isTrue();
        }
        assertThat(lent).hasSize(pool.capacity()).hasSize(2 * CELLS);
        assertThat(pool.lentCount()).isEqualTo(pool.capacity());
        for (PacketBuffer buffer : lent) {
            buffer.release();
        }
        assertThat(pool.lentCount()).isZero();
        assertThat(pool.allocate()).isNotNull();
    }

    @Test
    void cellsDoNotOverlap() {
        List<PacketBuffer> buffers = new ArrayList<>();
        for (PacketBuffer buffer = pool.allocate(); buffer != null; buffer = pool.allocate()) {
            buffers.add(buffer);
            for (int i = 0; i < CELL; i += 8) {
                buffer.bytes().putLong(buffer.base() + i, buffer.cell() * 0x0101_0101_0101L);
            }
        }
        for (PacketBuffer buffer : buffers) {
            for (int i = 0; i < CELL; i += 8) {
                assertThat(buffer.bytes().getLong(buffer.base() + i)).isEqualTo(buffer.cell() * 0x0101_0101_0101L);
            }
        }
    }

    @Test
    void aNewBufferIsEmptyWithHeadroom() {
        PacketBuffer buffer = pool.allocate();
        buffer.setData(buffer.base(), CELL);
        buffer.release();
        buffer = pool.allocate();
        assertThat(buffer.length()).isZero();
        assertThat(buffer.headroom()).isEqualTo(BufferPool.HEADROOM);
        assertThat(buffer.tailroom()).isEqualTo(CELL - BufferPool.HEADROOM);
        assertThat(buffer.references()).isEqualTo(1);
    }

    @Test
    void headersArePushedAndPulledAtTheFront() {
        PacketBuffer buffer = pool.allocate();
        int payload = buffer.append(100);
        assertThat(buffer.push(20)).isEqualTo(payload - 20);
        assertThat(buffer.length()).isEqualTo(120);
        buffer.pull(20);
        assertThat(buffer.start()).isEqualTo(payload);
        buffer.truncate(60);
        assertThat(buffer.end()).isEqualTo(payload + 60);
    }

    @Test
    void dataOutsideTheCellIsRefused() {
        PacketBuffer buffer = pool.allocate();
        assertThatThrownBy(() -> buffer.push(BufferPool.HEADROOM + 1)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> buffer.append(CELL - BufferPool.HEADROOM + 1)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> buffer.pull(1)).isInstanceOf(AssertionError.class);
    }

    @Test
    void theLastReleaseGivesTheCellBack() {
        PacketBuffer buffer = pool.allocate();
        buffer.retain();
        buffer.release();
        assertThat(pool.lentCount()).isEqualTo(1);
        buffer.release();
        assertThat(pool.lentCount()).isZero();
        assertThatThrownBy(buffer::release).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(buffer::retain).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aCopyHasTheDataAndNothingElseInCommon() {
        PacketBuffer original = pool.allocate();
        int at = original.append(300);
        for (int i = 0; i < 300; i++) {
            original.bytes().put(at + i, (byte) i);
        }
        original.pull(10);
        PacketBuffer copy = pool.allocateCopyOf(original);
        original.release();
        assertThat(copy.length()).isEqualTo(290);
        assertThat(copy.bytes().get(copy.start())).isEqualTo((byte) 10);
        assertThat(copy.bytes().get(copy.end() - 1)).isEqualTo((byte) 299);
        copy.release();
        assertThat(pool.lentCount()).isZero();
    }

    @Test
    void cellsComeFromTheSourceInBulkAndGoBackWhenThereAreMany() {
        Memory memory = new Memory(CELLS);
        BufferPool sourced = new BufferPool(List.of(Slab.ofDirectMemory(CELL)), memory, 0, false);
        List<PacketBuffer> buffers = new ArrayList<>();
        for (PacketBuffer buffer = sourced.allocate(); buffer != null; buffer = sourced.allocate()) {
            buffers.add(buffer);
        }
        assertThat(buffers).hasSize(CELLS);
        assertThat(memory.takes).isEqualTo(CELLS / 32 + 2);
        assertThat(sourced.lentCount()).isEqualTo(CELLS);

        for (PacketBuffer buffer : buffers) {
            buffer.release();
        }
        sourced.flushReturns();
        assertThat(sourced.lentCount()).isZero();
        assertThat(memory.free).hasSizeGreaterThanOrEqualTo(CELLS - 288);
        assertThat(new HashSet<>(memory.free)).hasSameSizeAs(memory.free);
    }

    @Test
    void aReceivedFrameIsLentAndReleasedLikeAnyOther() {
        Memory memory = new Memory(CELLS);
        BufferPool sourced = new BufferPool(List.of(Slab.ofDirectMemory(CELL)), memory, 0, false);
        int cell = memory.free.poll();
        PacketBuffer frame = sourced.received(cell, 64, 1000);
        assertThat(frame.headroom()).isEqualTo(64);
        assertThat(frame.length()).isEqualTo(1000);
        assertThat(sourced.lentCount()).isEqualTo(1);
        frame.release();
        assertThat(sourced.lentCount()).isZero();
        assertThat(sourced.allocate()).isSameAs(frame);
    }

    @Test
    void aBufferOnlyTheDeviceHoldsIsTheDevicesToGiveBack() {
        Memory memory = new Memory(CELLS);
        BufferPool sourced = new BufferPool(List.of(Slab.ofDirectMemory(CELL)), memory, 0, false);
        PacketBuffer buffer = sourced.allocate();
        buffer.giveToDevice();
        assertThat(sourced.lentCount()).isZero();
        assertThat(buffer.references()).isZero();
        memory.free.add(buffer.cell());
        // The device may receive into the cell at once.
        memory.free.remove(buffer.cell());
        assertThat(sourced.received(buffer.cell(), 0, 60)).isSameAs(buffer);
    }

    @Test
    void aBufferTheDeviceMayStillReadIsFreeOnlyWhenTheDeviceHasDone() {
        Slab slab = Slab.ofDirectMemory(CELL);
        Memory memory = new Memory(CELLS);
        BufferPool sourced = new BufferPool(List.of(slab), memory, 0, false);
        PacketBuffer buffer = sourced.allocate();
        buffer.retain(); // the device's, once it has sent it
        assertThat(buffer.references()).isEqualTo(2);
        device(slab).putShort(countOf(buffer), (short) 1); // it has done
        assertThat(buffer.references()).isEqualTo(1);
        assertThat(sourced.lentCount()).isEqualTo(1);
        buffer.release();
        assertThat(sourced.lentCount()).isZero();
        assertThat(sourced.allocate()).isSameAs(buffer);
    }

    @Test
    void aBufferWhoseLastReferenceTheDeviceHadComesBackByTheDevicesCount() {
        Slab slab = Slab.ofDirectMemory(CELL);
        Memory memory = new Memory(CELLS);
        BufferPool sourced = new BufferPool(List.of(slab), memory, 0, false);
        PacketBuffer buffer = sourced.allocate();
        buffer.retain(); // the device's, once it has sent it
        buffer.release();
        assertThat(sourced.lentCount()).isEqualTo(1);
        device(slab).putShort(countOf(buffer), (short) 1).putLong(Slab.RETURNED, 1);
        assertThat(sourced.lentCount()).isZero();
        assertThat(sourced.received(buffer.cell(), 0, 60)).isSameAs(buffer);
        assertThat(sourced.lentCount()).isEqualTo(1);
        assertThat(buffer.references()).isEqualTo(1);
    }

    /** What the device's driver sees of a slab. */
    private static ByteBuffer device(Slab slab) {
        return slab.bytes().duplicate().order(ByteOrder.nativeOrder());
    }

    private static int countOf(PacketBuffer buffer) {
        return Slab.COUNTS + buffer.cell() * Slab.COUNT_LENGTH + Slab.COUNT;
    }

    @Test
    void theReferencesOfOneBufferAreBounded() {
        PacketBuffer buffer = pool.allocate();
        for (int i = 1; i < 0xFFFF; i++) {
            buffer.retain();
        }
        assertThatThrownBy(buffer::retain).isInstanceOf(IllegalStateException.class);
        assertThat(buffer.references()).isEqualTo(0xFFFF);
    }

    @Test
    void aPayloadIsReleasedWithTheFrameItBelongsTo() {
        PacketBuffer payload = pool.allocate();
        payload.append(100);
        PacketBuffer frame = pool.allocate();
        frame.append(20);
        payload.retain();
        frame.attachPayload(payload, payload.start() + 10, 50);
        assertThat(frame.frameLength()).isEqualTo(70);
        frame.release();
        assertThat(payload.references()).isEqualTo(1);
        payload.release();
        assertThat(pool.lentCount()).isZero();
        assertThat(pool.allocate().hasPayload()).isFalse();
    }

    @Test
    void slabsAreCheckedWhenTheyAreMade() {
        var bytes = Slab.ofDirectMemory(CELL).bytes();
        assertThatThrownBy(() -> new Slab(bytes, 64, CELL, Slab.LENGTH / CELL))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Slab(bytes.duplicate().order(java.nio.ByteOrder.LITTLE_ENDIAN), 0, CELL, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Cells as a device's memory would keep them. */
    private static final class Memory implements CellSource {
        private final ArrayDeque<Integer> free = new ArrayDeque<>();
        private final List<Integer> given = new ArrayList<>();
        private int takes;

        Memory(int cells) {
            for (int i = 0; i < cells; i++) {
                free.add(i);
            }
        }

        @Override
        public int take(int[] cells, int most) {
            takes++;
            int count = 0;
            while (count < most && !free.isEmpty()) {
                cells[count++] = free.poll();
            }
            return count;
        }

        @Override
        public void give(int[] cells, int count) {
            for (int i = 0; i < count; i++) {
                free.add(cells[i]);
                given.add(cells[i]);
            }
        }
    }
}
