package io.perilune.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.packet.Frames;
import io.perilune.packet.Frames6;
import io.perilune.sim.SimPair;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacketFormatterTest {

    private static final int A = SimPair.ADDRESS_A;
    private static final int B = SimPair.ADDRESS_B;
    private static final String HOST = "fd00:7065::2";
    private static final String PEER = "fd00:7065::1";
    private static final long MAC_A = 0x02_00_00_00_00_01L;
    private static final long MAC_B = 0x02_00_00_00_00_02L;

    @Test
    void arpReadsAsAQuestionAndAnAnswer() {
        assertThat(PacketFormatter.format(Frames.arp(Frames.BROADCAST, 1, MAC_A, A, 0, B)))
                .isEqualTo("ARP who-has 198.18.0.2 tell 198.18.0.1");
        assertThat(PacketFormatter.format(Frames.arp(MAC_A, 2, MAC_B, B, MAC_A, A)))
                .isEqualTo("ARP reply 198.18.0.2 is-at 02:00:00:00:00:02");
    }

    @Test
    void aTcpSegmentShowsFlagsNumbersAndOptions() {
        byte[] syn = Frames.join(
                Frames.tcp(A, B, 40000, 80, 1000, 0, 0x02, new byte[0]),
                new byte[] {2, 4, 5, (byte) 0xB4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 1, 3, 3, 7});
        syn[12] = (byte) 0xA0;
        assertThat(PacketFormatter.format(Frames.ipv4(A, B).payload(6, syn).frame(MAC_B, MAC_A)))
                .isEqualTo("IP 198.18.0.1.40000 > 198.18.0.2.80: Flags [S], seq 1000, win 65535,"
                        + " options [mss 1460,sackOK,TS val 7 ecr 0,nop,wscale 7], length 0");
        byte[] data = Frames.tcp(B, A, 80, 40000, -1, 1001, 0x18, new byte[10]);
        assertThat(PacketFormatter.format(
                        Frames.ipv4(B, A).payload(6, data).padding(6).frame(MAC_A, MAC_B)))
                .isEqualTo("IP 198.18.0.2.80 > 198.18.0.1.40000: Flags [P.], seq 4294967295:9, ack 1001, win 65535,"
                        + " length 10");
    }

    @Test
    void icmpShowsEchoesAndWhatAnErrorIsAbout() {
        assertThat(PacketFormatter.format(Frames.ipv4(A, B)
                        .payload(1, Frames.icmp(8, 0, 0x00050002, new byte[56]))
                        .frame(MAC_B, MAC_A)))
                .isEqualTo("IP 198.18.0.1 > 198.18.0.2: ICMP echo request, id 5, seq 2, length 64");
        byte[] quoted = Frames.part(
                Frames.ipv4(B, A)
                        .payload(6, Frames.tcp(B, A, 80, 40000, 5, 0, 2, new byte[0]))
                        .bytes(),
                0,
                28);
        assertThat(PacketFormatter.format(Frames.ipv4(A, B)
                        .payload(1, Frames.icmp(3, 4, 1280, quoted))
                        .frame(MAC_B, MAC_A)))
                .isEqualTo("IP 198.18.0.1 > 198.18.0.2: ICMP unreachable code 4 mtu 1280 about"
                        + " [IP 198.18.0.2.80 > 198.18.0.1.40000: TCP truncated]");
    }

    @Test
    void anIpv6SegmentReadsAsAnIpv4OneDoes() {
        byte[] syn = Frames6.tcp(HOST, PEER, 40000, 80, 1000, 2, new byte[0]);
        assertThat(line6(6, syn))
                .isEqualTo("IP6 fd00:7065::2.40000 > fd00:7065::1.80: Flags [S], seq 1000, win 65535, length 0");
        assertThat(line6(60, Frames6.extension(6, syn, 1, 4)))
                .isEqualTo("IP6 fd00:7065::2.40000 > fd00:7065::1.80: DSTOPT Flags [S], seq 1000, win 65535, length 0");
        assertThat(line6(59, new byte[0])).isEqualTo("IP6 fd00:7065::2 > fd00:7065::1: no next header, length 0");
        assertThat(line6(0, new byte[] {6, 1, 0, 0, 0, 0, 0, 0}))
                .isEqualTo("IP6 fd00:7065::2 > fd00:7065::1: HBH truncated");
    }

    @Test
    void ofIpv6FragmentsOnlyTheFirstIsLookedInto() {
        byte[] data = Frames6.tcp(HOST, PEER, 40000, 80, 1000, 2, new byte[12]);
        assertThat(line6(44, Frames6.fragment(6, 0xAB, 0, true, data)))
                .isEqualTo("IP6 fd00:7065::2.40000 > fd00:7065::1.80: frag (0xab:0+) Flags [S],"
                        + " seq 1000:1012, win 65535, length 12");
        assertThat(line6(44, Frames6.fragment(6, 0xAB, 32, false, data)))
                .isEqualTo("IP6 fd00:7065::2 > fd00:7065::1: frag (0xab:32) protocol 6, length 32");
    }

    @Test
    void neighborDiscoveryShowsWhoIsLookedForAndWhere() {
        assertThat(line6(58, Frames6.neighbor(HOST, PEER, 135, 0, PEER, 1, MAC_A)))
                .isEqualTo("IP6 fd00:7065::2 > fd00:7065::1: ICMP6 neighbor solicitation, who has fd00:7065::1,"
                        + " source 02:00:00:00:00:01, length 32");
        assertThat(line6(58, Frames6.neighbor(HOST, PEER, 136, 0x6000_0000, HOST, 2, MAC_A)))
                .isEqualTo("IP6 fd00:7065::2 > fd00:7065::1: ICMP6 neighbor advertisement, tgt is fd00:7065::2,"
                        + " flags [SO], target 02:00:00:00:00:01, length 32");
        byte[] report = Frames6.icmp("::", "ff02::16", 143, 0, 0, new byte[0]);
        byte[] packet = Frames6.packet("::", "ff02::16", 0, 1, Frames6.extension(58, report, 5, 2, 0, 0, 1, 0));
        assertThat(PacketFormatter.format(Frames6.frame(MAC_B, MAC_A, packet)))
                .isEqualTo("IP6 :: > ff02::16: HBH ICMP6 multicast listener report v2, length 8");
    }

    @Test
    void icmpv6ShowsEchoesAndWhatAnErrorIsAbout() {
        assertThat(line6(58, Frames6.icmp(HOST, PEER, 128, 0, 0x00050002, new byte[56])))
                .isEqualTo("IP6 fd00:7065::2 > fd00:7065::1: ICMP6 echo request, id 5, seq 2, length 64");
        byte[] quoted = Frames6.packet(PEER, HOST, 6, 64, Frames6.tcp(PEER, HOST, 80, 40000, 5, 2, new byte[0]));
        assertThat(line6(58, Frames6.icmp(HOST, PEER, 2, 0, 1280, Frames.part(quoted, 0, 48))))
                .isEqualTo("IP6 fd00:7065::2 > fd00:7065::1: ICMP6 packet too big mtu 1280 about"
                        + " [IP6 fd00:7065::1.80 > fd00:7065::2.40000: TCP truncated]");
    }

    /** RFC 5952 §4. */
    @ParameterizedTest
    @ValueSource(strings = {"::", "::1", "fe80::", "2001:db8:0:1:1:1:1:1", "2001:db8::1:0:0:1", "::ffff:198.18.0.1"})
    void ipv6AddressesAreWrittenInTheShortestForm(String address) {
        // The JDK reads a mapped address as IPv4, so that its 16 octets are put here by the test kit.
        byte[] packet = Frames6.packet(address, PEER, 59, 64, new byte[0]);
        assertThat(PacketFormatter.format(Frames6.frame(MAC_B, MAC_A, packet))).startsWith("IP6 " + address + " > ");
    }

    /** What stands in a later fragment of an ICMP message is no ICMP header. */
    @Test
    void aLaterFragmentOfIcmpIsNotReadAsAMessage() {
        byte[] frame = Frames.ipv4(A, B).payload(1, new byte[16]).frame(MAC_B, MAC_A);
        frame[21] = 4;
        assertThat(PacketFormatter.format(frame))
                .isEqualTo("IP 198.18.0.1 > 198.18.0.2: fragment from 32 protocol 1, length 16");
    }

    @Test
    void anyIpv6BytesGetALine() {
        SplittableRandom random = new SplittableRandom(2);
        byte[] message = Frames6.neighbor(HOST, PEER, 136, 0x6000_0000, HOST, 2, MAC_A);
        byte[] inner = Frames6.fragment(60, 1, 0, true, Frames6.extension(58, message, 1, 4));
        byte[] good = Frames6.frame(
                MAC_B, MAC_A, Frames6.packet(HOST, PEER, 0, 64, Frames6.extension(44, inner, 5, 2, 0, 0)));
        for (int i = 0; i < 200_000; i++) {
            byte[] frame = Frames.part(good, 0, random.nextInt(good.length + 1));
            for (int change = random.nextInt(6); change > 0 && frame.length > 14; change--) {
                frame[14 + random.nextInt(frame.length - 14)] = (byte) random.nextInt(256);
            }
            assertThat(PacketFormatter.format(frame)).isNotEmpty();
        }
    }

    private static String line6(int nextHeader, byte[] payload) {
        return PacketFormatter.format(Frames6.frame(MAC_B, MAC_A, Frames6.packet(HOST, PEER, nextHeader, 64, payload)));
    }

    @Test
    void anyBytesGetALine() {
        SplittableRandom random = new SplittableRandom(1);
        byte[] good = Frames.ipv4(A, B)
                .payload(6, Frames.tcp(A, B, 1, 2, 3, 4, 0x10, Frames.pattern(60)))
                .frame(MAC_B, MAC_A);
        for (int i = 0; i < 200_000; i++) {
            byte[] frame = Frames.part(good, 0, random.nextInt(good.length + 1));
            for (int change = random.nextInt(6); change > 0 && frame.length > 12; change--) {
                frame[12 + random.nextInt(frame.length - 12)] = (byte) random.nextInt(256);
            }
            assertThat(PacketFormatter.format(frame)).isNotEmpty();
        }
    }
}
