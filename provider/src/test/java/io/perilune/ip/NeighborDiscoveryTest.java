package io.perilune.ip;

import static io.perilune.sim.SimBench6.GATEWAY;
import static io.perilune.sim.SimBench6.HOST;
import static io.perilune.sim.SimBench6.HOST_GROUP;
import static io.perilune.sim.SimBench6.HOST_GROUP_MAC;
import static io.perilune.sim.SimBench6.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import io.perilune.packet.Frames6;
import io.perilune.sim.SimBench6;
import io.perilune.sim.SimBench6.Packet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 4861 §7 and RFC 4862 §5.4, message by message. */
class NeighborDiscoveryTest {

    private static final long SECOND = 1_000_000_000L;
    private static final int SOLICIT = 135;
    private static final int ADVERTISE = 136;
    private static final int SOLICITED = 0x4000_0000;
    private static final int OVERRIDE = 0x2000_0000;
    private static final long LIAR = 0x02_00_00_00_66_66L;

    private final SimBench6 bench = new SimBench6();

    @AfterEach
    void noBufferIsLeaked() {
        bench.host.internet().close();
        assertThat(bench.lent()).isZero();
    }

    /** RFC 4861 §7.2.4. */
    @Test
    void aSolicitationForTheOwnAddressIsAnswered() {
        Packet answer = only(bench.exchange(solicitation(PEER, HOST_GROUP, HOST, bench.peer.mac()), HOST_GROUP_MAC));
        assertThat(answer.source()).isEqualTo(HOST);
        assertThat(answer.destination()).isEqualTo(PEER);
        assertThat(answer.toMac()).isEqualTo(bench.peer.mac());
        assertThat(answer.hopLimit()).isEqualTo(255);
        assertThat(answer.octet(0)).isEqualTo(ADVERTISE);
        assertThat(answer.word(4)).isEqualTo(SOLICITED | OVERRIDE);
        assertThat(answer.address(8)).isEqualTo(HOST);
        assertThat(answer.word(24)).isEqualTo(0x0201 << 16 | (int) (bench.hostMac() >>> 32));
        assertThat(answer.word(28)).isEqualTo((int) bench.hostMac());
        assertThat(Frames6.checksum(HOST, PEER, 58, answer.payload())).isZero();
    }

    @Test
    void theLinkLocalAddressIsAnsweredForToo() {
        String own = bench.linkLocal();
        Packet answer = only(bench.exchange(solicitation("fe80::1", own, own, bench.peer.mac())));
        assertThat(answer.source()).isEqualTo(own);
        assertThat(answer.address(8)).isEqualTo(own);
    }

    /** RFC 4861 §7.2.4: who checks whether the address is free has none to be answered at. */
    @Test
    void whoChecksTheOwnAddressIsToldBeforeAll() {
        Packet answer = only(bench.exchange(solicitation("::", HOST_GROUP, HOST, 0), HOST_GROUP_MAC));
        assertThat(answer.destination()).isEqualTo("ff02:0:0:0:0:0:0:1");
        assertThat(answer.word(4)).isEqualTo(OVERRIDE);
        assertThat(bench.count(Counter.IPV6_ADDRESSES_LOST)).isZero();
    }

    @Test
    void aSolicitationForAnotherAddressIsNot() {
        String other = "fd00:7065::1:0:2";
        assertThat(bench.exchange(solicitation(PEER, HOST_GROUP, other, bench.peer.mac()), HOST_GROUP_MAC))
                .isEmpty();
    }

