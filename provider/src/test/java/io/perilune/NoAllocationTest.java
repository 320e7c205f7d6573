package io.perilune;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
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
import io.perilune.link.Sleeper;
import io.perilune.link.TransmitQueue;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.memory.Slab;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.packet.Frames;
import io.perilune.packet.Frames6;
import io.perilune.sim.SimBench;
import io.perilune.sim.SimBench6;
import io.perilune.time.TimerWheel;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The packet path allocates nothing after a warm-up: measured, not believed. */
class NoAllocationTest {

    private static final int FRAMES = 100_000;
    private static final int ROUNDS_MOST = 5;
    private static final int WARM_UP = 60_000;
    private static final long MAC = 0x02_00_5E_10_00_01L;
    private static final long PEER_MAC = 0x02_00_5E_10_00_02L;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final BufferPool pool = new BufferPool(List.of(Slab.ofDirectMemory(2048)));
    private final Counters counters = new Counters();
    private final TimerWheel wheel = new TimerWheel(0);
    private final Sink sink = new Sink();
    private final Burst burst = new Burst();
    private final LoopbackLink loopback = new LoopbackLink(pool, MAC, 1500);
    private final InternetLayer internet = new InternetLayer(
            new RouteTable(SimBench.HOST, 24, 0, true)
                    .with(new Ipv6Routes(0xFD00_7065_0000_0000L, 2, 64, 0, 0, MAC, true)),
            MAC,
            1500,
            new LinkCapabilities(1500, false, false, false, 1, false),
            new TransmitQueue(sink, counters),
            TransmitQueue.toLoopback(loopback, counters),
            pool,
            wheel,
            counters,
            1,
            0);
    private final Echo echo = new Echo();
    private long nowNs;

    @Test
    void receivingAndAnsweringSegmentsAllocatesNothing() {
        internet.transport(echo);
        receive(Frames.arp(MAC, 1, PEER_MAC, SimBench.PEER, 0, SimBench.HOST));
        byte[] frame = Frames.ipv4(SimBench.PEER, SimBench.HOST)
                .payload(6, Frames.pattern(1000))
                .frame(MAC, PEER_MAC);
        // The first answer asks for the peer's link address.
        receive(frame);
        receive(Frames.arp(MAC, 2, PEER_MAC, SimBench.PEER, MAC, SimBench.HOST));
        assertAllocatesNothing(frame);
        assertThat(sink.frames).isGreaterThan(FRAMES);
    }

    @Test
    void answeringEchoesAllocatesNothing() {
        receive(Frames.arp(MAC, 1, PEER_MAC, SimBench.PEER, 0, SimBench.HOST));
        byte[] frame = Frames.ipv4(SimBench.PEER, SimBench.HOST)
                .payload(1, Frames.icmp(8, 0, 1, Frames.pattern(56)))
                .frame(MAC, PEER_MAC);
        receive(frame);
        receive(Frames.arp(MAC, 2, PEER_MAC, SimBench.PEER, MAC, SimBench.HOST));
        assertAllocatesNothing(frame);
        assertThat(counters.get(Counter.ICMP_ECHO_REPLIES)).isGreaterThan(1000);
    }

    @Test
    void receivingAndAnsweringIpv6SegmentsAllocatesNothing() {
        internet.transport(echo);
        byte[] segment = Frames6.extension(6, Frames.pattern(1000), 1, 4, 0, 0, 0, 0);
        byte[] frame = Frames6.frame(MAC, PEER_MAC, Frames6.packet(SimBench6.PEER, SimBench6.HOST, 60, 64, segment));
        receive(frame);
        byte[] answer = Frames6.neighbor(SimBench6.PEER, SimBench6.HOST, 136, 0x6000_0000, SimBench6.PEER, 2, PEER_MAC);
        receive(Frames6.frame(MAC, PEER_MAC, Frames6.packet(SimBench6.PEER, SimBench6.HOST, 58, 255, answer)));
        assertAllocatesNothing(frame);
        assertThat(sink.frames).isGreaterThan(FRAMES);
    }

    /** The first half of a datagram each time, of one identification: the second one is a repetition. */
    @Test
    void fragmentsAndEchoesOfIpv6AllocateNothing() {
        byte[] part = Frames6.fragment(6, 1, 0, true, Frames.pattern(800));
        assertAllocatesNothing(
                Frames6.frame(MAC, PEER_MAC, Frames6.packet(SimBench6.PEER, SimBench6.HOST, 44, 64, part)));
        assertThat(counters.get(Counter.FRAGMENTS_REPEATED)).isGreaterThan(FRAMES / 2);
        byte[] echo6 = Frames6.icmp(SimBench6.PEER, SimBench6.HOST, 128, 0, 1, Frames.pattern(56));
        assertAllocatesNothing(
                Frames6.frame(MAC, PEER_MAC, Frames6.packet(SimBench6.PEER, SimBench6.HOST, 58, 64, echo6)));
        assertThat(counters.get(Counter.ICMP_ECHO_REPLIES)).isGreaterThan(1000);
    }

