package io.perilune.ip;

import static io.perilune.sim.SimBench.FAR;
import static io.perilune.sim.SimBench.GATEWAY;
import static io.perilune.sim.SimBench.HOST;
import static io.perilune.sim.SimBench.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import io.perilune.packet.NaiveChecksum;
import io.perilune.packet.ParsedFrame;
import io.perilune.sim.RawTransport;
import io.perilune.sim.SimBench;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Icmpv4Test {

    private static final long SECOND = 1_000_000_000L;
    private static final byte[] SYN = Frames.tcp(HOST, FAR, 40000, 443, 0x89ABCDEF, 0, 2, new byte[0]);

    private final SimBench bench = new SimBench();

    @BeforeEach
    void theNeighborsAreKnown() {
        bench.resolvePeer();
        bench.hostSends(GATEWAY, new byte[20]);
        bench.peerAnswers(GATEWAY);
        bench.peer.received();
    }

    @AfterEach
    void noBufferIsLeaked() {
        bench.host.internet().close();
        assertThat(bench.lent()).isZero();
    }

    /** RFC 792, echo; RFC 1122 §3.2.2.6. */
    @ParameterizedTest
    @CsvSource({"0", "1", "56", "1472"})
    void anEchoIsAnsweredWithItsData(int length) {
        byte[] data = Frames.pattern(length);
        List<ParsedFrame> replies = receive(Frames.icmp(8, 0, 0x12340001, data));
        assertThat(replies).hasSize(1);
        ParsedFrame reply = replies.get(0);
        assertThat(reply.ipSource()).isEqualTo(HOST);
        assertThat(reply.ipDestination()).isEqualTo(PEER);
        assertThat(reply.ipChecksumIsRight()).isTrue();
        assertThat(reply.ipPayload()).isEqualTo(Frames.icmp(0, 0, 0x12340001, data));
    }

    @Test
    void anEchoWithOptionsIsAnsweredWithoutThem() {
        byte[] frame = Frames.ipv4(PEER, HOST)
                .options(1, 1, 1, 0)
                .payload(1, Frames.icmp(8, 0, 7, Frames.pattern(10)))
                .frame(bench.hostMac(), bench.peer.mac());
        ParsedFrame reply = bench.exchange(frame).get(0);
        assertThat(reply.ipHeaderLength()).isEqualTo(20);
        assertThat(reply.ipPayload()).isEqualTo(Frames.icmp(0, 0, 7, Frames.pattern(10)));
    }

    /** RFC 1122 §3.2.2.6 lets a host ignore echoes to broadcast addresses; this one does. */
    @Test
    void anEchoToABroadcastIsNotAnswered() {
        byte[] echo = Frames.icmp(8, 0, 1, new byte[8]);
        assertThat(bench.exchange(
                        Frames.ipv4(PEER, 0xC61200FF).payload(1, echo).frame(Frames.BROADCAST, bench.peer.mac())))
                .isEmpty();
        assertThat(bench.exchange(Frames.ipv4(PEER, HOST).payload(1, echo).frame(Frames.BROADCAST, bench.peer.mac())))
                .isEmpty();
    }

    @Test
    void echoesAreLimited() {
        for (int i = 0; i < 3000; i++) {
            receive(Frames.icmp(8, 0, i, new byte[8]));
        }
        assertThat(bench.count(Counter.ICMP_ECHO_REPLIES)).isEqualTo(1000);
        assertThat(bench.count(Counter.DROP_ICMP_ECHO_LIMITED)).isEqualTo(2000);
    }

    @Test
    void malformedMessagesAreDropped() {
        byte[] wrong = Frames.icmp(8, 0, 1, new byte[8]);
        wrong[9] ^= 1;
        assertThat(receive(wrong)).isEmpty();
        assertThat(receive(Frames.part(Frames.icmp(8, 0, 1, new byte[8]), 0, 7)))
                .isEmpty();
        assertThat(bench.count(Counter.DROP_ICMP_MALFORMED)).isEqualTo(2);
    }

    /** RFC 6633: source quench; and redirects, timestamps, masks. */
    @ParameterizedTest
    @CsvSource({"0", "4", "5", "9", "10", "13", "17", "255"})
    @Rfc(number = 9293, section = "3.9.2.2", label = "MUST-55")
    void otherTypesAreIgnored(int type) {
        assertThat(receive(Frames.icmp(type, 0, GATEWAY, quote(SYN)))).isEmpty();
        assertThat(bench.transport.failed).isEmpty();
        assertThat(bench.count(Counter.DROP_ICMP_TYPE)).isEqualTo(1);
    }

    /** RFC 1122 §4.1.3.1, §3.2.2.1. */
    @ParameterizedTest
    @CsvSource({"17,3", "47,2", "132,2", "4,2"})
    void otherProtocolsAreAnsweredWithUnreachable(int protocol, int code) {
        byte[] packet =
                Frames.ipv4(PEER, HOST).payload(protocol, Frames.pattern(100)).bytes();
        List<ParsedFrame> frames = bench.exchange(Frames.ethernet(bench.hostMac(), bench.peer.mac(), 0x0800, packet));
        assertThat(frames).hasSize(1);
        ParsedFrame error = frames.get(0);
        assertThat(error.ipSource()).isEqualTo(HOST);
        assertThat(error.ipDestination()).isEqualTo(PEER);
        assertThat(error.ipPayload()).isEqualTo(Frames.icmp(3, code, 0, Frames.part(packet, 0, 28)));
        assertThat(NaiveChecksum.of(error.ipPayload(), 0, error.ipPayload().length))
                .isZero();
    }

    @Test
    void aShortPacketIsQuotedAsFarAsItGoes() {
        byte[] packet =
                Frames.ipv4(PEER, HOST).payload(17, new byte[3]).padding(23).bytes();
        ParsedFrame error = bench.exchange(Frames.ethernet(bench.hostMac(), bench.peer.mac(), 0x0800, packet))
                .get(0);
        assertThat(error.ipPayload()).hasSize(8 + 23);
    }

    /** RFC 1122 §3.2.2. */
    @Test
    void noErrorIsSentAboutBroadcastsFragmentsAndErrors() {
        byte[] udp = new byte[20];
        bench.peer.send(Frames.ipv4(PEER, 0xC61200FF).payload(17, udp).frame(Frames.BROADCAST, bench.peer.mac()));
        bench.peer.send(Frames.ipv4(PEER, HOST).payload(17, udp).frame(Frames.BROADCAST, bench.peer.mac()));
        bench.peer.send(Frames.ipv4(PEER, HOST)
                .flagsAndOffset(0x2000)
                .payload(17, udp)
                .frame(bench.hostMac(), bench.peer.mac()));
        bench.peer.send(Frames.ipv4(PEER, HOST)
                .payload(1, Frames.icmp(3, 3, 0, new byte[28]))
                .frame(bench.hostMac(), bench.peer.mac()));
        bench.settle();
        assertThat(bench.peer.received()).isEmpty();
        assertThat(bench.count(Counter.ICMP_ERRORS_SENT)).isZero();
    }

    @Test
    void errorsAreLimited() {
        byte[] frame = Frames.ipv4(PEER, HOST).payload(17, new byte[20]).frame(bench.hostMac(), bench.peer.mac());
        for (int i = 0; i < 200; i++) {
            bench.exchange(frame);
        }
        assertThat(bench.count(Counter.ICMP_ERRORS_SENT)).isBetween(25L, 50L);
        assertThat(bench.count(Counter.ICMP_ERRORS_LIMITED)).isEqualTo(200 - bench.count(Counter.ICMP_ERRORS_SENT));
        bench.run(SECOND);
        assertThat(bench.exchange(frame)).hasSize(1);
    }

    /** RFC 792; RFC 1122 §3.2.2.1; RFC 1812 §5.2.7.1. */
    @ParameterizedTest
    @CsvSource({
        "3,0,NET_UNREACHABLE",
        "3,1,HOST_UNREACHABLE",
        "3,2,PROTOCOL_UNREACHABLE",
        "3,3,PORT_UNREACHABLE",
        "3,5,NET_UNREACHABLE",
        "3,6,NET_UNREACHABLE",
        "3,7,HOST_UNREACHABLE",
        "3,9,PROHIBITED",
        "3,13,PROHIBITED",
        "11,0,TIME_EXCEEDED",
        "12,0,PARAMETER_PROBLEM"
    })
    @Rfc(number = 9293, section = "3.9.2.2", label = "MUST-54")
    void anErrorAboutASegmentReachesTheTransport(int type, int code, IcmpError expected) {
        receive(Frames.icmp(type, code, 0, quote(SYN)));
        assertThat(bench.transport.failed)
                .containsExactly(new RawTransport.Failed(expected, 0, HOST, FAR, 40000, 443, 0x89ABCDEF));
    }

    @Test
    void anErrorThatDoesNotQuoteAnOwnSegmentIsIgnored() {
        byte[][] quotes = {
            new byte[0],
            Frames.part(quote(SYN), 0, 27),
            Frames.ipv4(PEER, FAR).payload(6, SYN).bytes(),
            Frames.ipv4(HOST, FAR).payload(17, SYN).bytes(),
            Frames.ipv4(HOST, FAR).flagsAndOffset(1).payload(6, SYN).bytes(),
            Frames.ipv4(HOST, FAR).version(6).payload(6, SYN).bytes(),
            Frames.ipv4(HOST, FAR).headerWords(4).payload(6, SYN).bytes(),
            Frames.ipv4(HOST, FAR).headerWords(15).payload(6, SYN).bytes(),
            Frames.ipv4(HOST, FAR).totalLength(27).payload(6, SYN).bytes(),
            Frames.ipv4(HOST, 0xE0000001).payload(6, SYN).bytes(),
        };
        for (byte[] quote : quotes) {
            receive(Frames.icmp(3, 1, 0, quote));
        }
        assertThat(bench.transport.failed).isEmpty();
        assertThat(bench.count(Counter.DROP_ICMP_QUOTE)).isEqualTo(quotes.length);
    }

    /** RFC 1191 §3, §6.3. */
    @Test
    void aPathMtuThatTcpBelievesIsKeptForTenMinutes() {
        receive(Frames.icmp(3, 4, 1280, quote(SYN)));
        assertThat(bench.transport.failed.get(0).error()).isEqualTo(IcmpError.PACKET_TOO_BIG);
        assertThat(bench.transport.failed.get(0).mtu()).isEqualTo(1280);
        assertThat(mtu(FAR)).isEqualTo(1280);
        assertThat(mtu(PEER)).isEqualTo(1500);
        bench.run(590 * SECOND);
        assertThat(mtu(FAR)).isEqualTo(1280);
        bench.run(80 * SECOND);
        assertThat(mtu(FAR)).isEqualTo(1500);
    }

    /** RFC 5927 §7.2. */
    @Test
    @Rfc(number = 5927, section = "7", label = "7/1")
    void aPathMtuThatTcpDoesNotBelieveChangesNothing() {
        bench.transport.believes = false;
        receive(Frames.icmp(3, 4, 1280, quote(SYN)));
        assertThat(bench.transport.failed).hasSize(1);
        assertThat(mtu(FAR)).isEqualTo(1500);
    }

    @Test
    @Rfc(number = 5927, section = "7", label = "7/1")
    void aPathMtuIsNeverLoweredBelowTheFloorNorRaised() {
        receive(Frames.icmp(3, 4, 68, quote(SYN)));
        assertThat(mtu(FAR)).isEqualTo(552);
        receive(Frames.icmp(3, 4, 1400, quote(SYN)));
        receive(Frames.icmp(3, 4, 9000, quote(SYN)));
        assertThat(mtu(FAR)).isEqualTo(552);
        assertThat(bench.transport.failed).hasSize(2);
    }

    /** A connection that was there before another one's error must hear of its own, or it sends too much for ever. */
    @Test
    void eachConnectionHearsOfAPathMtuThatIsKnownAlready() {
        receive(Frames.icmp(3, 4, 1280, quote(SYN)));
        byte[] other = Frames.tcp(HOST, FAR, 40001, 443, 7, 0, 2, new byte[0]);
        receive(Frames.icmp(3, 4, 1280, quote(other)));
        assertThat(bench.transport.failed).hasSize(2);
        assertThat(bench.transport.failed.get(1).localPort()).isEqualTo(40001);
        assertThat(bench.count(Counter.PATH_MTU_LOWERED)).isEqualTo(1);
    }

    /** RFC 1191 §5, §7: routers of old tell no MTU. */
    @Test
    void withoutAnMtuTheNextPlateauIsTaken() {
        receive(Frames.icmp(
                3,
                4,
                0,
                Frames.ipv4(HOST, FAR).totalLength(1500).payload(6, SYN).bytes()));
        assertThat(mtu(FAR)).isEqualTo(1492);
        receive(Frames.icmp(
                3,
                4,
                0,
                Frames.ipv4(HOST, FAR).totalLength(1492).payload(6, SYN).bytes()));
        assertThat(mtu(FAR)).isEqualTo(1006);
    }

    @Test
    void theMtuTableIsBounded() {
        for (int i = 1; i < 5000; i++) {
            receive(Frames.icmp(
                    3, 4, 1280, Frames.ipv4(HOST, FAR + i).payload(6, SYN).bytes()));
        }
        int remembered = 0;
        for (int i = 1; i < 5000; i++) {
            remembered += mtu(FAR + i) == 1280 ? 1 : 0;
        }
        assertThat(remembered).isBetween(100, 512);
        assertThat(mtu(FAR + 4999)).isEqualTo(1280);
    }

    private static byte[] quote(byte[] segment) {
        return Frames.part(Frames.ipv4(HOST, FAR).payload(6, segment).bytes(), 0, 28);
    }

    private int mtu(int destination) {
        return bench.host.ip().mtuFor(0, Addresses.mappedLow(destination));
    }

    private List<ParsedFrame> receive(byte[] message) {
        return bench.exchange(Frames.ipv4(PEER, HOST).payload(1, message).frame(bench.hostMac(), bench.peer.mac()));
    }
}