    /** RFC 4861 §7.1.1, §7.1.2, each check. */
    @Test
    void messagesThatCannotBeAreDropped() {
        byte[] good = Frames6.neighbor(PEER, HOST, SOLICIT, 0, HOST, 1, bench.peer.mac());
        int malformed = 0;
        // A hop limit of less than 255 has passed a router.
        assertThat(bench.exchange(Frames6.packet(PEER, HOST, 58, 254, good))).isEmpty();
        assertThat(bench.count(Counter.DROP_ND_MALFORMED)).isEqualTo(++malformed);
        byte[] code = good.clone();
        code[1] = 1;
        malformed(Frames6.withChecksum(PEER, HOST, 58, 2, code), ++malformed);
        malformed(Frames6.withChecksum(PEER, HOST, 58, 2, Frames.part(good, 0, 23)), ++malformed);
        malformed(Frames6.neighbor(PEER, HOST, SOLICIT, 0, "ff02::1", 1, bench.peer.mac()), ++malformed);
        for (int length : new int[] {0, 2, 255}) {
            byte[] option = good.clone();
            option[25] = (byte) length;
            malformed(Frames6.withChecksum(PEER, HOST, 58, 2, option), ++malformed);
        }
        malformed(Frames6.neighbor(PEER, HOST, SOLICIT, 0, HOST, 1, 0x0100_5E00_0001L), ++malformed);
        malformed(Frames6.neighbor(PEER, HOST, SOLICIT, 0, HOST, 1, bench.hostMac()), ++malformed);
        // An unspecified source has no link address to tell, and asks the group.
        byte[] told = Frames6.neighbor("::", HOST_GROUP, SOLICIT, 0, HOST, 1, bench.peer.mac());
        bench.exchange(Frames6.packet("::", HOST_GROUP, 58, 255, told), HOST_GROUP_MAC);
        assertThat(bench.count(Counter.DROP_ND_MALFORMED)).isEqualTo(++malformed);
        byte[] direct = Frames6.neighbor("::", HOST, SOLICIT, 0, HOST, 1, 0);
        bench.exchange(Frames6.packet("::", HOST, 58, 255, direct));
        assertThat(bench.count(Counter.DROP_ND_MALFORMED)).isEqualTo(++malformed);
        // An answer is for one.
        byte[] toAll = Frames6.neighbor(PEER, "ff02::1", ADVERTISE, SOLICITED, PEER, 2, bench.peer.mac());
        bench.exchange(Frames6.packet(PEER, "ff02::1", 58, 255, toAll), 0x3333_0000_0001L);
        assertThat(bench.count(Counter.DROP_ND_MALFORMED)).isEqualTo(++malformed);
        byte[] wrongChecksum = good.clone();
        wrongChecksum[3]++;
        assertThat(bench.exchange(Frames6.packet(PEER, HOST, 58, 255, wrongChecksum)))
                .isEmpty();
        assertThat(bench.count(Counter.DROP_ICMP_MALFORMED)).isEqualTo(1);
    }

    /** RFC 6980 §5. */
    @Test
    void messagesInFragmentsAreDropped() {
        byte[] good = Frames6.neighbor(PEER, HOST, SOLICIT, 0, HOST, 1, bench.peer.mac());
        assertThat(bench.exchange(Frames6.packet(PEER, HOST, 44, 255, Frames6.fragment(58, 1, 0, false, good))))
                .isEmpty();
        assertThat(bench.count(Counter.DROP_ND_MALFORMED)).isEqualTo(1);
    }

    /** RFC 4861 §6: the gateway is a setting; nobody on the link may become another. */
    @ParameterizedTest
    @ValueSource(ints = {133, 134, 137})
    void routersAreNotHeeded(int type) {
        byte[] message = Frames6.icmp("fe80::66", HOST, type, 0, 0, new byte[40]);
        assertThat(bench.exchange(Frames6.packet("fe80::66", HOST, 58, 255, message)))
                .isEmpty();
        assertThat(bench.count(Counter.DROP_ND_ROUTER)).isEqualTo(1);
    }

    /** RFC 4861 §7.2.2. */
    @Test
    void aNeighborIsAskedForAndThePacketsThatWaitGoOut() {
        bench.hostSends(PEER, Frames.pattern(20));
        Packet question = only(bench.received());
        assertThat(question.toMac()).isEqualTo(0x3333_FF00_0001L);
        assertThat(question.source()).isEqualTo(HOST);
        assertThat(question.destination()).isEqualTo("ff02:0:0:0:0:1:ff00:1");
        assertThat(question.hopLimit()).isEqualTo(255);
        assertThat(question.octet(0)).isEqualTo(SOLICIT);
        assertThat(question.address(8)).isEqualTo(PEER);
        assertThat(question.word(28)).isEqualTo((int) bench.hostMac());
        Packet packet = only(advertise(SOLICITED | OVERRIDE, bench.peer.mac()));
        assertThat(packet.payload()).isEqualTo(Frames.pattern(20));
        assertThat(packet.toMac()).isEqualTo(bench.peer.mac());
    }

