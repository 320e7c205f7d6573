package io.perilune.ip;

import static io.perilune.sim.SimBench6.HOST;
import static io.perilune.sim.SimBench6.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import io.perilune.packet.Frames6;
import io.perilune.sim.SimBench;
import io.perilune.sim.SimBench6;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 791 §3.2, RFC 8200 §4.5, RFC 5722, RFC 6946: fragments of both families, on one host. */
class ReassemblerTest {

    private static final long SECOND = 1_000_000_000L;
    private static final byte[] SEGMENT = Frames6.tcp(PEER, HOST, 1, 2, 3, 2, Frames.pattern(1780));

    private final SimBench6 bench = new SimBench6();
    private int identification = 1;

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

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void fragmentsInAnyOrderMakeTheDatagram(long seed) {
        List<byte[]> fragments = new ArrayList<>();
        for (int at = 0; at < SEGMENT.length; at += 304) {
            fragments.add(ipv6(at, Math.min(at + 304, SEGMENT.length)));
        }
        Collections.shuffle(fragments, new Random(seed));
        for (byte[] fragment : fragments) {
            assertThat(bench.transport.received).isEmpty();
            bench.exchange(fragment);
        }
        assertThat(bench.transport.received).hasSize(1);
        assertThat(bench.transport.received.get(0).bytes()).isEqualTo(SEGMENT);
        assertThat(bench.transport.received.get(0).burstFlags()).isZero();
        assertThat(bench.count(Counter.DATAGRAMS_REASSEMBLED)).isEqualTo(1);
        assertThat(bench.lent()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void fragmentsOfIpv4MakeTheDatagramToo(boolean lastFirst) {
        byte[] echo = Frames.icmp(8, 0, 7, Frames.pattern(1400));
        byte[] first = Frames.ipv4(SimBench.PEER, SimBench.HOST)
                .options(1, 1, 1, 0)
                .flagsAndOffset(0x2000)
                .payload(1, Frames.part(echo, 0, 800))
                .frame(bench.hostMac(), bench.peer.mac());
        byte[] last = Frames.ipv4(SimBench.PEER, SimBench.HOST)
                .flagsAndOffset(100)
                .payload(1, Frames.part(echo, 800, echo.length))
                .frame(bench.hostMac(), bench.peer.mac());
        bench.peer.send(lastFirst ? last : first);
        bench.peer.send(lastFirst ? first : last);
        bench.settle();
        assertThat(bench.count(Counter.DATAGRAMS_REASSEMBLED)).isEqualTo(1);
        assertThat(bench.count(Counter.ICMP_ECHO_REPLIES)).isEqualTo(1);
    }

    /** RFC 6946 §4: whole by itself, though others of the same identification wait. */
    @Test
    void anAtomicFragmentIsAPacket() {
        byte[] small = Frames6.tcp(PEER, HOST, 1, 2, 3, 2, Frames.pattern(9));
        bench.exchange(ipv6(0, 800));
        bench.exchange(Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, identification, 0, false, small)));
        assertThat(bench.transport.received).hasSize(1);
        assertThat(bench.transport.received.get(0).bytes()).isEqualTo(small);
        bench.exchange(ipv6(800, SEGMENT.length));
        assertThat(bench.transport.received).hasSize(2);
        assertThat(bench.transport.received.get(1).bytes()).isEqualTo(SEGMENT);
    }

