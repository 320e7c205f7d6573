package io.perilune.ip;

import static io.perilune.sim.SimBench.HOST;
import static io.perilune.sim.SimBench.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import io.perilune.packet.Frames6;
import io.perilune.packet.ParsedFrame;
import io.perilune.sim.SimBench;
import io.perilune.sim.SimBench6;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Known attacks on IP and ICMP, a test each; ATTACKS.md lists them. */
class AttacksTest {

    private static final long SECOND = 1_000_000_000L;
    private static final String HOST6 = SimBench6.HOST;
    private static final String PEER6 = SimBench6.PEER;

    private final SimBench bench = new SimBench();
    private final SimBench6 bench6 = new SimBench6();

    @AfterEach
    void noBufferIsLeaked() {
        bench.host.internet().close();
        bench6.host.internet().close();
        assertThat(bench.lent() + bench6.lent()).isZero();
    }

    private byte[] frame(Frames.Ipv4 packet) {
        return packet.frame(bench.hostMac(), bench.peer.mac());
    }

    @Test // CVE-2018-5391
    void fragmentSmack() {
        for (int i = 0; i < 20_000; i++) {
            int source = 0xC612_0010 + i % 100;
            bench.peer.send(frame(Frames.ipv4(source, HOST)
                    .identification(i)
                    .flagsAndOffset(0x2000 | (i % 50))
                    .payload(6, new byte[8])));
            if (i % 32 == 0) {
                bench.settle();
            }
        }
        bench.settle();
        assertThat(bench.lent()).as("fragments kept").isLessThanOrEqualTo(Reassembler.MOST);
        // They are not kept for long either, nor is what tells their senders, whom nobody knows.
        bench.run(70 * SECOND);
        assertThat(bench.lent()).isZero();
    }

    @Test // RFC 5722
    void overlappingFragments() {
        bench6.resolve(PEER6);
        bench6.received();
        byte[] segment = Frames6.tcp(PEER6, HOST6, 1, 2, 3, 2, Frames.pattern(100));
        bench6.exchange(part(segment, 0, 64, true));
        byte[] evil = Frames.part(segment, 56, 120);
        evil[0] ^= 1;
        bench6.exchange(Frames6.packet(PEER6, HOST6, 44, 64, Frames6.fragment(6, 1, 56, false, evil)));
        bench6.exchange(part(segment, 64, 120, false));
        assertThat(bench6.transport.received).isEmpty();
        assertThat(bench6.count(Counter.DROP_FRAGMENT_OVERLAP)).isOne();
    }

    private static byte[] part(byte[] segment, int from, int to, boolean more) {
        return Frames6.packet(PEER6, HOST6, 44, 64, Frames6.fragment(6, 1, from, more, Frames.part(segment, from, to)));
    }

    @Test // RFC 6946: one that is whole by itself has nothing to do with others of its identification
    void atomicFragments() {
        byte[] segment = Frames6.tcp(PEER6, HOST6, 1, 2, 3, 2, Frames.pattern(100));
        bench6.exchange(part(segment, 0, 64, true));
        bench6.exchange(part(segment, 0, 120, false));
        assertThat(bench6.transport.received).hasSize(1);
        bench6.exchange(part(segment, 64, 120, false));
        assertThat(bench6.transport.received).hasSize(2);
    }

    @Test // RFC 4963: what is sent is never fragmented, so no identification can be mistaken for another's
    void identificationWrap() {
        bench.resolvePeer();
        for (int i = 0; i < 3; i++) {
            bench.hostSends(PEER, Frames.tcp(HOST, PEER, 1, 2, 3, 4, 0x10, new byte[10]));
        }
        List<ParsedFrame> frames = bench.peer.received();
        assertThat(frames).hasSize(3).allMatch(frame -> frame.ipFlagsAndOffset() == 0x4000, "don't fragment");
    }

    @Test // CVE-2019-12256: options whose lengths lead out of the header, and source routes
    void ipOptions() {
        int[][] options = {
            {131, 3, 4, 0}, {137, 3, 4, 0}, {131, 0, 0, 0}, {137, 255, 4, 0}, {7, 40, 4, 0}, {68, 1, 0, 0}
        };
        for (int[] octets : options) {
            bench.exchange(frame(Frames.ipv4(PEER, HOST).options(octets).payload(6, new byte[20])));
        }
        assertThat(bench.transport.received)
                .as("what was neither dropped nor harmless")
                .isEmpty();
        assertThat(bench.peer.received()).isEmpty();
    }

    @Test // CVE-2020-11896 and others: lengths that do not agree, and IP within IP
    void ripple20() {
        byte[] inner = Frames.ipv4(PEER, HOST).payload(6, new byte[20]).bytes();
        bench.exchange(frame(Frames.ipv4(PEER, HOST).payload(4, inner)));
        byte[] good = frame(Frames.ipv4(PEER, HOST).payload(6, new byte[20]));
        bench.exchange(Frames.part(good, 0, good.length - 4));
        assertThat(bench.transport.received).isEmpty();
        byte[] inner6 = Frames6.packet(PEER6, HOST6, 6, 64, new byte[20]);
        bench6.exchange(Frames6.packet(PEER6, HOST6, 41, 64, inner6));
        bench6.exchange(Frames6.packet(PEER6, HOST6, 4, 64, inner));
        assertThat(bench6.transport.received).isEmpty();
    }