    @Test
    void whatIsBehindTheGatewayGoesToTheGateway() {
        bench.hostSends(SimBench6.FAR, new byte[20]);
        assertThat(only(bench.received()).address(8)).isEqualTo(GATEWAY);
    }

    /** RFC 4861 §7.2.2: three times, a second apart; then TCP is told. */
    @Test
    void aNeighborThatDoesNotAnswerIsGivenUp() {
        bench.hostSends(PEER, Frames6.tcp(HOST, PEER, 7, 8, 9, 2, new byte[0]));
        bench.run(5 * SECOND);
        assertThat(bench.received()).hasSize(3);
        assertThat(bench.transport.failed).hasSize(1);
        assertThat(bench.transport.failed.get(0).error()).isEqualTo(IcmpError.HOST_UNREACHABLE);
        assertThat(bench.transport.failed.get(0).localPort()).isEqualTo(7);
    }

    /** Neither an answer that nobody asked for nor a claim makes an entry: the next packet asks. */
    @Test
    void unsolicitedAdvertisementsAreNotLearned() {
        advertise(SOLICITED | OVERRIDE, LIAR);
        advertise(OVERRIDE, LIAR);
        bench.exchange(solicitation(PEER, HOST_GROUP, HOST, LIAR), HOST_GROUP_MAC);
        bench.received();
        bench.hostSends(PEER, new byte[20]);
        assertThat(only(bench.received()).octet(0)).isEqualTo(SOLICIT);
        assertThat(bench.count(Counter.ND_UNSOLICITED)).isEqualTo(1);
    }

    /** An answer that the one who waits for it did not ask for is not taken for it: only the solicited flag says so. */
    @Test
    void anAdvertisementToAllIsNoAnswer() {
        bench.hostSends(PEER, new byte[20]);
        bench.received();
        byte[] claim = Frames6.neighbor(PEER, "ff02::1", ADVERTISE, OVERRIDE, PEER, 2, LIAR);
        assertThat(bench.exchange(Frames6.packet(PEER, "ff02::1", 58, 255, claim), 0x3333_0000_0001L))
                .isEmpty();
        assertThat(advertise(SOLICITED, bench.peer.mac())).hasSize(1);
    }

    /** A claim of another link address makes the known one be asked, and changes nothing. */
    @Test
    void aKnownNeighborIsNotPoisoned() {
        bench.resolve(PEER);
        bench.received();
        Packet probe = only(advertise(OVERRIDE, LIAR));
        assertThat(probe.octet(0)).isEqualTo(SOLICIT);
        assertThat(probe.toMac()).isEqualTo(bench.peer.mac());
        assertThat(probe.destination()).isEqualTo(PEER);
        advertise(SOLICITED | OVERRIDE, LIAR);
        bench.hostSends(PEER, new byte[20]);
        assertThat(only(bench.received()).toMac()).isEqualTo(bench.peer.mac());
        assertThat(bench.count(Counter.ND_CONFLICTING_CLAIMS)).isPositive();
    }

    /** RFC 4861 §7.3.3, §7.2.5: a stale neighbor is asked when it is next used; its answer may leave its address out. */
    @Test
    void aNeighborIsProbedAfterHalfAMinute() {
        bench.resolve(PEER);
        bench.received();
        bench.run(31 * SECOND);
        bench.hostSends(PEER, new byte[20]);
        List<Packet> sent = bench.received();
        assertThat(sent).hasSize(2);
        assertThat(sent.get(0).octet(0)).isEqualTo(SOLICIT);
        assertThat(sent.get(0).toMac()).isEqualTo(bench.peer.mac());
        byte[] answer = Frames6.neighbor(PEER, HOST, ADVERTISE, SOLICITED, PEER, 2, 0);
        bench.exchange(Frames6.packet(PEER, HOST, 58, 255, answer));
        bench.run(10 * SECOND);
        assertThat(bench.received()).isEmpty();
    }

