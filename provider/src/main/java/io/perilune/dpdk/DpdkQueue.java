package io.perilune.dpdk;

import io.perilune.link.Burst;
import io.perilune.link.LinkQueue;
import io.perilune.link.Sleeper;
import io.perilune.memory.BufferPool;
import io.perilune.memory.CellSource;
import io.perilune.memory.PacketBuffer;
import io.perilune.memory.Slab;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** One receive and one transmit queue of a DPDK port. Owned by the shard's driver. Allocates nothing on the way. */
final class DpdkQueue implements LinkQueue, CellSource {

    private final int handle;
    private final BurstArray array;
    private final ByteBuffer[] slabs;
    private final int cellsPerSlab;
    private final BufferPool pool;
    private final EventSleeper sleeper;
    private final boolean gathers;

    private boolean closing;
    private long droppedAtEnd;
    private long sendErrorsAtEnd;

    DpdkQueue(int handle, BurstArray array, int cellSize, boolean debug) throws IOException {
        this.handle = handle;
        this.array = array;
        this.slabs = Native.queueSlabs(handle);
        this.cellsPerSlab = Slab.cellsIn(cellSize);
        List<Slab> list = new ArrayList<>(slabs.length);
        for (ByteBuffer slab : slabs) {
            list.add(new Slab(
                    slab.order(ByteOrder.BIG_ENDIAN), Slab.headerLength(cellsPerSlab), cellSize, cellsPerSlab));
        }
        this.pool = new BufferPool(list, this, slabs.length * cellsPerSlab - (int) freeCells(), debug);
        this.gathers = Native.queueFact(handle, Native.FACT_GATHERS) != 0;
        this.sleeper = new EventSleeper(handle, Native.queueFact(handle, Native.FACT_ENDS_ON_FRAME) != 0);
    }

    @Override
    public BufferPool pool() {
        return pool;
    }

    @Override
    public int rxBurst(Burst burst) {
        int count = Native.rxBurst(handle);
        for (int i = 0; i < count; i++) {
            burst.add(pool.received(array.cell(i), array.offset(i), array.length(i)), array.flags(i));
        }
        return count;
    }

    @Override
    public int txBurst(Burst burst) {
        int count = burst.count();
        if (count == 0) {
            return 0;
        }
        int described = describe(burst);
        int taken = transmit(described);
        // References change hands only now that it is known which frames were taken: a refusal needs no undoing.
        int piece = 0;
        for (int i = 0; i < taken; i++) {
            PacketBuffer frame = burst.frame(i);
            PacketBuffer payload = frame.payload();
            if ((array.flags(piece++) & BurstArray.KEEP) == 0) {
                frame.giveToDevice();
            }
            if (payload != null && (array.flags(piece++) & BurstArray.KEEP) == 0) {
                payload.giveToDevice();
            }
        }
        burst.removeFirst(taken);
        return taken;
    }

    /** Writes descriptors of the burst's frames; returns of how many: all, but where memory for a copy is missing. */
    private int describe(Burst burst) {
        int piece = 0;
        for (int i = 0; i < burst.count(); i++) {
            PacketBuffer frame = burst.frame(i);
            if (frame.hasPayload() && !gathers) {
                PacketBuffer whole = pool.allocateCopyOf(frame);
                if (whole == null) {
                    return i;
                }
                frame.release();
                burst.replace(i, whole);
                frame = whole;
            }
            assert isOurs(frame) : "not this queue's memory: " + frame;
            int keep = frame.references() > 1 ? BurstArray.KEEP : 0;
            if (!frame.hasPayload()) {
                array.set(piece++, frame.cell(), frame.start() - frame.base(), frame.length(), keep);
                continue;
            }
            PacketBuffer payload = frame.payload();
            assert keep == 0 : "a frame of two pieces has one holder: " + frame;
            assert isOurs(payload) : "not this queue's memory: " + payload;
            array.set(piece++, frame.cell(), frame.start() - frame.base(), frame.length(), BurstArray.MORE);
            keep = payload.references() > 1 ? BurstArray.KEEP : 0;
            int offset = frame.payloadStart() - payload.base();
            array.set(piece++, payload.cell(), offset, frame.payloadLength(), keep);
        }
        return burst.count();
    }

    @Override
    public void reclaim() {
        Native.reclaim(handle);
    }

    /** Hands the first frames of the burst array to the device; the border checks each piece. */
    int transmit(int count) {
        return Native.txBurst(handle, count);
    }

    BurstArray array() {
        return array;
    }

    @SuppressWarnings("ReferenceEquality") // the very buffer is meant, not one with the same bytes
    private boolean isOurs(PacketBuffer frame) {
        return frame.cell() / cellsPerSlab < slabs.length && frame.bytes() == slabs[frame.cell() / cellsPerSlab];
    }

    @Override
    public Sleeper sleeper() {
        return sleeper;
    }

    @Override
    public synchronized long droppedCount() {
        return closing ? droppedAtEnd : Native.queueFact(handle, Native.FACT_DROPPED);
    }

    @Override
    public synchronized long sendErrorCount() {
        return closing ? sendErrorsAtEnd : Native.queueFact(handle, Native.FACT_SEND_ERRORS);
    }

    /** Keeps the driver's counts for those who ask later: the report is written when the link has gone. */
    synchronized void keepCounts() {
        droppedAtEnd = droppedCount();
        sendErrorsAtEnd = sendErrorCount();
        closing = true;
    }

    @Override
    public int take(int[] cells, int most) {
        return Native.take(handle, cells, most);
    }

    @Override
    public void give(int[] cells, int count) {
        Native.give(handle, cells, count);
    }

    /** Returns how many cells are free in the native pool: neither with Java nor with the device. */
    long freeCells() {
        return Native.queueFact(handle, Native.FACT_FREE_CELLS);
    }

    /** Returns how many cells Java holds, as C counts them. */
    long lentCells() {
        return Native.queueFact(handle, Native.FACT_LENT_CELLS);
    }

    /** Returns how many pieces that have other holders the device has not finished with. */
    long inFlight() {
        return Native.queueFact(handle, Native.FACT_IN_FLIGHT);
    }

    boolean isUp() {
        return Native.queueFact(handle, Native.FACT_LINK_UP) != 0;
    }

    /** Returns what {@link Native#queueSpreading} does. */
    int[] spreading() {
        return Native.queueSpreading(handle);
    }

    long deviceMac() {
        return Native.queueFact(handle, Native.FACT_MAC);
    }

    void close() {
        sleeper.close();
    }
}
