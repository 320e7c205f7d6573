package io.perilune.ether;

import static io.perilune.sim.SimBench.GATEWAY;
import static io.perilune.sim.SimBench.HOST;
import static io.perilune.sim.SimBench.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import io.perilune.packet.Frames6;
import io.perilune.packet.ParsedFrame;
import io.perilune.sim.SimBench;
import io.perilune.sim.SimBench6;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Known attacks on the tables of neighbors, a test each; ATTACKS.md lists them. */
class AttacksTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long LIAR = 0x02_66_66_66_66_66L;

    private final SimBench bench = new SimBench();
    private final SimBench6 bench6 = new SimBench6();

    @AfterEach
    void noBufferIsLeaked() {
        bench.host.internet().close();
        bench6.host.internet().close();
        assertThat(bench.lent() + bench6.lent()).isZero();
    }

    @Test
    void arpPoisoning() {
        bench.resolvePeer();
        for (int i = 0; i < 20; i++) {
            // Unasked answers, announcements and requests in others' names.
            bench.exchange(Frames.arp(bench.hostMac(), 2, LIAR, PEER, bench.hostMac(), HOST));
            bench.exchange(Frames.arp(Frames.BROADCAST, 1, LIAR, PEER, 0, PEER));
            bench.exchange(Frames.arp(Frames.BROADCAST, 1, LIAR, GATEWAY, 0, HOST));
            bench.peerAnswers(PEER);
        }
        bench.peer.received();
        bench.hostSends(PEER, new byte[8]);
        assertThat(bench.peer.received()).hasSize(1).allMatch(frame -> frame.destinationMac() == bench.peer.mac());
        bench.hostSends(GATEWAY, new byte[8]);
        assertThat(bench.peer.received()).hasSize(1).allMatch(ParsedFrame::isArp);
    }

    @Test // RFC 6583
    void arpExhaustion() {
        bench.resolvePeer();
        // A scan of the subnet from outside makes the host answer to everybody.
        for (int i = 1; i < 254; i++) {
            for (int j = 0; j < 5; j++) {
                bench.hostSends(0xC612_0000 | i, new byte[8]);
            }
        }
        assertThat(bench.lent())
                .as("packets that wait")
                .isLessThanOrEqualTo(bench.host.pool().usable() / NeighborTable.POOL_SHARE);
        assertThat(bench.count(Counter.ARP_REQUESTS_SENT)).as("in one second").isLessThanOrEqualTo(256);
        bench.peer.received();
        bench.hostSends(PEER, new byte[8]);
        assertThat(bench.peer.received()).as("who is known stays known").anyMatch(frame -> !frame.isArp());
        bench.run(10 * SECOND);
        assertThat(bench.lent()).isZero();
    }

    @Test // RFC 4861 §11, RFC 6980
    void neighborDiscoveryPoisoning() {
        bench6.resolve(SimBench6.PEER);
        bench6.received();
        for (int flags : new int[] {0x2000_0000, 0x6000_0000, 0x4000_0000, 0xE000_0000}) {
            byte[] claim = Frames6.neighbor(SimBench6.PEER, SimBench6.HOST, 136, flags, SimBench6.PEER, 2, LIAR);
            bench6.exchange(Frames6.packet(SimBench6.PEER, SimBench6.HOST, 58, 255, claim));
            // In fragments, or from off the link, it is not even looked at.
            bench6.exchange(Frames6.packet(SimBench6.PEER, SimBench6.HOST, 58, 254, claim));
            bench6.exchange(
                    Frames6.packet(SimBench6.PEER, SimBench6.HOST, 44, 255, Frames6.fragment(58, 1, 0, false, claim)));
        }
        bench6.received();
        bench6.hostSends(SimBench6.PEER, new byte[8]);
        assertThat(bench6.received()).isNotEmpty().allMatch(packet -> packet.toMac() == bench6.peer.mac());
    }

    @Test // RFC 6583
    void neighborDiscoveryExhaustion() {
        for (int i = 0; i < 5_000; i++) {
            bench6.hostSends("fd00:7065::" + Integer.toHexString(0x1000 + i), new byte[8]);
            if (i % 64 == 0) {
                bench6.received();
            }
        }
        assertThat(bench6.lent())
                .as("packets that wait")
                .isLessThanOrEqualTo(bench6.host.pool().usable() / NeighborTable.POOL_SHARE);
        assertThat(bench6.count(Counter.ND_SOLICITATIONS_LIMITED)).isPositive();
        bench6.received();
        bench6.run(10 * SECOND);
        assertThat(bench6.lent()).isZero();
    }
}