    /** RFC 4862 §5.4.2: one solicitation per address, from nobody, to its group; the groups are reported (RFC 3810). */
    @Test
    void theOwnAddressesAreCheckedAndTheirGroupsReported() {
        bench.host.internet().announce(bench.clock.nanoTime());
        bench.settle();
        List<Packet> first = bench.received();
        assertThat(first).hasSize(3).allSatisfy(p -> assertThat(p.source()).isEqualTo("0:0:0:0:0:0:0:0"));
        Packet report = first.get(0);
        assertThat(report.nextHeader()).isZero();
        assertThat(report.hopLimit()).isEqualTo(1);
        assertThat(report.destination()).isEqualTo("ff02:0:0:0:0:0:0:16");
        assertThat(report.word(0)).isEqualTo(0x3A00_0502);
        assertThat(report.octet(8)).isEqualTo(143);
        assertThat(report.word(12)).isEqualTo(2);
        assertThat(report.octet(16)).isEqualTo(4);
        assertThat(List.of(report.address(20), report.address(40))).contains(HOST_GROUP);
        assertThat(Frames6.checksum("::", "ff02::16", 58, Frames.part(report.payload(), 8, 56)))
                .isZero();
        Packet probe = first.get(1);
        assertThat(probe.destination()).isEqualTo(HOST_GROUP);
        assertThat(probe.address(8)).isEqualTo(HOST);
        assertThat(probe.payload()).hasSize(24);
        bench.run(SECOND + 100_000_000);
        List<Packet> then = bench.received();
        assertThat(then).hasSize(3);
        assertThat(then.get(0).source()).isEqualTo(bench.linkLocal());
        assertThat(then.get(1).octet(0)).isEqualTo(ADVERTISE);
        assertThat(then.get(1).destination()).isEqualTo("ff02:0:0:0:0:0:0:1");
    }

    /** RFC 4429 §3.3: an address that is being checked answers without overriding, and asks nobody. */
    @Test
    void anAddressThatIsBeingCheckedClaimsNothing() {
        bench.host.internet().announce(bench.clock.nanoTime());
        bench.settle();
        bench.received();
        Packet answer = only(bench.exchange(solicitation(PEER, HOST_GROUP, HOST, bench.peer.mac()), HOST_GROUP_MAC));
        assertThat(answer.word(4)).isEqualTo(SOLICITED);
        bench.hostSends(PEER, new byte[20]);
        assertThat(bench.received()).isEmpty();
        bench.run(SECOND + 100_000_000);
        assertThat(bench.received()).anySatisfy(p -> assertThat(p.octet(0)).isEqualTo(SOLICIT));
    }

    /** RFC 4862 §5.4.3, §5.4.4. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAddressThatAnotherHasIsGivenUp(boolean byAdvertisement) {
        bench.host.internet().announce(bench.clock.nanoTime());
        bench.settle();
        if (byAdvertisement) {
            byte[] has = Frames6.neighbor(HOST, "ff02::1", ADVERTISE, OVERRIDE, HOST, 2, LIAR);
            bench.exchange(Frames6.packet(HOST, "ff02::1", 58, 255, has), 0x3333_0000_0001L);
        } else {
            bench.exchange(solicitation("::", HOST_GROUP, HOST, 0), HOST_GROUP_MAC);
        }
        assertThat(bench.count(Counter.IPV6_ADDRESSES_LOST)).isEqualTo(1);
        bench.run(2 * SECOND);
        bench.received();
        assertThat(bench.exchange(solicitation(PEER, HOST_GROUP, HOST, bench.peer.mac()), HOST_GROUP_MAC))
                .isEmpty();
        bench.hostSends(PEER, new byte[20]);
        assertThat(bench.received()).isEmpty();
        String own = bench.linkLocal();
        assertThat(bench.exchange(solicitation("fe80::1", own, own, bench.peer.mac())))
                .hasSize(1);
    }

    /** RFC 4862 §5.4.5: an address that was given up is no source, not even of a question for a packet that waits. */
    @Test
    void nobodyIsAskedInTheNameOfAnAddressThatWasGivenUp() {
        bench.host.internet().announce(bench.clock.nanoTime());
        bench.settle();
        bench.hostSends(PEER, new byte[20]);
        bench.exchange(solicitation("::", HOST_GROUP, HOST, 0), HOST_GROUP_MAC);
        assertThat(bench.count(Counter.IPV6_ADDRESSES_LOST)).isEqualTo(1);
        bench.run(6 * SECOND);
        assertThat(bench.received()).isNotEmpty().allSatisfy(p -> assertThat(p.source())
                .isNotEqualTo(HOST));
        assertThat(bench.count(Counter.ND_SOLICITATIONS_WITHOUT_ADDRESS)).isPositive();
        assertThat(bench.count(Counter.DROP_NEIGHBOR_FAILED)).isEqualTo(1);
    }

