package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.ip.IpSender;
import io.perilune.link.Burst;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.memory.Slab;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.TimerWheel;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Segment processing allocates nothing once it is warm (issue 2, point 4); prints its speed too. */
class NoAllocationTest {

    private static final int SEGMENTS = 100_000;
    private static final int ROUNDS_MOST = 6;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final End a = new End(1);
    private final End b = new End(2);
    private TcpConnection client;
    private TcpConnection server;
    private long nowNs = 1_000_000_000L;

    /** One stack; what it sends waits in a ring, by reference, as on the in-process link. */
    private static final class End implements IpSender {
        final Counters counters = new Counters();
        final TimerWheel wheel = new TimerWheel(1_000_000_000L);
        final BufferPool pool = new BufferPool(
                List.of(Slab.ofDirectMemory(2048), Slab.ofDirectMemory(2048), Slab.ofDirectMemory(2048)));
        final Tcp tcp;
        final long low;
        final PacketBuffer[] ring = new PacketBuffer[4096];
        int head;
        int tail;

        End(int number) {
            low = Addresses.mappedLow(0xC612_0000 | number);
            byte[] secret = new byte[32];
            secret[0] = (byte) number;
            tcp = new Tcp(Settings.defaults(), this, pool, wheel, counters, secret);
        }

        @Override
        public void send(
                PacketBuffer segment,
                long sourceHigh,
                long sourceLow,
                long destinationHigh,
                long destinationLow,
                int protocol,
                int trafficClass,
                long nowNs) {
            ring[tail++ & 4095] = segment;
        }

        @Override
        public boolean reaches(long destinationHigh, long destinationLow) {
            return true;
        }

        @Override
        public void doubt(long destinationHigh, long destinationLow, long nowNs) {}

        @Override
        public boolean isOwn(long high, long low) {
            return low == this.low;
        }

        @Override
        public long sourceHighFor(long destinationHigh, long destinationLow) {
            return 0;
        }

        @Override
        public long sourceLowFor(long destinationHigh, long destinationLow) {
            return low;
        }

        @Override
        public int mtuFor(long destinationHigh, long destinationLow) {
            return 1500;
        }

        @Override
        public boolean offloadsTcpChecksum() {
            return false;
        }
    }

    private boolean carry(End from, End to) {
        boolean any = from.head != from.tail;
        while (from.head != from.tail) {
            PacketBuffer segment = from.ring[from.head++ & 4095];
            to.tcp.receive(segment, 0, from.low, 0, to.low, 0, Burst.L4_CHECKSUM_GOOD, nowNs);
        }
        to.tcp.flush(nowNs);
        return any;
    }

    private void settle() {
        a.tcp.flush(nowNs);
        b.tcp.flush(nowNs);
        boolean worked = true;
        while (worked) {
            worked = carry(a, b);
            worked |= carry(b, a);
        }
        nowNs += 50_000;
        a.wheel.advance(nowNs);
        b.wheel.advance(nowNs);
    }

    private void connect() {
        assertThat(b.tcp.bind(0, 0, 80, true, false)).isEqualTo(80);
        TcpListener listener = b.tcp.listen(0, 0, 80, 10, new TcpSocketOptions(), l -> {});
        TcpSocketOptions options = new TcpSocketOptions();
        options.noDelay = true;
        client = a.tcp.connect(0, 0, 0, 0, b.low, 80, options, null, nowNs);
        settle();
        server = listener.accept();
        server.options().noDelay = true;
    }

    @Test
    void bulkAndPingPongAllocateNothing() {
        connect();
        ByteBuffer large = ByteBuffer.allocateDirect(64 << 10);
        ByteBuffer sink = ByteBuffer.allocateDirect(256 << 10);
        long bulk = measure("bulk, segments of 1448", () -> {
            large.clear();
            client.write(large, nowNs);
            settle();
            sink.clear();
            server.read(sink, nowNs);
        });
        assertThat(bulk).as("bytes allocated in bulk").isZero();
        ByteBuffer small = ByteBuffer.allocateDirect(64);
        long pingPong = measure("ping-pong, 64 bytes", () -> {
            small.clear();
            client.write(small, nowNs);
            settle();
            small.clear();
            server.read(small, nowNs);
            small.flip();
            server.write(small, nowNs);
            settle();
            small.clear();
            client.read(small, nowNs);
        });
        assertThat(pingPong).as("bytes allocated in ping-pong").isZero();
    }

    /**
     * Runs rounds of so many segments until one allocates nothing, and returns what the last one allocated. The compiler
     * itself now and then allocates a few hundred bytes on the thread when it gives up compiled code; whatever the stack
     * allocates comes back in each round.
     */
    private long measure(String what, Runnable step) {
        runFor(step);
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS_MOST && allocated != 0; round++) {
            runFor(step);
            allocated = measureOnce(what, step);
        }
        return allocated;
    }

    private long measureOnce(String what, Runnable step) {
        // What measuring itself allocates the first time must not count.
        threads.getCurrentThreadAllocatedBytes();
        long before = threads.getCurrentThreadAllocatedBytes();
        long startNs = System.nanoTime();
        long segments = runFor(step);
        long tookNs = System.nanoTime() - startNs;
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        System.out.printf("%s: %d ns a segment, both ends%n", what, tookNs / segments);
        return allocated;
    }

    private long runFor(Runnable step) {
        long start = received();
        while (received() - start < SEGMENTS) {
            step.run();
        }
        return received() - start;
    }

    private long received() {
        return a.counters.get(Counter.TCP_SEGMENTS_RECEIVED) + b.counters.get(Counter.TCP_SEGMENTS_RECEIVED);
    }

    @Test
    void anIdleConnectionIsSmall() {
        connect();
        int count = 4_000;
        TcpConnection[] kept = new TcpConnection[count];
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < count; i++) {
            kept[i] = new TcpConnection(a.tcp, new TcpSocketOptions(), null);
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / count;
        System.out.println("bytes of an idle connection: " + each);
        assertThat(kept).doesNotContainNull();
        assertThat(each).isLessThan(1024);
    }
}