    /** RFC 5722 §4: the whole datagram goes, and what comes of it later. */
    @ParameterizedTest
    @ValueSource(strings = {"8-16", "0-808", "792-1600", "0-24", "799-1800"})
    void overlapEndsTheDatagram(String range) {
        int from = Integer.parseInt(range.substring(0, range.indexOf('-'))) / 8 * 8;
        int to = Math.min(Integer.parseInt(range.substring(range.indexOf('-') + 1)), SEGMENT.length);
        bench.exchange(ipv6(0, 800));
        byte[] evil = Frames.part(SEGMENT, from, to);
        evil[0] ^= 1;
        bench.exchange(Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, identification, from, true, pad(evil))));
        assertThat(bench.count(Counter.DROP_FRAGMENT_OVERLAP)).isEqualTo(1);
        bench.exchange(ipv6(800, SEGMENT.length));
        assertThat(bench.count(Counter.DROP_FRAGMENT_OF_DROPPED)).isEqualTo(1);
        assertThat(bench.transport.received).isEmpty();
        assertThat(bench.lent()).isZero();
    }

    @Test
    void anIpv4OverlapEndsTheDatagramToo() {
        byte[] data = Frames.pattern(80);
        for (int offset : new int[] {0, 5}) {
            byte[] part = data.clone();
            part[0] = (byte) (part[0] + offset);
            bench.peer.send(Frames.ipv4(SimBench.PEER, SimBench.HOST)
                    .flagsAndOffset(0x2000 | offset)
                    .payload(6, part)
                    .frame(bench.hostMac(), bench.peer.mac()));
        }
        bench.settle();
        assertThat(bench.count(Counter.DROP_FRAGMENT_OVERLAP)).isEqualTo(1);
        assertThat(bench.lent()).isZero();
    }

    /** RFC 8200 §4.5: an exact duplicate may be ignored. */
    @Test
    void aRepeatedFragmentDoesNoHarm() {
        bench.exchange(ipv6(0, 800));
        bench.exchange(ipv6(0, 800));
        bench.exchange(ipv6(1600, SEGMENT.length));
        bench.exchange(ipv6(1600, SEGMENT.length));
        bench.exchange(ipv6(800, 1600));
        assertThat(bench.count(Counter.FRAGMENTS_REPEATED)).isEqualTo(2);
        assertThat(bench.transport.received.get(0).bytes()).isEqualTo(SEGMENT);
    }

    @Test
    void twoEndsCannotBothBeRight() {
        bench.exchange(ipv6(0, 800));
        bench.exchange(Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, 1, 1600, false, new byte[100])));
        bench.exchange(Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, 1, 1704, false, new byte[8])));
        assertThat(bench.count(Counter.DROP_FRAGMENT_OVERLAP)).isEqualTo(1);
        assertThat(bench.lent()).isZero();
    }

    /** RFC 8200 §4.5: 60 seconds, then the sender is told, quoting the first fragment. */
    @Test
    void aDatagramThatDoesNotBecomeWholeIsForgotten() {
        bench.exchange(ipv6(0, 800));
        bench.exchange(ipv6Of(2, 800, 1600));
        bench.run(30 * SECOND);
        assertThat(bench.lent()).isEqualTo(2);
        bench.run(31 * SECOND);
        bench.run(4 * SECOND);
        List<SimBench6.Packet> told =
                bench.received().stream().filter(packet -> packet.octet(0) == 3).toList();
        assertThat(bench.count(Counter.DROP_FRAGMENT_TIMEOUT)).isEqualTo(2);
        assertThat(bench.lent()).isZero();
        assertThat(told).hasSize(1);
        assertThat(told.get(0).octet(1)).isEqualTo(1);
        assertThat(Frames.part(told.get(0).payload(), 48, 848)).isEqualTo(Frames.part(SEGMENT, 0, 800));
    }

    /** FragmentSmack: however many begin, memory and work are bounded, and an honest datagram gets through. */
    @Test
    void aFloodOfBeginningsIsBounded() {
        for (int i = 0; i < 5_000; i++) {
            String source = "fd00:7065::" + Integer.toHexString(0x1000 + i % 500);
            byte[] start = Frames6.fragment(6, 100 + i, 0, true, new byte[64]);
            bench.exchange(Frames6.packet(source, HOST, 44, 64, start));
        }
        assertThat(bench.lent()).isLessThanOrEqualTo(Reassembler.MOST);
        bench.exchange(ipv6(0, 1200));
        bench.exchange(ipv6(1200, SEGMENT.length));
        assertThat(bench.transport.received).hasSize(1);
        assertThat(bench.count(Counter.DROP_FRAGMENT_EVICTED)).isGreaterThan(4_000);
    }

    @Test
    void oneSenderDoesNotPushOthersOut() {
        bench.exchange(ipv6(0, 1200));
        for (int i = 0; i < 500; i++) {
            byte[] start = Frames6.fragment(6, 100 + i, 0, true, new byte[64]);
            bench.exchange(Frames6.packet("fd00:7065::66", HOST, 44, 64, start));
        }
        assertThat(bench.lent()).isLessThanOrEqualTo(1 + Reassembler.MOST_OF_ONE);
        bench.exchange(ipv6(1200, SEGMENT.length));
        assertThat(bench.transport.received).hasSize(1);
    }

    @Test
    void whatDoesNotFitABufferIsDropped() {
        bench.exchange(ipv6(0, 800));
        bench.exchange(Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, 1, 1920, true, new byte[8])));
        assertThat(bench.count(Counter.DROP_FRAGMENT_TOO_BIG)).isEqualTo(1);
        assertThat(bench.lent()).isZero();
    }

    /** RFC 8200 §4.5, RFC 7112; RFC 791: lengths and offsets that cannot be. */
    @Test
    void malformedFragmentsAreDroppedAndTheirSenderTold() {
        byte[] odd = Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, 1, 0, true, new byte[33]));
        assertProblem(bench.exchange(odd), 0, 4);
        byte[] beyond = Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, 1, 0xFFF8, false, new byte[8]));
        assertProblem(bench.exchange(beyond), 0, 42);
        byte[] noHeader = Frames6.fragment(60, 1, 0, true, new byte[] {6, 2, 1, 4, 0, 0, 0, 0});
        assertProblem(bench.exchange(Frames6.packet(PEER, HOST, 44, 64, noHeader)), 3, 0);
        assertThat(bench.exchange(Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, 1, 8, true, new byte[0]))))
                .isEmpty();
        assertThat(bench.exchange(Frames6.packet(PEER, HOST, 44, 64, new byte[7])))
                .isEmpty();
        assertThat(bench.count(Counter.DROP_FRAGMENT_MALFORMED)).isEqualTo(4);
        assertThat(bench.count(Counter.DROP_IPV6_EXTENSION)).isEqualTo(1);
        for (int flagsAndOffset : new int[] {0x2000, 0x1FFF, 0x3FFF}) {
            bench.peer.send(Frames.ipv4(SimBench.PEER, SimBench.HOST)
                    .flagsAndOffset(flagsAndOffset)
                    .payload(6, new byte[33])
                    .frame(bench.hostMac(), bench.peer.mac()));
        }
        bench.settle();
        assertThat(bench.count(Counter.DROP_FRAGMENT_MALFORMED)).isEqualTo(7);
        assertThat(bench.lent()).isZero();
    }

    /** RFC 3168 §5.3: a mark on any fragment is one on the datagram; marked and not capable together cannot be. */
    @Test
    void marksOfCongestionSurvive() {
        bench.exchange(marked(ipv6(0, 800), 2));
        bench.exchange(marked(ipv6(800, SEGMENT.length), 3));
        assertThat(bench.transport.received.get(0).trafficClass()).isEqualTo(3);
        identification = 9;
        bench.exchange(marked(ipv6(0, 800), 0));
        bench.exchange(marked(ipv6(800, SEGMENT.length), 3));
        assertThat(bench.transport.received).hasSize(1);
    }

    private void assertProblem(List<SimBench6.Packet> answers, int code, int pointer) {
        assertThat(answers).hasSize(1);
        assertThat(answers.get(0).octet(0)).isEqualTo(4);
        assertThat(answers.get(0).octet(1)).isEqualTo(code);
        assertThat(answers.get(0).word(4)).isEqualTo(pointer);
    }

    private static byte[] marked(byte[] packet, int ecn) {
        packet[1] |= (byte) (ecn << 4);
        return packet;
    }

    private byte[] ipv6(int from, int to) {
        return ipv6Of(identification, from, to);
    }

    private static byte[] ipv6Of(int id, int from, int to) {
        byte[] part = Frames.part(SEGMENT, from, to);
        return Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, id, from, to < SEGMENT.length, part));
    }

    private static byte[] pad(byte[] bytes) {
        return java.util.Arrays.copyOf(bytes, (bytes.length + 7) / 8 * 8);
    }
}
