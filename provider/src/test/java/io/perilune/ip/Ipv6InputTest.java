package io.perilune.ip;

import static io.perilune.sim.SimBench6.HOST;
import static io.perilune.sim.SimBench6.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import io.perilune.packet.Frames6;
import io.perilune.sim.SimBench6;
import io.perilune.sim.SimBench6.Packet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What RFC 8200 asks of a host that receives, packet by packet. */
class Ipv6InputTest {

    private static final long ALL_NODES_MAC = 0x3333_0000_0001L;
    private static final byte[] SEGMENT = Frames6.tcp(PEER, HOST, 1, 2, 3, 2, Frames.pattern(30));

    private final SimBench6 bench = new SimBench6();

    @BeforeEach
    void thePeerIsKnown() {
        bench.resolve(PEER);
        bench.received();
    }

    @AfterEach
    void noBufferIsLeaked() {
        bench.host.internet().close();
        assertThat(bench.lent()).isZero();
    }

    @Test
    void aSegmentReachesTheTransportWithoutPadding() {
        byte[] padded = Frames.join(Frames6.packet(PEER, HOST, 6, 64, SEGMENT), new byte[7]);
        assertThat(bench.exchange(padded)).isEmpty();
        assertThat(bench.transport.received).hasSize(1);
        assertThat(bench.transport.received.get(0).bytes()).isEqualTo(SEGMENT);
    }

