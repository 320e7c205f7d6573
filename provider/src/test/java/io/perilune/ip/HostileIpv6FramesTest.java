package io.perilune.ip;

import static io.perilune.sim.SimBench6.HOST;
import static io.perilune.sim.SimBench6.HOST_GROUP;
import static io.perilune.sim.SimBench6.HOST_GROUP_MAC;
import static io.perilune.sim.SimBench6.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import io.perilune.packet.Frames6;
import io.perilune.sim.SimBench6;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes over the link: nothing is thrown, nothing leaks, every frame is counted, and the host still answers. */
class HostileIpv6FramesTest {

    private static final int FRAMES = 60_000;
    private static final String ALL_NODES = "ff02::1";

    /** How a frame's way ends. */
    private static final Counter[] ENDS = {
        Counter.DROP_IPV6_HEADER,
        Counter.DROP_IPV6_SOURCE,
        Counter.DROP_IPV6_DESTINATION,
        Counter.DROP_IPV6_GROUP,
        Counter.DROP_IPV6_EXTENSION,
        Counter.DROP_IPV6_OPTION,
        Counter.DROP_IPV6_ROUTING,
        Counter.DROP_IPV6_PROTOCOL,
        Counter.FRAGMENTS_RECEIVED,
        Counter.DROP_FRAGMENT_MALFORMED,
        Counter.DROP_ICMP_MALFORMED,
        Counter.DROP_ICMP_TYPE,
        Counter.DROP_ICMP_QUOTE,
        Counter.ICMP_ERRORS_RECEIVED,
        Counter.ICMP_ECHO_REPLIES,
        Counter.DROP_ICMP_ECHO_LIMITED,
        Counter.ND_RECEIVED,
        Counter.DROP_ND_MALFORMED,
        Counter.DROP_ND_ROUTER,
        Counter.MLD_QUERIES_RECEIVED,
        Counter.DROP_MLD_MALFORMED
    };

    private final SimBench6 bench = new SimBench6();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void mutatedFramesDoNoHarm(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<byte[]> good = goodPackets();
        for (int i = 0; i < FRAMES; i++) {
            byte[] packet = mutate(good.get(random.nextInt(good.size())), random);
            long to = packet.length > 24 && packet[24] == (byte) 0xFF ? HOST_GROUP_MAC : bench.hostMac();
            bench.peer.send(Frames6.frame(to, bench.peer.mac(), packet));
            if (i % 16 == 0) {
                bench.clock.advance(10_000_000);
                bench.settle();
                bench.received();
            }
        }
        bench.settle();
        bench.run(2_000_000_000L);
        bench.received();
        assertThat(bench.count(Counter.RX_FRAMES)).as("seed %d", seed).isEqualTo(FRAMES);
        long ended = bench.transport.received.size();
        for (Counter end : ENDS) {
            ended += bench.count(end);
        }
        // A datagram that was put together has an end of its own.
        ended -= bench.count(Counter.DATAGRAMS_REASSEMBLED);
        assertThat(ended).as("seed %d: frames died uncounted", seed).isEqualTo(FRAMES);
        assertThat(bench.count(Counter.IPV6_RECEIVED))
                .as("seed %d: enough gets behind the header", seed)
                .isGreaterThan(FRAMES / 4);
        bench.host.internet().close();
        assertThat(bench.lent()).as("seed %d: buffers leaked", seed).isZero();
        byte[] question = Frames6.neighbor(PEER, HOST_GROUP, 135, 0, HOST, 1, bench.peer.mac());
        assertThat(bench.exchange(Frames6.packet(PEER, HOST_GROUP, 58, 255, question), HOST_GROUP_MAC))
                .hasSize(1);
    }

    private List<byte[]> goodPackets() {
        byte[] segment = Frames6.tcp(PEER, HOST, 1, 2, 3, 0x10, Frames.pattern(40));
        byte[] echo = Frames6.icmp(PEER, HOST, 128, 0, 7, Frames.pattern(40));
        byte[] quote = Frames6.packet(HOST, PEER, 6, 60, Frames6.tcp(HOST, PEER, 1, 2, 3, 2, new byte[0]));
        List<byte[]> packets = new ArrayList<>();
        packets.add(Frames6.packet(PEER, HOST, 6, 64, segment));
        packets.add(Frames6.packet(PEER, HOST, 58, 64, echo));
        packets.add(Frames6.packet(PEER, HOST, 58, 64, Frames6.icmp(PEER, HOST, 2, 0, 1300, quote)));
        packets.add(Frames6.packet(PEER, HOST, 58, 64, Frames6.icmp(PEER, HOST, 1, 3, 0, quote)));
        packets.add(Frames6.packet(
                PEER, HOST_GROUP, 58, 255, Frames6.neighbor(PEER, HOST_GROUP, 135, 0, HOST, 1, bench.peer.mac())));
        packets.add(Frames6.packet(
                PEER, HOST, 58, 255, Frames6.neighbor(PEER, HOST, 136, 0x6000_0000, PEER, 2, bench.peer.mac())));
        byte[] options = Frames6.extension(6, segment, 0x1E, 4, 0, 0, 0, 0);
        packets.add(Frames6.packet(PEER, HOST, 0, 64, Frames6.extension(60, options, 5, 2, 0, 0, 1, 0)));
        packets.add(Frames6.packet(PEER, HOST, 43, 64, Frames6.extension(6, segment, 0, 0)));
        packets.add(Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, 1, 0, true, Frames.part(segment, 0, 32))));
        packets.add(
                Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(6, 1, 32, false, Frames.part(segment, 32, 60))));
        packets.add(Frames6.packet(PEER, HOST, 44, 64, Frames6.fragment(58, 2, 0, false, echo)));
        byte[] query = Frames6.icmp("fe80::1", ALL_NODES, 130, 0, 0x0064_0000, new byte[20]);
        packets.add(Frames6.packet("fe80::1", ALL_NODES, 0, 1, Frames6.extension(58, query, 5, 2, 0, 0, 1, 0)));
        return packets;
    }

    private static byte[] mutate(byte[] good, SplittableRandom random) {
        int length = random.nextInt(4) == 0 ? random.nextInt(good.length + 1) : good.length;
        byte[] packet = Frames.part(good, 0, length);
        for (int change = random.nextInt(4); change > 0 && length > 8; change--) {
            // The addresses are mostly left alone: what is not for this host does not get far.
            int at = random.nextInt(8) == 0 || length <= 40
                    ? random.nextInt(length)
                    : random.nextInt(4) == 0 ? random.nextInt(8) : 40 + random.nextInt(length - 40);
            packet[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : packet[at] ^ (1 << random.nextInt(8)));
        }
        if (length > 40 && random.nextBoolean()) {
            packet[4] = (byte) ((length - 40) >> 8);
            packet[5] = (byte) (length - 40);
        }
        // With a right checksum most of the time, else little gets behind it.
        if (length >= 44 && packet[6] == 58 && random.nextInt(8) > 0) {
            byte[] message = Frames.part(packet, 40, length);
            byte[] right = Frames6.withChecksum(text(packet, 8), text(packet, 24), 58, 2, message);
            System.arraycopy(right, 0, packet, 40, right.length);
        }
        return packet;
    }

    private static String text(byte[] packet, int at) {
        StringBuilder text = new StringBuilder();
        for (int i = at; i < at + 16; i += 2) {
            text.append(i == at ? "" : ":")
                    .append(Integer.toHexString(((packet[i] & 0xFF) << 8) | (packet[i + 1] & 0xFF)));
        }
        return text.toString();
    }
}