    /** RFC 4862 §5.4.5: nor does a packet leave in its name that waited for a neighbor meanwhile; TCP is told. */
    @Test
    void whatWaitsInTheNameOfAnAddressThatWasGivenUpDoesNotLeave() {
        bench.host.internet().announce(bench.clock.nanoTime());
        bench.settle();
        // The neighbor is asked in the name of the link-local address, which this host keeps.
        bench.hostSends("fe80::1", Frames6.tcp(HOST, "fe80::1", 7, 8, 9, 2, new byte[0]));
        bench.exchange(solicitation("::", HOST_GROUP, HOST, 0), HOST_GROUP_MAC);
        bench.run(SECOND + 100_000_000);
        String own = bench.linkLocal();
        assertThat(bench.received()).anySatisfy(p -> assertThat(p.octet(0)).isEqualTo(SOLICIT));
        byte[] answer = Frames6.neighbor("fe80::1", own, ADVERTISE, SOLICITED, "fe80::1", 2, bench.peer.mac());
        assertThat(bench.exchange(Frames6.packet("fe80::1", own, 58, 255, answer)))
                .isEmpty();
        assertThat(bench.count(Counter.DROP_SOURCE_NOT_OWN)).isEqualTo(1);
        assertThat(bench.transport.failed).hasSize(1);
        assertThat(bench.transport.failed.get(0).error()).isEqualTo(IcmpError.HOST_UNREACHABLE);
    }

    /** TCP hears of it within seconds, instead of sending its SYN again for minutes. */
    @Test
    void aConnectionFromAnAddressThatWasGivenUpIsTold() {
        bench.host.internet().announce(bench.clock.nanoTime());
        bench.settle();
        bench.hostSends(PEER, Frames6.tcp(HOST, PEER, 7, 8, 9, 2, new byte[0]));
        bench.exchange(solicitation("::", HOST_GROUP, HOST, 0), HOST_GROUP_MAC);
        bench.run(4 * SECOND);
        assertThat(bench.transport.failed).hasSize(1);
        assertThat(bench.transport.failed.get(0).error()).isEqualTo(IcmpError.HOST_UNREACHABLE);
        assertThat(bench.transport.failed.get(0).localPort()).isEqualTo(7);
    }

    /** RFC 3590 §4: until the link-local address is sure, groups are reported from the unspecified one. */
    @Test
    void aQueryDuringTheCheckIsNotAnsweredInTheNameOfWhatIsBeingChecked() {
        bench.host.internet().announce(bench.clock.nanoTime());
        bench.settle();
        bench.received();
        byte[] query = Frames6.icmp("fe80::1", "ff02::1", 130, 0, 0x0001_0000, new byte[20]);
        bench.exchange(routerAlert(query), 0x3333_0000_0001L);
        bench.run(SECOND / 2);
        assertThat(only(bench.received()).source()).isEqualTo("0:0:0:0:0:0:0:0");
        bench.run(SECOND);
        bench.received();
        bench.exchange(routerAlert(query), 0x3333_0000_0001L);
        bench.run(SECOND / 2);
        assertThat(only(bench.received()).source()).isEqualTo(bench.linkLocal());
    }

    /** Once it is checked, the address stays: whoever claims it is counted. */
    @Test
    void aLateClaimOfTheOwnAddressChangesNothing() {
        byte[] has = Frames6.neighbor(HOST, "ff02::1", ADVERTISE, OVERRIDE, HOST, 2, LIAR);
        bench.exchange(Frames6.packet(HOST, "ff02::1", 58, 255, has), 0x3333_0000_0001L);
        assertThat(bench.count(Counter.ND_ADDRESS_CONFLICTS)).isEqualTo(1);
        assertThat(bench.exchange(solicitation(PEER, HOST_GROUP, HOST, bench.peer.mac()), HOST_GROUP_MAC))
                .hasSize(1);
    }