    @Test
    void theTrafficClassIsToldAndTheFlowLabelIgnored() {
        byte[] packet = Frames6.packet(PEER, HOST, 6, 1, SEGMENT);
        packet[0] = 0x6A;
        packet[1] = (byte) 0xBC;
        packet[2] = 0x12;
        bench.exchange(packet);
        assertThat(bench.transport.received.get(0).trafficClass()).isEqualTo(0xAB);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 39})
    void aTruncatedHeaderIsDropped(int length) {
        bench.exchange(Frames.part(Frames6.packet(PEER, HOST, 6, 64, SEGMENT), 0, length));
        assertDropped(Counter.DROP_IPV6_HEADER);
    }

    @Test
    void aPacketShorterThanItsLengthOrOfAnotherVersionIsDropped() {
        byte[] packet = Frames6.packet(PEER, HOST, 6, 64, SEGMENT);
        bench.exchange(Frames.part(packet, 0, packet.length - 1));
        assertThat(bench.count(Counter.DROP_IPV6_HEADER)).isEqualTo(1);
        packet[0] = 0x40;
        bench.exchange(packet);
        assertThat(bench.count(Counter.DROP_IPV6_HEADER)).isEqualTo(2);
        assertThat(bench.transport.received).isEmpty();
    }

    /** RFC 4291 §2.5.2, §2.5.3, §2.5.5.2, §2.7; the own address is the LAND attack. */
    @ParameterizedTest
    @ValueSource(strings = {"::", "::1", "ff02::1", "::ffff:198.18.0.1", HOST})
    void sourcesThatCannotBeAreDropped(String source) {
        bench.exchange(Frames6.packet(source, HOST, 6, 64, SEGMENT));
        assertDropped(Counter.DROP_IPV6_SOURCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fd00:7065::3", "::1", "::", "::ffff:198.18.0.2", "fe80::1"})
    void packetsForOthersAreDropped(String destination) {
        bench.exchange(Frames6.packet(PEER, destination, 6, 64, SEGMENT));
        assertDropped(Counter.DROP_IPV6_DESTINATION);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff02::2", "ff02::fb", "ff05::1", "ff02::1:ff00:3"})
    void groupsThatThisHostIsNotInAreDropped(String group) {
        bench.exchange(Frames6.packet(PEER, group, 6, 64, SEGMENT), ALL_NODES_MAC);
        assertDropped(Counter.DROP_IPV6_DESTINATION);
    }

    /** RFC 9293 §3.9.2.3 (MUST-57): TCP is not for groups; nor is what came to all for one address. */
    @Test
    void segmentsToGroupsAreDroppedInSilence() {
        assertThat(bench.exchange(Frames6.packet(PEER, "ff02::1", 6, 64, SEGMENT), ALL_NODES_MAC))
                .isEmpty();
        assertThat(bench.exchange(Frames6.packet(PEER, HOST, 6, 64, SEGMENT), ALL_NODES_MAC))
                .isEmpty();
        assertThat(bench.exchange(Frames6.packet(PEER, "ff02::1", 6, 64, SEGMENT)))
                .isEmpty();
        assertThat(bench.count(Counter.DROP_IPV6_GROUP)).isEqualTo(3);
        assertThat(bench.transport.received).isEmpty();
    }

    /** RFC 8200 §4. */
    @ParameterizedTest
    @CsvSource({"132, 6", "50, 6", "51, 6", "41, 6", "4, 6", "255, 6"})
    void anUnknownProtocolIsAParameterProblem(int protocol, int pointer) {
        byte[] packet = Frames6.packet(PEER, HOST, protocol, 64, new byte[20]);
        assertProblem(bench.exchange(packet), packet, 1, pointer);
        assertThat(bench.count(Counter.DROP_IPV6_PROTOCOL)).isEqualTo(1);
    }

    @Test
    void nothingBehindTheHeadersIsNoProblem() {
        assertThat(bench.exchange(Frames6.packet(PEER, HOST, 59, 64, new byte[0])))
                .isEmpty();
        assertDropped(Counter.DROP_IPV6_PROTOCOL);
    }

    /** RFC 4443 §3.1. */
    @Test
    void aDatagramForAPortIsAnsweredWithPortUnreachable() {
        byte[] packet = Frames6.packet(PEER, HOST, 17, 64, new byte[20]);
        Packet answer = only(bench.exchange(packet));
        assertThat(answer.octet(0)).isEqualTo(1);
        assertThat(answer.octet(1)).isEqualTo(4);
        assertThat(bench.exchange(Frames6.packet(PEER, "ff02::1", 17, 64, new byte[20]), ALL_NODES_MAC))
                .isEmpty();
    }

    @Test
    void optionsAndUsedUpRoutingHeadersArePassed() {
        byte[] destination = Frames6.extension(6, SEGMENT, 1, 4, 0, 0, 0, 0);
        byte[] routing = Frames6.extension(60, destination, 0, 0);
        byte[] hopByHop = Frames6.extension(43, routing, 5, 2, 0, 0, 0x1E, 0);
        bench.exchange(Frames6.packet(PEER, HOST, 0, 64, hopByHop));
        assertThat(bench.transport.received).hasSize(1);
        assertThat(bench.transport.received.get(0).bytes()).isEqualTo(SEGMENT);
    }

    /** RFC 8200 §4.2: the high bits of an option that is not known. */
    @ParameterizedTest
    @CsvSource({
        "0x1E, false, false, true",
        "0x5E, false, false, false",
        "0x9E, true, true, false",
        "0xDE, true, false, false"
    })
    void unknownOptionsDoAsTheirHighBitsSay(int option, boolean told, boolean toldToGroup, boolean passed) {
        byte[] options = Frames6.extension(6, SEGMENT, option, 4, 0, 0, 0, 0);
        byte[] packet = Frames6.packet(PEER, HOST, 60, 64, options);
        List<Packet> answers = bench.exchange(packet);
        assertThat(answers).hasSize(told ? 1 : 0);
        if (told) {
            assertProblem(answers, packet, 2, 42);
        }
        assertThat(bench.transport.received).hasSize(passed ? 1 : 0);
        assertThat(bench.count(Counter.DROP_IPV6_OPTION)).isEqualTo(passed ? 0 : 1);
        assertThat(bench.exchange(Frames6.packet(PEER, "ff02::1", 60, 64, options), ALL_NODES_MAC))
                .hasSize(toldToGroup ? 1 : 0);
    }

    /** RFC 8200 §4.4, RFC 5095 §3. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 4, 253})
    void aRoutingHeaderThatLeadsOnIsDropped(int type) {
        byte[] routing = Frames6.extension(6, SEGMENT, type, 1, 0, 0, 0, 0);
        byte[] packet = Frames6.packet(PEER, HOST, 43, 64, routing);
        assertProblem(bench.exchange(packet), packet, 0, 42);
        assertDropped(Counter.DROP_IPV6_ROUTING);
    }

    /** RFC 8200 §4.1: hop-by-hop options stand first or nowhere. */
    @Test
    void hopByHopOptionsInTheWrongPlaceAreAProblem() {
        byte[] inner = Frames6.extension(6, SEGMENT, 1, 4, 0, 0, 0, 0);
        byte[] packet = Frames6.packet(PEER, HOST, 60, 64, Frames6.extension(0, inner, 1, 4, 0, 0, 0, 0));
        assertProblem(bench.exchange(packet), packet, 1, 40);
        assertDropped(Counter.DROP_IPV6_EXTENSION);
    }

    /** RFC 8200 §4.1: behind a fragment header they do not stand first, though they do once the header is taken off. */
    @Test
    void hopByHopOptionsInsideFragmentsAreAProblem() {
        byte[] inner = Frames6.extension(6, SEGMENT, 1, 4, 0, 0, 0, 0);
        byte[] first = Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(0, 7, 0, true, Frames.part(inner, 0, 32)));
        assertProblem(bench.exchange(first), first, 1, 40);
        assertThat(bench.count(Counter.DROP_FRAGMENT_MALFORMED)).isEqualTo(1);
        bench.exchange(Frames6.packet(
                PEER, HOST, 44, 64, Frames6.fragment(0, 7, 32, false, Frames.part(inner, 32, inner.length))));
        assertThat(bench.transport.received).isEmpty();
    }

    /** RFC 7112 §4: the first fragment has TCP's whole header, options too; nothing of it is hidden in the second. */
    @ParameterizedTest
    @CsvSource({"8, 5, false", "16, 5, false", "24, 7, false", "24, 6, true", "32, 8, true", "24, 5, true"})
    void aFirstFragmentHasAllOfTcpsHeader(int length, int words, boolean taken) {
        byte[] part = Frames.part(Frames.join(SEGMENT, new byte[40]), 0, length);
        if (length > 12) {
            part[12] = (byte) (words << 4);
        }
        byte[] first = Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, 7, 0, true, part));
        List<Packet> answers = bench.exchange(first);
        assertThat(bench.count(Counter.DROP_FRAGMENT_MALFORMED)).isEqualTo(taken ? 0 : 1);
        if (taken) {
            assertThat(answers).isEmpty();
        } else {
            assertProblem(answers, first, 3, 0);
        }
    }

    /** RFC 4291 §2.7: interface-local groups are for what a node sends to itself; from a link none can be meant. */
    @Test
    void aPacketForTheInterfacesOwnGroupDoesNotComeOverALink() {
        byte[] echo = Frames6.icmp(PEER, "ff01::1", 128, 0, 1, new byte[8]);
        assertThat(bench.exchange(Frames6.packet(PEER, "ff01::1", 58, 64, echo), 0x3333_0000_0001L))
                .isEmpty();
        assertThat(bench.count(Counter.DROP_IPV6_DESTINATION)).isEqualTo(1);
    }

    /** RFC 8504 §5.3. */
    @Test
    void headersAndOptionsWithoutEndAreNotFollowed() {
        byte[] payload = SEGMENT;
        for (int i = 0; i < 9; i++) {
            payload = Frames6.extension(i == 0 ? 6 : 60, payload, 1, 4, 0, 0, 0, 0);
        }
        bench.exchange(Frames6.packet(PEER, HOST, 60, 64, payload));
        assertDropped(Counter.DROP_IPV6_EXTENSION);
        int[] options = new int[2 * 20];
        for (int i = 0; i < 20; i++) {
            options[2 * i] = 0x1E;
        }
        bench.exchange(Frames6.packet(PEER, HOST, 60, 64, Frames6.extension(6, SEGMENT, options)));
        assertDropped(Counter.DROP_IPV6_OPTION);
    }

    /** Every place at which a packet of extension headers can end early, its length field telling the truth or not. */
    @Test
    void everyTruncationIsCountedAndHarmless() {
        byte[] chain = Frames6.extension(
                43, Frames6.extension(60, Frames6.extension(6, SEGMENT, 1, 4, 0, 0, 0, 0), 0, 0), 5, 2, 0, 0, 1, 0);
        int sent = 0;
        for (int length = 0; length < chain.length; length++) {
            byte[] cut = Frames.part(chain, 0, length);
            bench.exchange(Frames6.packet(PEER, HOST, 0, 64, cut));
            byte[] lies = Frames6.packet(PEER, HOST, 0, 64, chain);
            bench.exchange(Frames.part(lies, 0, 40 + length));
            sent += 2;
        }
        long dropped = bench.count(Counter.DROP_IPV6_EXTENSION) + bench.count(Counter.DROP_IPV6_HEADER);
        assertThat(dropped + bench.transport.received.size()).isEqualTo(sent);
        assertThat(bench.transport.received).hasSize(SEGMENT.length);
    }

    /** Every length an extension header or an option can claim. */
    @Test
    void everyLengthIsCountedAndHarmless() {
        int sent = 0;
        for (int length = 0; length < 256; length++) {
            byte[] options = Frames6.extension(6, SEGMENT, 1, 4, 0, 0, 0, 0);
            options[1] = (byte) length;
            bench.exchange(Frames6.packet(PEER, HOST, 60, 64, options));
            byte[] option = Frames6.extension(6, SEGMENT, 0x1E, length, 0, 0, 0, 0);
            bench.exchange(Frames6.packet(PEER, HOST, 60, 64, option));
            sent += 2;
        }
        long dropped = bench.count(Counter.DROP_IPV6_EXTENSION)
                + bench.count(Counter.DROP_IPV6_OPTION)
                + bench.count(Counter.DROP_IPV6_PROTOCOL);
        assertThat(dropped + bench.transport.received.size()).isEqualTo(sent);
    }

    /** RFC 4443 §2.4 (e): no error about an error, a redirect, or what an unspecified source sent. */
    @Test
    void errorsAreNotAnsweredWithErrors() {
        byte[] error = Frames6.icmp(PEER, HOST, 1, 0, 0, new byte[48]);
        byte[] redirect = Frames6.icmp(PEER, HOST, 137, 0, 0, new byte[48]);
        byte[] echo = Frames6.icmp(PEER, HOST, 128, 0, 0, new byte[48]);
        assertThat(bench.exchange(withUnknownOption(error))).isEmpty();
        assertThat(bench.exchange(withUnknownOption(redirect))).isEmpty();
        assertThat(bench.exchange(withUnknownOption(echo))).hasSize(1);
    }

    @Test
    void errorsAreLimitedAndQuoteNoMoreThanTheLeastMtuHolds() {
        byte[] packet = Frames6.packet(PEER, HOST, 17, 64, Frames.pattern(1400));
        Packet answer = only(bench.exchange(packet));
        assertThat(answer.payload()).hasSize(1280 - 40);
        assertThat(Frames.part(answer.payload(), 8, 1240)).isEqualTo(Frames.part(packet, 0, 1232));
        for (int i = 0; i < 100; i++) {
            bench.exchange(packet);
        }
        assertThat(bench.count(Counter.ICMP_ERRORS_SENT)).isLessThan(60);
        assertThat(bench.count(Counter.ICMP_ERRORS_LIMITED)).isPositive();
    }

    private static byte[] withUnknownOption(byte[] message) {
        return Frames6.packet(PEER, HOST, 60, 64, Frames6.extension(58, message, 0x9E, 4, 0, 0, 0, 0));
    }

    private void assertDropped(Counter reason) {
        assertThat(bench.count(reason)).isEqualTo(1);
        assertThat(bench.transport.received).isEmpty();
    }

    private static void assertProblem(List<Packet> answers, byte[] packet, int code, int pointer) {
        Packet answer = only(answers);
        assertThat(answer.source()).isEqualTo(HOST);
        assertThat(answer.destination()).isEqualTo(PEER);
        assertThat(answer.octet(0)).isEqualTo(4);
        assertThat(answer.octet(1)).isEqualTo(code);
        assertThat(answer.word(4)).isEqualTo(pointer);
        assertThat(Frames.part(answer.payload(), 8, answer.payload().length)).isEqualTo(packet);
        assertThat(Frames6.checksum(HOST, PEER, 58, answer.payload())).isZero();
    }

    private static Packet only(List<Packet> packets) {
        assertThat(packets).hasSize(1);
        return packets.get(0);
    }
}
