package io.perilune.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.packet.Frames;
import io.perilune.sim.SimPair;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PacketFormatterTest {

    private static final int A = SimPair.ADDRESS_A;
    private static final int B = SimPair.ADDRESS_B;
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
