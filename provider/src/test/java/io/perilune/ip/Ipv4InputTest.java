package io.perilune.ip;

import static io.perilune.sim.SimBench.FAR;
import static io.perilune.sim.SimBench.HOST;
import static io.perilune.sim.SimBench.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import io.perilune.packet.ParsedFrame;
import io.perilune.sim.RawTransport;
import io.perilune.sim.SimBench;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Ipv4InputTest {

    private static final byte[] DATA = Frames.pattern(32);

    private final SimBench bench = new SimBench();

    @AfterEach
    void noBufferIsLeaked() {
        bench.host.internet().close();
        assertThat(bench.lent()).isZero();
    }

    @Test
    void aGoodPacketReachesTheTransportWithWhatTheHeaderSaid() {
        receive(packet(PEER, HOST).tos(0xB9));
        RawTransport.Received received = onlyReceived();
        assertThat(received.bytes()).isEqualTo(DATA);
        assertThat(received.sourceLow()).isEqualTo(Addresses.mappedLow(PEER));
        assertThat(received.destinationLow()).isEqualTo(Addresses.mappedLow(HOST));
        assertThat(received.trafficClass()).isEqualTo(0xB9);
        assertThat(received.burstFlags()).isZero();
    }

    @Test
    void aPacketFromBehindTheGatewayIsReceived() {
        receive(packet(FAR, HOST));
        onlyReceived();
    }

    /** Ethernet pads frames to 60 bytes. */
    @Test
    void paddingBehindThePacketIsCut() {
        receive(Frames.ipv4(PEER, HOST).payload(6, new byte[4]).padding(22));
        assertThat(onlyReceived().bytes()).hasSize(4);
    }

    @Test
    void aPacketShorterThanAHeaderIsDropped() {
        byte[] frame = packet(PEER, HOST).frame(bench.hostMac(), bench.peer.mac());
        bench.exchange(Arrays.copyOf(frame, 14 + 19));
        assertDropped(Counter.DROP_IPV4_HEADER);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 5, 6, 15})
    void anotherVersionIsDropped(int version) {
        receive(packet(PEER, HOST).version(version));
        assertDropped(Counter.DROP_IPV4_HEADER);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 15})
    void aHeaderLengthThatCannotBeIsDropped(int words) {
        receive(packet(PEER, HOST).headerWords(words));
        assertDropped(Counter.DROP_IPV4_HEADER);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 19, 53, 65535})
    void aTotalLengthThatCannotBeIsDropped(int length) {
        receive(packet(PEER, HOST).totalLength(length));
        assertDropped(Counter.DROP_IPV4_HEADER);
    }

    /** RFC 1122 §3.2.1.2. */
    @Test
    void aWrongChecksumIsDropped() {
        receive(packet(PEER, HOST).checksum(0x1234));
        assertDropped(Counter.DROP_IPV4_CHECKSUM);
    }

    /** RFC 1122 §3.2.1.7: a host must not drop a packet because its time to live ran low. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aLowTimeToLiveIsNoReasonToDrop(int timeToLive) {
        receive(packet(PEER, HOST).timeToLive(timeToLive));
        onlyReceived();
    }

    /** The LAND attack. */
    @Test
    @Rfc(number = 9293, section = "3.9.2.3", label = "MUST-63")
    void aPacketFromTheOwnAddressIsDropped() {
        receive(packet(HOST, HOST));
        assertDropped(Counter.DROP_IPV4_SOURCE);
    }

    /** RFC 1122 §3.2.1.3. */
    @ParameterizedTest
    @ValueSource(
            ints = {
                0, // this host
                0x00010203, // this network
                0x7F000001, // loopback
                0xE0000001, // multicast
                0xF0000001, // reserved
                0xFFFFFFFF, // limited broadcast
                0xC61200FF, // broadcast of the link
                0xC6120000 // its old form
            })
    @Rfc(number = 9293, section = "3.9.2.3", label = "MUST-63")
    void aSenderThatCannotBeOneIsDropped(int source) {
        receive(packet(source, HOST));
        assertDropped(Counter.DROP_IPV4_SOURCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {PEER, FAR, 0, 0x7F000001})
    void aPacketForAnotherHostIsDropped(int destination) {
        receive(packet(PEER, destination));
        assertDropped(Counter.DROP_IPV4_DESTINATION);
    }

    @ParameterizedTest
    @ValueSource(ints = {0xFFFFFFFF, 0xC61200FF, 0xC6120000, 0xE0000001})
    @Rfc(number = 9293, section = "3.9.2.3", label = "MUST-57")
    void aPacketForAGroupIsDropped(int destination) {
        receive(packet(PEER, destination));
        assertDropped(Counter.DROP_IPV4_BROADCAST);
    }

    /** RFC 1122 §3.3.6. */
    @Test
    @Rfc(number = 9293, section = "3.9.2.3", label = "MUST-57")
    void aUnicastPacketInALinkBroadcastIsDropped() {
        bench.exchange(packet(PEER, HOST).frame(Frames.BROADCAST, bench.peer.mac()));
        assertDropped(Counter.DROP_IPV4_BROADCAST);
    }

    @Test
    void loopbackAddressesFromTheLinkAreDroppedEvenWhenTheyAreThisStacks() {
        SimBench user = new SimBench(true);
        user.exchange(packet(PEER, 0x7F000001).frame(user.hostMac(), user.peer.mac()));
        user.exchange(packet(0x7F000001, HOST).frame(user.hostMac(), user.peer.mac()));
        assertThat(user.transport.received).isEmpty();
        assertThat(user.count(Counter.DROP_IPV4_DESTINATION)).isEqualTo(1);
        assertThat(user.count(Counter.DROP_IPV4_SOURCE)).isEqualTo(1);
    }

    @Test
    @Rfc(number = 9293, section = "3.9.2", label = "MUST-50")
    void goodOptionsAreSkipped() {
        receive(packet(PEER, HOST).options(1, 7, 7, 4, 0, 0, 0, 0));
        assertThat(onlyReceived().bytes()).isEqualTo(DATA);
        receive(packet(PEER, HOST).options(0x94, 4, 0, 0));
        assertThat(bench.transport.received).hasSize(2);
    }

    @Test
    void optionsWithLengthsThatCannotBeAreDropped() {
        int[][] wrong = {{7, 0, 0, 0}, {7, 1, 0, 0}, {7, 5, 0, 0}, {1, 1, 1, 7}, {7, 255, 0, 0}};
        for (int[] options : wrong) {
            receive(packet(PEER, HOST).options(options));
        }
        assertThat(bench.transport.received).isEmpty();
        assertThat(bench.count(Counter.DROP_IPV4_HEADER)).isEqualTo(wrong.length);
    }

    /** RFC 7126 §4.3.5, §4.4.5. */
    @ParameterizedTest
    @ValueSource(ints = {131, 137})
    @Rfc(number = 9293, section = "3.9.2.1", label = "MUST-53")
    void sourceRoutesAreDropped(int option) {
        receive(packet(PEER, HOST).options(1, option, 7, 4, 198, 18, 0, 9));
        assertDropped(Counter.DROP_IPV4_SOURCE_ROUTE);
    }

    @Test
    void aRouteLeadsToTheLinkTheGatewayOrNowhere() {
        RouteTable routes = new RouteTable(HOST, 24, 0, false);
        assertThat(routes.nextHop(PEER)).isEqualTo(PEER);
        assertThat(routes.nextHop(FAR)).isEqualTo(RouteTable.UNREACHABLE);
        assertThat(routes.nextHop(0xC61200FF)).isEqualTo(RouteTable.UNREACHABLE);
        assertThat(routes.isOwn(0x7F000001)).isFalse();
        assertThat(new RouteTable(HOST, 31, 0, false).isHost(HOST + 1)).isTrue();
        assertThat(new RouteTable(HOST, 32, PEER, false).nextHop(FAR)).isEqualTo(PEER);
        assertThat(bench.host.ip().reaches(0, Addresses.mappedLow(FAR))).isTrue();
        assertThat(bench.host.ip().reaches(0, Addresses.mappedLow(0x7F000001))).isFalse();
        assertThat(bench.host.ip().reaches(0xFD00L << 48, 1)).isFalse();
    }

    @Test
    void whatIsSentHasARightHeader() {
        bench.resolvePeer();
        bench.hostSends(PEER, DATA);
        ParsedFrame frame = bench.peer.received().get(0);
        assertThat(frame.destinationMac()).isEqualTo(bench.peer.mac());
        assertThat(frame.sourceMac()).isEqualTo(bench.hostMac());
        assertThat(frame.ipChecksumIsRight()).isTrue();
        assertThat(frame.ipFlagsAndOffset()).isEqualTo(0x4000);
        assertThat(frame.ipTimeToLive()).isEqualTo(64);
        assertThat(frame.ipProtocol()).isEqualTo(6);
        assertThat(frame.ipSource()).isEqualTo(HOST);
        assertThat(frame.ipDestination()).isEqualTo(PEER);
        assertThat(frame.ipPayload()).isEqualTo(DATA);
    }

    @Test
    @Rfc(number = 9293, section = "3.9.2", label = "MUST-49")
    void theTimeToLiveCanBeSet() {
        bench.resolvePeer();
        bench.host.internet().timeToLive(255);
        bench.hostSends(PEER, DATA);
        ParsedFrame frame = bench.peer.received().get(0);
        assertThat(frame.ipTimeToLive()).isEqualTo(255);
        assertThat(frame.ipChecksumIsRight()).isTrue();
    }

    @Test
    void whatCannotBeSentIsDroppedAndCounted() {
        bench.hostSends(PEER, new byte[1481]);
        bench.hostSends(0xFFFFFFFF, DATA);
        assertThat(bench.count(Counter.DROP_TOO_BIG)).isEqualTo(1);
        assertThat(bench.count(Counter.DROP_NO_ROUTE)).isEqualTo(1);
        assertThat(bench.peer.received()).isEmpty();
    }

    private static Frames.Ipv4 packet(int source, int destination) {
        return Frames.ipv4(source, destination).payload(6, DATA);
    }

    private void receive(Frames.Ipv4 packet) {
        bench.exchange(packet.frame(bench.hostMac(), bench.peer.mac()));
    }

    private RawTransport.Received onlyReceived() {
        assertThat(bench.transport.received).hasSize(1);
        return bench.transport.received.get(0);
    }

    private void assertDropped(Counter reason) {
        assertThat(bench.transport.received).isEmpty();
        assertThat(bench.count(reason)).isEqualTo(1);
        assertThat(bench.lent()).isZero();
    }
}