    /** RFC 3810 §6.2, RFC 2710 §4: queries of either version, general or for a group. */
    @Test
    void queriesForGroupsAreAnswered() {
        byte[] query2 = Frames6.icmp("fe80::1", "ff02::1", 130, 0, 0x03E8_0000, new byte[20]);
        bench.exchange(routerAlert(query2), 0x3333_0000_0001L);
        bench.run(SECOND + 100_000_000);
        Packet report = only(bench.received());
        assertThat(report.octet(8)).isEqualTo(143);
        assertThat(report.octet(16)).isEqualTo(2);
        byte[] group = Frames.join(Frames6.address(HOST_GROUP));
        byte[] query1 = Frames6.icmp("fe80::1", "ff02::1", 130, 0, 0x03E8_0000, group);
        bench.exchange(routerAlert(query1), 0x3333_0000_0001L);
        bench.run(SECOND + 100_000_000);
        assertThat(bench.received()).hasSize(2).allSatisfy(p -> assertThat(p.octet(8))
                .isEqualTo(131));
        // Without a router alert, or through a router, it is none.
        bench.exchange(Frames6.packet("fe80::1", "ff02::1", 58, 1, query2), 0x3333_0000_0001L);
        assertThat(bench.count(Counter.DROP_MLD_MALFORMED)).isEqualTo(1);
    }

    /** RFC 3810 §8.1: a query of 24 octets is an old one, one of 28 or more a new one, and any other is none. */
    @ParameterizedTest
    @ValueSource(ints = {25, 26, 27})
    void aQueryOfALengthBetweenTheVersionsIsNone(int length) {
        byte[] query = Frames6.icmp("fe80::1", "ff02::1", 130, 0, 0x03E8_0000, new byte[length - 8]);
        bench.exchange(routerAlert(query), 0x3333_0000_0001L);
        bench.run(2 * SECOND);
        assertThat(bench.received()).isEmpty();
        assertThat(bench.count(Counter.DROP_MLD_MALFORMED)).isEqualTo(1);
    }

    /** RFC 2710 §3.4: an old query tells milliseconds, never the floating-point form of RFC 3810 §5.1.3. */
    @Test
    void anOldQueryIsAnsweredWithinTheMillisecondsItTells() {
        // As a floating-point number 0xFFFF would be 8387 s.
        byte[] query = Frames6.icmp("fe80::1", "ff02::1", 130, 0, 0xFFFF_0000, new byte[16]);
        for (int i = 0; i < 5; i++) {
            bench.exchange(routerAlert(query), 0x3333_0000_0001L);
            bench.run(66 * SECOND);
            assertThat(bench.received()).hasSize(2).allSatisfy(p -> assertThat(p.octet(8))
                    .isEqualTo(131));
        }
    }

    private static byte[] routerAlert(byte[] message) {
        return Frames6.packet("fe80::1", "ff02::1", 0, 1, Frames6.extension(58, message, 5, 2, 0, 0, 1, 0));
    }

    private List<Packet> advertise(int flags, long mac) {
        byte[] answer = Frames6.neighbor(PEER, HOST, ADVERTISE, flags, PEER, 2, mac);
        return bench.exchange(Frames6.packet(PEER, HOST, 58, 255, answer));
    }

    private void malformed(byte[] message, int count) {
        assertThat(bench.exchange(Frames6.packet(PEER, HOST, 58, 255, message))).isEmpty();
        assertThat(bench.count(Counter.DROP_ND_MALFORMED)).isEqualTo(count);
    }

    private static byte[] solicitation(String source, String destination, String target, long mac) {
        byte[] message = Frames6.neighbor(source, destination, SOLICIT, 0, target, 1, mac);
        return Frames6.packet(source, destination, 58, 255, message);
    }

    private static Packet only(List<Packet> packets) {
        assertThat(packets).hasSize(1);
        return packets.get(0);
    }
}
