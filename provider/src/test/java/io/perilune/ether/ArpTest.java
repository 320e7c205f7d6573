package io.perilune.ether;

import static io.perilune.sim.SimBench.FAR;
import static io.perilune.sim.SimBench.GATEWAY;
import static io.perilune.sim.SimBench.HOST;
import static io.perilune.sim.SimBench.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.ip.Addresses;
import io.perilune.ip.IcmpError;
import io.perilune.ip.RouteTable;
import io.perilune.link.TransmitQueue;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import io.perilune.packet.ParsedFrame;
import io.perilune.sim.SimBench;
import io.perilune.sim.SimHost;
import io.perilune.sim.SimNetwork;
import io.perilune.sim.SimStation;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ArpTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long LIAR = 0x02_66_66_66_66_66L;

    private final SimBench bench = new SimBench();

    @AfterEach
    void noBufferIsLeaked() {
        bench.host.internet().close();
        assertThat(bench.lent()).isZero();
        assertThat(bench.host.wheel().armedCount()).isZero();
    }

    /** RFC 826, packet reception. */
    @Test
    void aRequestForTheOwnAddressIsAnswered() {
        List<ParsedFrame> answers = bench.exchange(Frames.arp(Frames.BROADCAST, 1, bench.peer.mac(), PEER, 0, HOST));
        assertThat(answers).hasSize(1);
        ParsedFrame answer = answers.get(0);
        assertThat(answer.isArp()).isTrue();
        assertThat(answer.destinationMac()).isEqualTo(bench.peer.mac());
        assertThat(answer.sourceMac()).isEqualTo(bench.hostMac());
        assertThat(answer.arpOperation()).isEqualTo(2);
        assertThat(answer.arpSenderMac()).isEqualTo(bench.hostMac());
        assertThat(answer.arpSenderIpv4()).isEqualTo(HOST);
        assertThat(answer.arpTargetMac()).isEqualTo(bench.peer.mac());
        assertThat(answer.arpTargetIpv4()).isEqualTo(PEER);
    }

    /** RFC 5227 §2.1.1: a probe has no sender address. */
    @Test
    void aProbeForTheOwnAddressIsAnswered() {
        List<ParsedFrame> answers = bench.exchange(Frames.arp(Frames.BROADCAST, 1, bench.peer.mac(), 0, 0, HOST));
        assertThat(answers).hasSize(1);
        assertThat(answers.get(0).arpSenderIpv4()).isEqualTo(HOST);
    }

    @Test
    void aRequestForAnotherAddressIsNotAnswered() {
        assertThat(bench.exchange(Frames.arp(Frames.BROADCAST, 1, bench.peer.mac(), PEER, 0, GATEWAY)))
                .isEmpty();
    }

    @Test
    void malformedPacketsAreDropped() {
        byte[] good = Frames.arp(Frames.BROADCAST, 1, bench.peer.mac(), PEER, 0, HOST);
        int[][] changes = {{15, 2}, {16, 1}, {18, 8}, {19, 16}, {21, 3}, {21, 0}, {22, 1}};
        for (int[] change : changes) {
            byte[] bad = good.clone();
            bad[change[0]] = (byte) change[1];
            assertThat(bench.exchange(bad)).as("octet %d", change[0]).isEmpty();
        }
        assertThat(bench.exchange(Arrays.copyOf(good, 41))).isEmpty();
        assertThat(bench.count(Counter.DROP_ARP_MALFORMED)).isEqualTo(changes.length + 1);
    }

    /** RFC 5227 §2.3. */
    @Test
    void theStartIsAnnouncedOnce() {
        bench.host.internet().announce(bench.clock.nanoTime());
        bench.settle();
        List<ParsedFrame> frames = bench.peer.received();
        assertThat(frames).hasSize(1);
        assertThat(frames.get(0).destinationMac()).isEqualTo(Frames.BROADCAST);
        assertThat(frames.get(0).arpOperation()).isEqualTo(1);
        assertThat(frames.get(0).arpSenderIpv4()).isEqualTo(HOST);
        assertThat(frames.get(0).arpTargetIpv4()).isEqualTo(HOST);
    }

    /** RFC 5227 §2.4 (c). */
    @Test
    void theOwnAddressIsDefendedOnceInTenSeconds() {
        byte[] conflict = Frames.arp(Frames.BROADCAST, 1, bench.peer.mac(), HOST, 0, GATEWAY);
        assertThat(bench.exchange(conflict)).hasSize(1);
        assertThat(bench.exchange(conflict)).isEmpty();
        bench.run(10 * SECOND);
        assertThat(bench.exchange(conflict)).hasSize(1);
        assertThat(bench.count(Counter.ARP_ADDRESS_CONFLICTS)).isEqualTo(3);
    }

    @Test
    void packetsWaitForTheAnswerAndLeaveInOrder() {
        bench.hostSends(PEER, new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
        bench.hostSends(PEER, new byte[] {2, 0, 0, 0, 0, 0, 0, 0});
        List<ParsedFrame> frames = bench.peer.received();
        assertThat(frames).hasSize(1);
        assertThat(frames.get(0).isArp()).isTrue();
        assertThat(frames.get(0).destinationMac()).isEqualTo(Frames.BROADCAST);
        assertThat(frames.get(0).arpTargetIpv4()).isEqualTo(PEER);
        assertThat(frames.get(0).arpTargetMac()).isZero();
        assertThat(frames.get(0).arpSenderIpv4()).isEqualTo(HOST);

        bench.peerAnswers(PEER);
        frames = bench.peer.received();
        assertThat(frames).hasSize(2).allMatch(frame -> frame.destinationMac() == bench.peer.mac());
        assertThat(frames.get(0).ipPayload()[0]).isEqualTo((byte) 1);
        assertThat(frames.get(1).ipPayload()[0]).isEqualTo((byte) 2);
        bench.hostSends(PEER, new byte[8]);
        assertThat(bench.peer.received()).hasSize(1);
    }

    @Test
    void whatIsNotOnTheLinkGoesToTheGateway() {
        bench.hostSends(FAR, new byte[8]);
        assertThat(bench.peer.received().get(0).arpTargetIpv4()).isEqualTo(GATEWAY);
        bench.peerAnswers(GATEWAY);
        ParsedFrame frame = bench.peer.received().get(0);
        assertThat(frame.ipDestination()).isEqualTo(FAR);
    }

    /** RFC 1122 §2.3.2.2: at least the latest packet is saved. */
    @Test
    void onlyTheLatestThreePacketsWait() {
        for (byte i = 0; i < 10; i++) {
            bench.hostSends(PEER, new byte[] {i, 0, 0, 0, 0, 0, 0, 0});
        }
        assertThat(bench.lent()).isEqualTo(3);
        assertThat(bench.count(Counter.DROP_NEIGHBOR_QUEUE_FULL)).isEqualTo(7);
        bench.peer.received();
        bench.peerAnswers(PEER);
        assertThat(bench.peer.received())
                .extracting(frame -> frame.ipPayload()[0])
                .containsExactly((byte) 7, (byte) 8, (byte) 9);
    }

    /** RFC 1122 §2.3.2.1: one request per second at most. */
    @Test
    void threeRequestsASecondApartThenTheTransportHearsOfEachPacket() {
        byte[] segment = Frames.tcp(HOST, PEER, 40000, 80, 77, 0, 2, new byte[0]);
        bench.hostSends(PEER, segment);
        bench.hostSends(PEER, segment);
        for (int second = 0; second < 3; second++) {
            bench.run(SECOND / 2);
            bench.hostSends(PEER, segment);
            assertThat(bench.peer.received()).hasSize(1);
            bench.run(SECOND / 2 - 20_000_000);
            assertThat(bench.transport.failed).isEmpty();
            bench.run(20_000_000);
        }
        bench.run(100_000_000);
        assertThat(bench.peer.received()).isEmpty();
        assertThat(bench.transport.failed).hasSize(3).allSatisfy(failed -> {
            assertThat(failed.error()).isEqualTo(IcmpError.HOST_UNREACHABLE);
            assertThat(failed.local()).isEqualTo(HOST);
            assertThat(failed.remote()).isEqualTo(PEER);
            assertThat(failed.localPort()).isEqualTo(40000);
            assertThat(failed.remotePort()).isEqualTo(80);
            assertThat(failed.sequence()).isEqualTo(77);
        });
        assertThat(bench.count(Counter.NEIGHBOR_FAILURES)).isEqualTo(1);
        assertThat(bench.lent()).isZero();
    }

    /** RFC 1122 §2.3.2.1: a timeout even for entries in use, a unicast poll before the entry goes. */
    @Test
    void anEntryInUseIsProbedByUnicastAfterItsTime() {
        bench.resolvePeer();
        bench.run(30 * SECOND + 10_000_000);
        assertThat(bench.peer.received()).isEmpty();
        bench.hostSends(PEER, new byte[8]);
        List<ParsedFrame> frames = bench.peer.received();
        assertThat(frames).hasSize(2);
        assertThat(frames.get(0).isArp()).isTrue();
        assertThat(frames.get(0).destinationMac()).isEqualTo(bench.peer.mac());
        assertThat(frames.get(1).isIpv4()).isTrue();
        bench.peerAnswers(PEER);
        bench.run(5 * SECOND);
        assertThat(bench.peer.received()).isEmpty();
    }

    /** RFC 1122 §3.3.1.4, §2.3.2.1: advice from above. */
    @Test
    @Rfc(number = 9293, section = "3.8.3", label = "MUST-20")
    void aNextHopThatTcpDoubtsIsAskedWhenItIsNextUsed() {
        bench.resolvePeer();
        bench.hostSends(GATEWAY, new byte[8]);
        bench.peerAnswers(GATEWAY);
        bench.peer.received();
        bench.host.ip().doubt(0, Addresses.mappedLow(FAR), bench.clock.nanoTime());
        bench.hostSends(PEER, new byte[8]);
        assertThat(bench.peer.received()).hasSize(1);
        bench.hostSends(FAR, new byte[8]);
        List<ParsedFrame> frames = bench.peer.received();
        assertThat(frames).hasSize(2);
        assertThat(frames.get(0).arpTargetIpv4()).isEqualTo(GATEWAY);
        assertThat(frames.get(0).destinationMac()).isEqualTo(bench.peer.mac());
        assertThat(frames.get(1).ipDestination()).isEqualTo(FAR);
        bench.peerAnswers(GATEWAY);
        bench.hostSends(FAR, new byte[8]);
        assertThat(bench.peer.received()).hasSize(1);
    }

    @Test
    void aProbedNeighborThatIsSilentIsAskedForByBroadcast() {
        bench.resolvePeer();
        bench.run(31 * SECOND);
        bench.hostSends(PEER, new byte[8]);
        bench.run(4 * SECOND);
        assertThat(bench.peer.received().stream().filter(ParsedFrame::isArp)).hasSize(3);
        bench.hostSends(PEER, new byte[8]);
        assertThat(bench.peer.received().get(0).destinationMac()).isEqualTo(Frames.BROADCAST);
    }

    @Test
    void anEntryThatNobodyUsesIsForgotten() {
        bench.resolvePeer();
        bench.run(91 * SECOND);
        assertThat(bench.host.wheel().armedCount()).isZero();
    }

    @Test
    void anAnswerThatNobodyAskedForTeachesNothing() {
        bench.exchange(Frames.arp(bench.hostMac(), 2, LIAR, GATEWAY, bench.hostMac(), HOST));
        assertThat(bench.count(Counter.ARP_UNSOLICITED)).isEqualTo(1);
        bench.hostSends(GATEWAY, new byte[8]);
        assertThat(bench.peer.received()).hasSize(1).allMatch(ParsedFrame::isArp);
    }

    @Test
    void aRequestOrAnnouncementTeachesNothing() {
        bench.exchange(Frames.arp(Frames.BROADCAST, 1, LIAR, GATEWAY, 0, HOST));
        bench.exchange(Frames.arp(Frames.BROADCAST, 1, LIAR, GATEWAY, 0, GATEWAY));
        bench.exchange(Frames.arp(Frames.BROADCAST, 2, LIAR, GATEWAY, Frames.BROADCAST, GATEWAY));
        bench.hostSends(GATEWAY, new byte[8]);
        assertThat(bench.peer.received()).hasSize(1).allMatch(ParsedFrame::isArp);
    }

    @Test
    void aLieAboutAKnownNeighborOnlyMakesItBeAsked() {
        bench.resolvePeer();
        List<ParsedFrame> frames = bench.exchange(Frames.arp(bench.hostMac(), 2, LIAR, PEER, bench.hostMac(), HOST));
        assertThat(frames).hasSize(1);
        assertThat(frames.get(0).destinationMac()).isEqualTo(bench.peer.mac());
        bench.exchange(Frames.arp(bench.hostMac(), 2, LIAR, PEER, bench.hostMac(), HOST));
        bench.hostSends(PEER, new byte[8]);
        assertThat(bench.peer.received()).hasSize(1).allMatch(frame -> frame.destinationMac() == bench.peer.mac());
        bench.peerAnswers(PEER);
        bench.run(5 * SECOND);
        assertThat(bench.peer.received()).isEmpty();
        bench.hostSends(PEER, new byte[8]);
        assertThat(bench.peer.received()).hasSize(1);
        assertThat(bench.count(Counter.ARP_CONFLICTING_CLAIMS)).isEqualTo(2);
    }

    @Test
    void aNeighborThatMovedIsFoundAgainWithinSeconds() {
        bench.resolvePeer();
        long newMac = 0x02_00_00_00_00_77L;
        bench.peer.send(Frames.arp(Frames.BROADCAST, 1, newMac, PEER, 0, PEER));
        bench.run(3 * SECOND + 100_000_000);
        bench.peer.received();
        bench.hostSends(PEER, new byte[8]);
        assertThat(bench.peer.received().get(0).destinationMac()).isEqualTo(Frames.BROADCAST);
        long[] destination = new long[1];
        bench.network.model.filter = (sender, frame, length) -> {
            if (sender == 0) {
                destination[0] = new ParsedFrame(Arrays.copyOf(frame, length)).destinationMac();
            }
            return true;
        };
        bench.exchange(Frames.arp(bench.hostMac(), 2, newMac, PEER, bench.hostMac(), HOST));
        assertThat(destination[0]).isEqualTo(newMac);
    }

    @Test
    void theTableIsBoundedAndKeepsWhoIsUsed() {
        bench.resolvePeer();
        // More neighbors than the table holds, all on the link of a /16, none of which answers.
        SimBench wide = new SimBench();
        NeighborTable table = new NeighborTable(wide.host.wheel(), wide.host.pool(), wide.host.counters(), 7);
        int[] solicited = new int[1];
        table.connect((high, low, mac, nowNs) -> solicited[0]++, null, new Nobody());
        for (int i = 0; i < 3 * NeighborTable.CAPACITY; i++) {
            PacketBuffer packet = wide.host.pool().allocate();
            packet.append(40);
            table.hold(packet, EthernetHeader.TYPE_IPV4, 0, Addresses.mappedLow(i), 0);
            // The first one is in use all the time.
            table.lookup(0, Addresses.mappedLow(0), 0);
        }
        assertThat(table.size()).isEqualTo(NeighborTable.CAPACITY);
        assertThat(wide.lent())
                .as("a share of the memory, however large the table")
                .isEqualTo(wide.host.pool().usable() / NeighborTable.POOL_SHARE);
        assertThat(wide.count(Counter.NEIGHBOR_EVICTIONS)).isEqualTo(2 * NeighborTable.CAPACITY);
        assertThat(solicited[0]).isEqualTo(3 * NeighborTable.CAPACITY);
        PacketBuffer packet = wide.host.pool().allocate();
        packet.append(40);
        table.hold(packet, EthernetHeader.TYPE_IPV4, 0, Addresses.mappedLow(0), 0);
        assertThat(solicited[0]).as("the one in use was kept").isEqualTo(3 * NeighborTable.CAPACITY);
        table.clear();
        assertThat(wide.lent()).isZero();
        assertThat(wide.host.wheel().armedCount()).isZero();
    }

    /** RFC 6583. */
    @Test
    void askingForAddressesThatNobodyHasDoesNotPushOutKnownNeighbors() {
        long[] asked = new long[1];
        NeighborTable table = new NeighborTable(bench.host.wheel(), bench.host.pool(), bench.host.counters(), 7);
        TransmitQueue link = new TransmitQueue(bench.host.link(), bench.host.counters());
        EthernetOutput output = new EthernetOutput(1, table, link, null);
        table.connect((high, low, mac, nowNs) -> asked[0]++, output, new Nobody());
        int known = NeighborTable.CAPACITY / 2;
        for (int i = 0; i < known; i++) {
            hold(table, i);
            table.onAnswer(0, Addresses.mappedLow(i), 0x02_00_00_00_00_00L | i, 0);
        }
        for (int i = known; i < 10_000; i++) {
            hold(table, i);
        }
        for (int i = 0; i < known; i++) {
            assertThat(table.lookup(0, Addresses.mappedLow(i), 0)).isEqualTo(0x02_00_00_00_00_00L | i);
        }
        // Neighbors that answer may replace others, the ones least recently used.
        table.lookup(0, Addresses.mappedLow(0), 0);
        for (int i = 20_000; i < 20_000 + NeighborTable.CAPACITY; i++) {
            hold(table, i);
            table.onAnswer(0, Addresses.mappedLow(i), 0x02_00_00_00_00_00L | i, 0);
            table.lookup(0, Addresses.mappedLow(0), 0);
        }
        assertThat(table.size()).isEqualTo(NeighborTable.CAPACITY);
        assertThat(table.lookup(0, Addresses.mappedLow(0), 0)).isEqualTo(0x02_00_00_00_00_00L);
        assertThat(table.lookup(0, Addresses.mappedLow(1), 0)).isEqualTo(NeighborTable.UNRESOLVED);
        table.clear();
        link.flush();
    }

    private void hold(NeighborTable table, int address) {
        PacketBuffer packet = bench.host.pool().allocate();
        packet.append(40);
        table.hold(packet, EthernetHeader.TYPE_IPV4, 0, Addresses.mappedLow(address), 0);
    }

    /** RFC 6583: a scan of the subnet does not become a storm. */
    @Test
    void solicitationsAreLimitedInSum() {
        for (int i = 1; i < 254; i++) {
            for (int j = 0; j < 3; j++) {
                bench.hostSends(0xC612_0000 | i, new byte[8]);
            }
        }
        bench.host.internet().close();
        for (int i = 1; i < 254; i++) {
            bench.hostSends(0xC612_0000 | i, new byte[8]);
        }
        assertThat(bench.count(Counter.ARP_REQUESTS_SENT)).isEqualTo(256);
        assertThat(bench.count(Counter.ARP_SOLICITATIONS_LIMITED)).isPositive();
    }

    @Test
    void aPacketThatItsSenderKeepsWaitsAsACopy() {
        byte[] data = Frames.pattern(100);
        PacketBuffer kept = bench.host.pool().allocate();
        kept.bytes().put(kept.append(data.length), data);
        kept.retain();
        int start = kept.start();
        bench.host.ip().send(kept, 0, Addresses.mappedLow(HOST), 0, Addresses.mappedLow(PEER), 6, 0, 0);
        assertThat(kept.references()).isEqualTo(1);
        // The sender does with its buffer what it likes while the packet waits.
        kept.setData(start, data.length);
        kept.bytes().put(start, (byte) 99);
        kept.pull(50);
        bench.settle();
        bench.peer.received();
        bench.peerAnswers(PEER);
        assertThat(bench.peer.received().get(0).ipPayload()).isEqualTo(data);
        kept.release();
    }

    @Test
    void foreignAndBadFramesAreDroppedByEthernet() {
        byte[] packet = Frames.ipv4(PEER, HOST).bytes();
        bench.peer.send(Arrays.copyOf(Frames.ethernet(bench.hostMac(), bench.peer.mac(), 0x0800, packet), 13));
        bench.peer.send(Frames.ethernet(0x01_00_5E_00_00_01L, bench.peer.mac(), 0x0800, packet));
        bench.peer.send(Frames.ethernet(bench.hostMac(), 0x01_00_5E_00_00_01L, 0x0800, packet));
        bench.peer.send(Frames.ethernet(bench.hostMac(), bench.hostMac(), 0x0800, packet));
        bench.peer.send(Frames.ethernet(bench.hostMac(), bench.peer.mac(), 0x86DD, packet));
        bench.peer.send(Frames.ethernet(bench.hostMac(), bench.peer.mac(), 0x88CC, packet));
        bench.settle();
        assertThat(bench.count(Counter.DROP_ETHERNET_SHORT)).isEqualTo(1);
        assertThat(bench.count(Counter.DROP_ETHERNET_DESTINATION)).isEqualTo(1);
        assertThat(bench.count(Counter.DROP_ETHERNET_SOURCE)).isEqualTo(2);
        assertThat(bench.count(Counter.DROP_IPV6_FRAMES)).isEqualTo(1);
        assertThat(bench.count(Counter.DROP_ETHERNET_TYPE)).isEqualTo(1);
        assertThat(bench.transport.received).isEmpty();
    }

    /** RFC 1122 §3.2.1.3 (g): a host that has 127.0.0.1 alone tells no station on the link of it. */
    @Test
    void aLoopbackAddressIsNotToldToTheLink() {
        int loopback = 0x7F00_0001;
        SimNetwork network = new SimNetwork(bench.clock, new SplittableRandom(1));
        network.model.delayNs = 0;
        SimHost host = new SimHost(bench.clock, network.link("host", 1500), new RouteTable(loopback, 8, 0, true), 42);
        SimStation station = new SimStation(network, "peer");
        host.internet().announce(bench.clock.nanoTime());
        for (int target : new int[] {loopback, 0}) {
            station.send(Frames.arp(Frames.BROADCAST, 1, station.mac(), PEER, 0, target));
        }
        station.send(Frames.arp(Frames.BROADCAST, 1, station.mac(), loopback, 0, loopback));
        for (int i = 0; i < 3; i++) {
            network.pump();
            host.turn();
        }
        network.pump();
        assertThat(station.received()).isEmpty();
        assertThat(host.pool().lentCount()).isZero();
    }

    /** Lets every packet leave, and hears nothing. */
    private static final class Nobody implements UnresolvedReceiver {
        @Override
        public boolean mayLeave(PacketBuffer packet) {
            return true;
        }

        @Override
        public void onUnresolved(PacketBuffer packet, long nowNs) {
            // Nobody is told.
        }
    }
}
