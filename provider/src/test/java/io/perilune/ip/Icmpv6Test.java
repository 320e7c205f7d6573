package io.perilune.ip;

import static io.perilune.sim.SimBench6.FAR;
import static io.perilune.sim.SimBench6.GATEWAY;
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

/** RFC 4443 and RFC 8201, message by message. */
class Icmpv6Test {

    private static final long SECOND = 1_000_000_000L;
    private static final byte[] QUOTE =
            Frames6.packet(HOST, FAR, 6, 60, Frames6.tcp(HOST, FAR, 40000, 443, 0x89ABCDEF, 2, new byte[0]));

    private final SimBench6 bench = new SimBench6();

    @BeforeEach
    void theNeighborsAreKnown() {
        bench.resolve(PEER);
        bench.resolve(GATEWAY);
        bench.received();
    }

    @AfterEach
    void noBufferIsLeaked() {
        bench.host.internet().close();
        assertThat(bench.lent()).isZero();
    }

    /** RFC 4443 §4.2. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 56, 1452})
    void anEchoIsAnsweredWithItsData(int length) {
        byte[] data = Frames.pattern(length);
        List<Packet> replies = receive(Frames6.icmp(PEER, HOST, 128, 0, 0x12340001, data));
        assertThat(replies).hasSize(1);
        assertThat(replies.get(0).source()).isEqualTo(HOST);
        assertThat(replies.get(0).destination()).isEqualTo(PEER);
        assertThat(replies.get(0).payload()).isEqualTo(Frames6.icmp(HOST, PEER, 129, 0, 0x12340001, data));
    }

    /** RFC 4443 §4.2: an echo to a group is answered from the host's own address. */
    @Test
    void anEchoToAllNodesIsAnsweredFromTheOwnAddress() {
        byte[] echo = Frames6.icmp("fe80::1", "ff02::1", 128, 0, 7, Frames.pattern(8));
        bench.exchange(Frames6.packet("fe80::1", "ff02::1", 58, 64, echo), 0x3333_0000_0001L);
        byte[] answer =
                Frames6.neighbor("fe80::1", bench.linkLocal(), 136, 0x6000_0000, "fe80::1", 2, bench.peer.mac());
        List<Packet> replies = bench.exchange(Frames6.packet("fe80::1", bench.linkLocal(), 58, 255, answer));
        assertThat(replies).hasSize(1);
        assertThat(replies.get(0).source()).isEqualTo(bench.linkLocal());
        assertThat(replies.get(0).octet(0)).isEqualTo(129);
    }

    @Test
    void echoesAreLimited() {
        for (int i = 0; i < 3_000; i++) {
            receive(Frames6.icmp(PEER, HOST, 128, 0, i, new byte[8]));
        }
        assertThat(bench.count(Counter.ICMP_ECHO_REPLIES)).isLessThanOrEqualTo(1_001);
        assertThat(bench.count(Counter.DROP_ICMP_ECHO_LIMITED)).isPositive();
    }

    @Test
    void everyTruncationIsDropped() {
        byte[] echo = Frames6.icmp(PEER, HOST, 128, 0, 7, new byte[0]);
        for (int length = 0; length < 8; length++) {
            byte[] cut = Frames.part(echo, 0, length);
            if (length >= 4) {
                cut = Frames6.withChecksum(PEER, HOST, 58, 2, cut);
            }
            assertThat(receive(cut)).isEmpty();
        }
        assertThat(bench.count(Counter.DROP_ICMP_MALFORMED)).isEqualTo(8);
    }

    /** RFC 4443 §3, for TCP by RFC 9293 §3.9.2.2. */
    @ParameterizedTest
    @CsvSource({
        "1, 0, NET_UNREACHABLE", "1, 1, PROHIBITED", "1, 2, NET_UNREACHABLE", "1, 3, HOST_UNREACHABLE",
        "1, 4, PORT_UNREACHABLE", "1, 5, PROHIBITED", "1, 6, PROHIBITED", "3, 0, TIME_EXCEEDED",
        "4, 0, PARAMETER_PROBLEM", "4, 1, PROTOCOL_UNREACHABLE", "4, 2, PARAMETER_PROBLEM"
    })
    void anErrorAboutASegmentReachesTheTransport(int type, int code, IcmpError error) {
        assertThat(receive(Frames6.icmp(PEER, HOST, type, code, 0, QUOTE))).isEmpty();
        assertThat(bench.transport.failed).hasSize(1);
        assertThat(bench.transport.failed.get(0).error()).isEqualTo(error);
        assertThat(bench.transport.failed.get(0).localPort()).isEqualTo(40000);
        assertThat(bench.transport.failed.get(0).remotePort()).isEqualTo(443);
        assertThat(bench.transport.failed.get(0).sequence()).isEqualTo(0x89ABCDEF);
    }