    @Test
    void answeringRequestsForTheLinkAddressAllocatesNothing() {
        assertAllocatesNothing(Frames.arp(Frames.BROADCAST, 1, PEER_MAC, SimBench.PEER, 0, SimBench.HOST));
        assertThat(counters.get(Counter.ARP_REQUESTS_ANSWERED)).isGreaterThan(FRAMES);
    }

    @Test
    void droppingAllocatesNothing() {
        assertAllocatesNothing(Frames.ipv4(SimBench.HOST, SimBench.HOST)
                .payload(6, new byte[20])
                .frame(MAC, PEER_MAC));
        assertThat(counters.get(Counter.DROP_IPV4_SOURCE)).isGreaterThan(FRAMES);
    }

    @Test
    void failingToResolveAllocatesNothing() {
        internet.transport(echo);
        // From a sender that does not answer for its address: answers wait, are pushed out, and fail every three
        // seconds.
        byte[] frame = Frames.ipv4(SimBench.PEER, SimBench.HOST)
                .payload(6, Frames.tcp(SimBench.PEER, SimBench.HOST, 1, 2, 3, 4, 2, new byte[0]))
                .frame(MAC, PEER_MAC);
        assertAllocatesNothing(frame);
        assertThat(counters.get(Counter.NEIGHBOR_FAILURES)).isGreaterThan(3);
        assertThat(echo.errors).isGreaterThan(9);
    }

    @Test
    void theLoopbackAllocatesNothing() {
        internet.transport(echo);
        long before = allocatedBytes();
        for (int i = 0; i < WARM_UP + FRAMES; i++) {
            if (i == WARM_UP) {
                before = allocatedBytes();
            }
            PacketBuffer segment = pool.allocate();
            segment.append(100);
            echo.answers = false;
            internet.ipSender()
                    .send(
                            segment,
                            0,
                            Addresses.mappedLow(SimBench.HOST),
                            0,
                            Addresses.mappedLow(SimBench.HOST),
                            6,
                            0,
                            nowNs);
            internet.flush();
            loopback.rxBurst(burst);
            internet.receiveLoopback(burst, nowNs);
        }
        long allocated = allocatedBytes() - before;
        assertThat(allocated).as("bytes allocated for %d frames", FRAMES).isZero();
        assertThat(echo.received).isEqualTo(WARM_UP + FRAMES);
        assertThat(pool.lentCount()).isZero();
    }

    private void assertAllocatesNothing(byte[] frame) {
        for (int i = 0; i < WARM_UP; i++) {
            receive(frame);
        }
        // One call site, linked by a first call: linking another after the loop would allocate by itself.
        allocatedBytes();
        // The compiler now and then allocates a few bytes on the thread when it gives up compiled code; whatever the
        // stack
        // allocates comes back in each round.
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS_MOST && allocated != 0; round++) {
            long before = allocatedBytes();
            for (int i = 0; i < FRAMES; i++) {
                receive(frame);
            }
            allocated = allocatedBytes() - before;
        }
        assertThat(allocated).as("bytes allocated for %d frames", FRAMES).isZero();
        internet.close();
        assertThat(pool.lentCount()).isZero();
    }

    private long allocatedBytes() {
        return threads.getCurrentThreadAllocatedBytes();
    }

    /** One turn of a loop, a tenth of a millisecond after the last. */
    private void receive(byte[] frame) {
        nowNs += 100_000;
        PacketBuffer buffer = pool.allocate();
        buffer.bytes().put(buffer.append(frame.length), frame);
        burst.add(buffer, 0);
        internet.receive(burst, nowNs);
        wheel.advance(nowNs);
        internet.flush();
    }

    /** Takes all frames and forgets them. */
    private final class Sink implements LinkQueue {
        private long frames;

        @Override
        public BufferPool pool() {
            return pool;
        }

        @Override
        public int rxBurst(Burst received) {
            return 0;
        }

        @Override
        public int txBurst(Burst sent) {
            int count = sent.count();
            for (int i = 0; i < count; i++) {
                sent.frame(i).release();
            }
            sent.clear();
            frames += count;
            return count;
        }

        @Override
        public Sleeper sleeper() {
            throw new UnsupportedOperationException("nobody sleeps here");
        }
    }

    /** Sends each segment back. */
    private final class Echo implements TransportReceiver {
        private boolean answers = true;
        private long received;
        private long errors;

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
            received++;
            if (!answers) {
                segment.release();
                return;
            }
            internet.ipSender()
                    .send(segment, destinationHigh, destinationLow, sourceHigh, sourceLow, 6, trafficClass, timeNs);
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
            errors++;
            return true;
        }
    }
}