    @Test // CERT VU#815128: whatever the bytes, nothing is thrown and nothing leaks; HostileFramesTest has more of it
    void amnesia33() {
        SplittableRandom random = new SplittableRandom(33);
        for (int i = 0; i < 20_000; i++) {
            byte[] frame = new byte[14 + random.nextInt(200)];
            random.nextBytes(frame);
            System.arraycopy(frame(Frames.ipv4(PEER, HOST).payload(6, new byte[0])), 0, frame, 0, 14);
            bench.peer.send(frame);
            byte[] packet = new byte[40 + random.nextInt(200)];
            random.nextBytes(packet);
            System.arraycopy(Frames6.packet(PEER6, HOST6, packet[6] & 0xFF, 64, new byte[0]), 0, packet, 0, 40);
            packet[5] = (byte) (packet.length - 40);
            bench6.peer.send(Frames6.frame(bench6.hostMac(), bench6.peer.mac(), packet));
            if (i % 32 == 0) {
                bench.settle();
                bench6.settle();
                bench.peer.received();
                bench6.received();
            }
        }
        bench.run(70 * SECOND);
        bench6.run(70 * SECOND);
    }

    @Test // NAME:WRECK: there is no DNS and no DHCP to be attacked
    void nameWreck() {
        bench.resolvePeer();
        for (int port : new int[] {53, 67, 68, 5353}) {
            byte[] datagram = new byte[64];
            datagram[1] = 53;
            datagram[3] = (byte) port;
            datagram[2] = (byte) (port >> 8);
            datagram[5] = 64;
            bench.exchange(frame(Frames.ipv4(PEER, HOST).payload(17, datagram)));
        }
        assertThat(bench.transport.received).isEmpty();
    }

    @Test // CVE-2020-25705
    void icmpRateLimitSideChannel() {
        bench.resolvePeer();
        bench.peer.received();
        List<Integer> answered = new ArrayList<>();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 200; i++) {
                bench.peer.send(frame(Frames.ipv4(PEER, HOST).payload(17, new byte[30])));
                if (i % 20 == 0) {
                    bench.settle();
                }
            }
            bench.settle();
            answered.add(bench.peer.received().size());
            bench.run(SECOND);
        }
        // The limit shows as a number that is not the same twice, so nobody can count what others have used of it.
        assertThat(answered).allMatch(count -> count > 0 && count < 100);
        assertThat(new HashSet<>(answered)).hasSizeGreaterThan(1);
    }

    @Test // CVE-1999-0016
    void land() {
        bench.exchange(frame(Frames.ipv4(HOST, HOST).payload(6, Frames.tcp(HOST, HOST, 80, 80, 1, 0, 2, new byte[0]))));
        bench6.exchange(Frames6.packet(HOST6, HOST6, 6, 64, Frames6.tcp(HOST6, HOST6, 80, 80, 1, 2, new byte[0])));
        assertThat(bench.transport.received).isEmpty();
        assertThat(bench6.transport.received).isEmpty();
        assertThat(bench.count(Counter.DROP_IPV4_SOURCE)).isOne();
        assertThat(bench6.count(Counter.DROP_IPV6_SOURCE)).isOne();
    }

    @Test
    void broadcastAndMulticastSources() {
        byte[] syn = Frames.tcp(PEER, HOST, 80, 80, 1, 0, 2, new byte[0]);
        for (int source : new int[] {-1, 0xC612_00FF, 0xE000_0001, 0xEFFF_FFFF, 0x7F00_0001, 0, 0xF000_0001}) {
            bench.exchange(frame(Frames.ipv4(source, HOST).payload(6, syn)));
        }
        for (String source : new String[] {"ff02::1", "::1", "::", "::ffff:c612:1"}) {
            bench6.exchange(Frames6.packet(source, HOST6, 6, 64, syn));
        }
        assertThat(bench.transport.received).isEmpty();
        assertThat(bench6.transport.received).isEmpty();
        assertThat(bench.count(Counter.DROP_IPV4_SOURCE)).isEqualTo(7);
        assertThat(bench6.count(Counter.DROP_IPV6_SOURCE)).isEqualTo(4);
    }

    @Test // RFC 6105, RFC 7113: routing is what the settings say
    void rogueRouterAndRedirect() {
        bench6.resolve(SimBench6.GATEWAY);
        bench6.received();
        for (int type : new int[] {134, 137}) {
            byte[] message = Frames6.icmp("fe80::66", "ff02::1", type, 0, 0x4000_0708, new byte[40]);
            bench6.exchange(Frames6.packet("fe80::66", "ff02::1", 58, 255, message), 0x3333_0000_0001L);
        }
        assertThat(bench6.count(Counter.DROP_ND_ROUTER)).isEqualTo(2);
        byte[] quote =
                Frames.part(Frames.ipv4(HOST, PEER).payload(6, new byte[20]).bytes(), 0, 28);
        bench.exchange(frame(Frames.ipv4(PEER, HOST).payload(1, Frames.icmp(5, 1, 0xC612_0066, quote))));
        assertThat(bench.count(Counter.DROP_ICMP_TYPE)).isOne();
        bench.hostSends(SimBench.FAR, new byte[8]);
        assertThat(bench.peer.received()).allMatch(frame -> frame.arpTargetIpv4() == SimBench.GATEWAY);
    }
}