    @ParameterizedTest
    @CsvSource({"1, 7", "3, 1", "5, 0", "100, 0", "127, 0", "129, 0", "200, 0", "255, 0"})
    void otherMessagesAreCountedAndLeft(int type, int code) {
        assertThat(receive(Frames6.icmp(PEER, HOST, type, code, 0, QUOTE))).isEmpty();
        assertThat(bench.count(Counter.DROP_ICMP_TYPE)).isEqualTo(1);
        assertThat(bench.transport.failed).isEmpty();
    }

    /** Whatever is quoted that this host cannot have sent with TCP. */
    @Test
    void quotesOfOthersAreIgnored() {
        byte[] stranger = Frames6.packet(PEER, FAR, 6, 60, new byte[20]);
        byte[] udp = Frames6.packet(HOST, FAR, 17, 60, new byte[20]);
        byte[] toGroup = Frames6.packet(HOST, "ff02::1", 6, 60, new byte[20]);
        byte[] version = QUOTE.clone();
        version[0] = 0x45;
        int ignored = 0;
        for (byte[] quote : new byte[][] {stranger, udp, toGroup, version}) {
            receive(Frames6.icmp(PEER, HOST, 1, 0, 0, quote));
            ignored++;
        }
        for (int length = 0; length < 48; length++) {
            receive(Frames6.icmp(PEER, HOST, 1, 0, 0, Frames.part(QUOTE, 0, length)));
            ignored++;
        }
        assertThat(bench.transport.failed).isEmpty();
        assertThat(bench.count(Counter.DROP_ICMP_QUOTE)).isEqualTo(ignored);
    }

    /** RFC 8201 §4. */
    @Test
    void aPathMtuThatTcpBelievesIsKeptForTenMinutes() {
        receive(Frames6.icmp(PEER, HOST, 2, 0, 1400, QUOTE));
        assertThat(bench.transport.failed.get(0).mtu()).isEqualTo(1400);
        assertThat(mtu(FAR)).isEqualTo(1400);
        assertThat(mtu(PEER)).isEqualTo(1500);
        bench.run(590 * SECOND);
        assertThat(mtu(FAR)).isEqualTo(1400);
        bench.run(80 * SECOND);
        assertThat(mtu(FAR)).isEqualTo(1500);
    }

    /** RFC 8201 §4: never below 1280, never up. */
    @ParameterizedTest
    @ValueSource(ints = {0, 68, 1279, 1500, 9000, -1})
    void aPathMtuThatCannotBeChangesNothing(int mtu) {
        receive(Frames6.icmp(PEER, HOST, 2, 0, mtu, QUOTE));
        assertThat(mtu(FAR)).isEqualTo(1500);
        assertThat(bench.transport.failed).isEmpty();
    }

    /** RFC 5927 §7.2. */
    @Test
    void aPathMtuThatTcpDoesNotBelieveChangesNothing() {
        bench.transport.believes = false;
        receive(Frames6.icmp(PEER, HOST, 2, 0, 1400, QUOTE));
        assertThat(bench.transport.failed).hasSize(1);
        assertThat(mtu(FAR)).isEqualTo(1500);
    }

    @Test
    void aPathMtuOnceLoweredIsNotRaisedByALargerOne() {
        receive(Frames6.icmp(PEER, HOST, 2, 0, 1300, QUOTE));
        receive(Frames6.icmp(PEER, HOST, 2, 0, 1400, QUOTE));
        assertThat(mtu(FAR)).isEqualTo(1300);
    }

    private int mtu(String destination) {
        byte[] octets = Frames6.address(destination);
        return bench.host.ip().mtuFor(SimBench6.high(octets), SimBench6.low(octets));
    }

    private List<Packet> receive(byte[] message) {
        return bench.exchange(Frames6.packet(PEER, HOST, 58, 64, message));
    }
}
