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
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** One end of a wire between two stacks of one JVM, in real time; threads of both may use it at once. */
public final class WireLink implements Link, LinkQueue {

    /** Ethernet, IPv4, TCP with all options. */
    private static final int LONGEST_HEADERS = 14 + 20 + 60;

    private final int number;
    private final boolean endsOnFrame;
    private final BufferPool pool = new BufferPool(List.of(Slab.ofDirectMemory(2048), Slab.ofDirectMemory(2048)));
    private final BlockingQueue<byte[]> arrived = new ArrayBlockingQueue<>(1024);
    private final ParkingSleeper parking = new ParkingSleeper();
    private final AtomicInteger users = new AtomicInteger();
    private final AtomicInteger sleepers = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private WireLink peer;
    public volatile boolean closed;
    /** Whether there is a carrier, as far as it tells. */
    volatile boolean up = true;
    /** What should not happen: two threads in a queue or in the sleeper at once, or use after close. */
    public volatile String misuse;

    /** How many IPv4 packets with more than headers were sent from here. */
    final AtomicInteger dataFrames = new AtomicInteger();

    /** The time to live of the last IPv4 packet that was sent from here. */
    volatile int timeToLiveSent;

    private WireLink(int number, boolean endsOnFrame) {
        this.number = number;
        this.endsOnFrame = endsOnFrame;
    }

    /** Makes both ends. */
    public static WireLink[] pair(boolean endsOnFrame) {
        WireLink[] ends = {new WireLink(1, endsOnFrame), new WireLink(2, endsOnFrame)};
        ends[0].peer = ends[1];
        ends[1].peer = ends[0];
        return ends;
    }

    @Override
    public String name() {
        return "wire " + number;
    }

    @Override
    public long macAddress() {
        return 0x02_00_00_00_01_00L + number;
    }

    @Override
    public LinkCapabilities capabilities() {
        return new LinkCapabilities(1500, false, false, false, 10, true);
    }

    @Override
    public boolean isUp() {
        return up;
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public LinkQueue queue(int index) {
        return this;
    }

    @Override
    public BufferPool pool() {
        return pool;
    }

    @Override
    public int rxBurst(Burst burst) {
        enter();
        byte[] frame;
        while (!burst.isFull() && (frame = arrived.poll()) != null) {
            PacketBuffer buffer = pool.allocate();
            if (buffer != null) {
                buffer.bytes().put(buffer.append(frame.length), frame);
                burst.add(buffer, 0);
            }
        }
        users.decrementAndGet();
        return burst.count();
    }

    @Override
    public int txBurst(Burst burst) {
        enter();
        int count = burst.count();
        for (int i = 0; i < count; i++) {
            PacketBuffer frame = burst.frame(i);
            byte[] copy = new byte[frame.frameLength()];
            frame.copyTo(ByteBuffer.wrap(copy), 0);
            frame.release();
            if (copy[12] == 8 && copy[13] == 0) {
                timeToLiveSent = copy[22] & 0xFF;
                if (copy.length > LONGEST_HEADERS) {
                    dataFrames.incrementAndGet();
                }
            }
            if (!peer.arrived.offer(copy)) {
                lost.incrementAndGet(); // as a full receive queue does: TCP repairs it
            }
        }
        burst.removeFirst(count);
        if (endsOnFrame) {
            peer.parking.wakeup();
        }
        users.decrementAndGet();
        return count;
    }

    private void enter() {
        if (users.incrementAndGet() != 1) {
            misuse = "two threads in " + name();
        }
        if (closed) {
            misuse = name() + " used after close";
        }
    }

    @Override
    public Sleeper sleeper() {
        return new Sleeper() {
            @Override
            public boolean endsOnFrame() {
                return endsOnFrame;
            }

            @Override
            public void sleep(long timeoutNs, int descriptor) {
                if (sleepers.incrementAndGet() != 1) {
                    misuse = "two threads sleep in " + name();
                }
                if (closed) {
                    misuse = "sleep after close in " + name();
                }
                if (arrived.isEmpty()) {
                    parking.sleep(timeoutNs, descriptor);
                }
                sleepers.decrementAndGet();
            }

            @Override
            public void wakeup() {
                parking.wakeup();
            }
        };
    }

    @Override
    public void close() {
        if (closed) {
            misuse = name() + " closed twice";
        }
        closed = true;
    }
}
