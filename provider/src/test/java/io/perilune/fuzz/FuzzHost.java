package io.perilune.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.ip.Addresses;
import io.perilune.ip.IcmpError;
import io.perilune.ip.InternetLayer;
import io.perilune.ip.Ipv6Routes;
import io.perilune.ip.RouteTable;
import io.perilune.ip.TransportReceiver;
import io.perilune.link.Burst;
import io.perilune.link.LinkCapabilities;
import io.perilune.link.LinkQueue;
import io.perilune.link.LoopbackLink;
import io.perilune.link.MonitorSleeper;
import io.perilune.link.Sleeper;
import io.perilune.link.TransmitQueue;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.packet.Frames;
import io.perilune.packet.Frames6;
import io.perilune.sim.SimBench;
import io.perilune.sim.SimBench6;
import io.perilune.time.TimerWheel;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;

/**
 * A host of both families, from Ethernet to the transport's door, that receives the frames a fuzzer made. After each it
 * looks whether the frame was counted, whether what the transport got lay within it, and whether what was sent is sound;
 * at the end, whether all memory is back and no timer is left.
 */
final class FuzzHost implements LinkQueue, TransportReceiver {

    static final long MAC = 0x02_00_5E_10_00_01L;
    static final long PEER_MAC = 0x02_00_5E_10_00_02L;

    private static final int MTU = 1500;
    private static final int FRAMES_MOST = 64;
    private static final int HEADER_LENGTH = 14;
    private static final long MILLISECOND = 1_000_000L;
    private static final int[] WAITS_MS = {1, 20, 300, 1_100, 5_000, 31_000, 61_000};
    private static final FuzzMemory MEMORY = new FuzzMemory();
    /** What says that a frame came, but not what became of it. */
    private static final Set<Counter> NO_ENDS =
            EnumSet.of(Counter.RX_FRAMES, Counter.RX_BYTES, Counter.IPV4_RECEIVED, Counter.IPV6_RECEIVED);

    private final BufferPool pool = MEMORY.pool();
    private final Counters counters = new Counters();
    private final InternetLayer internet;
    private final TimerWheel wheel;
    private final Burst burst = new Burst();
    private long nowNs = 1_000 * MILLISECOND;
    private byte[] frame = new byte[0];
    private int delivered;
    private int answers;

    private FuzzHost() {
        byte[] own = Frames6.address(SimBench6.HOST);
        byte[] gateway = Frames6.address(SimBench6.GATEWAY);
        Ipv6Routes ipv6 = new Ipv6Routes(
                SimBench6.high(own),
                SimBench6.low(own),
                64,
                SimBench6.high(gateway),
                SimBench6.low(gateway),
                MAC,
                false);
        wheel = new TimerWheel(nowNs);
        LoopbackLink loopback = new LoopbackLink(pool, MAC, MTU);
        internet = new InternetLayer(
                new RouteTable(SimBench.HOST, 24, SimBench.GATEWAY, false).with(ipv6),
                MAC,
                MTU,
                new LinkCapabilities(MTU, false, false, false, 1, false),
                new TransmitQueue(this, counters),
                TransmitQueue.toLoopback(loopback, counters),
                pool,
                wheel,
                counters,
                42,
                nowNs);
        internet.transport(this);
    }

    /** Feeds a host the frames that are made of an input until that ends, with time between some of them. */
    static void receiveAll(byte[] data, Function<Input, byte[]> frames) {
        Input in = new Input(data);
        FuzzHost host = new FuzzHost();
        if (in.flag()) {
            host.internet.announce(host.nowNs);
        }
        for (int i = 0; i < FRAMES_MOST && in.hasMore(); i++) {
            int choice = in.octet();
            if (choice >= 0xF0) {
                host.advance(WAITS_MS[choice % WAITS_MS.length]);
            } else {
                host.receive(frames.apply(in));
            }
        }
        host.end();
    }

    private void receive(byte[] received) {
        frame = received;
        long ends = ends();
        int before = delivered;
        PacketBuffer buffer = pool.allocate();
        assertThat(buffer).as("memory for a frame").isNotNull();
        buffer.bytes().put(buffer.append(received.length), received);
        burst.add(buffer, 0);
        internet.receive(burst, nowNs);
        internet.flush();
        assertThat(ends() + delivered).as("a frame ended uncounted").isGreaterThan(ends + before);
    }

    private void advance(int ms) {
        long endNs = nowNs + ms * MILLISECOND;
        while (nowNs < endNs) {
            nowNs = Math.min(endNs, nowNs + 100 * MILLISECOND);
            wheel.advance(nowNs);
            internet.flush();
        }
    }

    private void end() {
        // Limits of rates are over, and what waits for a neighbor that is not there is given up.
        advance(5_000);
        int before = answers;
        receive(Frames.arp(Frames.BROADCAST, 1, PEER_MAC, SimBench.PEER, 0, SimBench.HOST));
        assertThat(answers).as("the host still answers").isGreaterThan(before);
        internet.close();
        assertThat(pool.lentCount()).as("buffers that leaked").isZero();
        assertThat(wheel.armedCount()).as("timers that are left").isZero();
    }

    private long ends() {
        long sum = 0;
        for (Counter counter : Counter.values()) {
            if (!NO_ENDS.contains(counter)) {
                sum += counters.get(counter);
            }
        }
        return sum;
    }

    @Override
    public void receive(
            PacketBuffer segment,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int trafficClass,
            int burstFlags,
            long timeNs) {
        byte[] data = new byte[segment.length()];
        segment.bytes().get(segment.start(), data);
        assertThat(segment.references()).as("references").isPositive();
        segment.release();
        delivered++;
        if (counters.get(Counter.DATAGRAMS_REASSEMBLED) == 0) {
            assertThat(contains(frame, data))
                    .as("what is passed on was in the frame")
                    .isTrue();
        }
    }

    private static boolean contains(byte[] whole, byte[] part) {
        for (int from = HEADER_LENGTH; from <= whole.length - part.length; from++) {
            int i = 0;
            while (i < part.length && whole[from + i] == part[i]) {
                i++;
            }
            if (i == part.length) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean onIcmpError(
            IcmpError error,
            int mtu,
            long localHigh,
            long localLow,
            long remoteHigh,
            long remoteLow,
            int localPort,
            int remotePort,
            int sequence,
            long timeNs) {
        assertThat(localPort | remotePort).isBetween(0, 0xFFFF);
        assertThat(mtu).isNotNegative();
        assertThat(Addresses.isMapped(localHigh, localLow))
                .as("both addresses are of one family")
                .isEqualTo(Addresses.isMapped(remoteHigh, remoteLow));
        delivered++;
        return (sequence & 1) == 0;
    }

    @Override
    public BufferPool pool() {
        return pool;
    }

    @Override
    public int rxBurst(Burst frames) {
        return 0;
    }

    @Override
    public int txBurst(Burst frames) {
        int count = frames.count();
        for (int i = 0; i < count; i++) {
            PacketBuffer sent = frames.frame(i);
            byte[] bytes = new byte[sent.frameLength()];
            sent.copyTo(ByteBuffer.wrap(bytes), 0);
            sent.release();
            answers++;
            SentFrame.check(bytes, MAC, MTU);
        }
        frames.clear();
        return count;
    }

    @Override
    public Sleeper sleeper() {
        return new MonitorSleeper();
    }
}
