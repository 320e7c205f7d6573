package io.perilune.sim;

import io.perilune.ether.MacAddress;
import io.perilune.link.Burst;
import io.perilune.link.Link;
import io.perilune.link.LinkCapabilities;
import io.perilune.link.LinkQueue;
import io.perilune.link.MonitorSleeper;
import io.perilune.link.Sleeper;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.memory.Slab;
import java.util.ArrayList;
import java.util.List;

/**
 * A link of a {@link SimNetwork}, with one queue and direct memory of its own. A frame is copied when it is sent and
 * when it arrives, as devices do.
 */
public final class SimLink implements Link, LinkQueue {

    private static final int RX_CAPACITY = 1024;
    private static final int CELL_SIZE = 2048;
    static final long FIRST_MAC = 0x02_00_5E_10_00_01L;

    final int index;
    int onTheWay;
    long wireFreeNs;

    private final SimNetwork network;
    private final String name;
    private final LinkCapabilities capabilities;
    private final BufferPool pool;
    private final Sleeper sleeper = new MonitorSleeper();
    private final PacketBuffer[] received = new PacketBuffer[RX_CAPACITY];
    private int head;
    private int tail;
    private int acceptsFrames = Integer.MAX_VALUE;

    SimLink(SimNetwork network, int index, String name, int mtu, int slabCount) {
        this.network = network;
        this.index = index;
        this.name = name;
        this.capabilities = new LinkCapabilities(mtu, false, false, false, 1, false);
        int cell = mtu + 256 <= CELL_SIZE ? CELL_SIZE : 16384;
        List<Slab> slabs = new ArrayList<>();
        for (int i = 0; i < slabCount; i++) {
            slabs.add(Slab.ofDirectMemory(cell));
        }
        this.pool = new BufferPool(slabs);
    }

    /** Lets the link take only so many more frames, then refuse, as a full device queue does. */
    public void acceptOnly(int frames) {
        acceptsFrames = frames;
    }

    /** Returns how many frames have arrived and wait to be received. */
    public int waitingCount() {
        return tail - head;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long macAddress() {
        return FIRST_MAC + index;
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
    public LinkQueue queue(int queueIndex) {
        return this;
    }

    @Override
    public BufferPool pool() {
        return pool;
    }

    @Override
    public int rxBurst(Burst burst) {
        int count = 0;
        while (head != tail && !burst.isFull()) {
            int place = head++ & (RX_CAPACITY - 1);
            burst.add(received[place], 0);
            received[place] = null;
            count++;
        }
        return count;
    }

    @Override
    public int txBurst(Burst burst) {
        int taken = Math.min(burst.count(), acceptsFrames);
        for (int i = 0; i < taken; i++) {
            network.send(this, burst.frame(i));
            burst.frame(i).release();
        }
        if (acceptsFrames != Integer.MAX_VALUE) {
            acceptsFrames -= taken;
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
            int place = head++ & (RX_CAPACITY - 1);
            received[place].release();
            received[place] = null;
        }
    }

    /** Returns whether a frame with these first bytes is for this link's station. */
    boolean isMeant(byte[] frame) {
        long destination = 0;
        for (int i = 0; i < 6; i++) {
            destination = (destination << 8) | (frame[i] & 0xFF);
        }
        return destination == macAddress() || MacAddress.isGroup(destination);
    }

    /** Takes in a frame; returns whether there was room. */
    boolean arrive(byte[] frame, int length) {
        if (tail - head == RX_CAPACITY) {
            return false;
        }
        PacketBuffer buffer = pool.allocate();
        if (buffer == null) {
            return false;
        }
        int at = buffer.append(length);
        buffer.bytes().put(at, frame, 0, length);
        received[tail++ & (RX_CAPACITY - 1)] = buffer;
        return true;
    }
}
