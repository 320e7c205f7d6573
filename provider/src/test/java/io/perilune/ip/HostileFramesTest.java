package io.perilune.ip;

import static io.perilune.sim.SimBench.HOST;
import static io.perilune.sim.SimBench.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import io.perilune.packet.NaiveChecksum;
import io.perilune.packet.ParsedFrame;
import io.perilune.sim.SimBench;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever comes over the link: nothing is thrown, nothing leaks, every frame is counted, and the host still answers.
 */
class HostileFramesTest {

    private static final int FRAMES = 60_000;

    private final SimBench bench = new SimBench(true);

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void mutatedFramesDoNoHarm(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<byte[]> good = goodFrames();
        long sent = 0;
        for (int i = 0; i < FRAMES; i++) {
            byte[] frame = mutate(good.get(random.nextInt(good.size())), random);
            if (frame.length < 6) {
                continue;
            }
            writeMac(frame, bench.hostMac());
            bench.peer.send(frame);
            sent++;
            if (i % 16 == 0) {
                bench.clock.advance(10_000_000);
                bench.settle();
                bench.peer.received();
            }
        }
        bench.settle();
        bench.run(2_000_000_000L);
        bench.peer.received();
        assertThat(bench.count(Counter.RX_FRAMES)).as("seed %d", seed).isEqualTo(sent);
        assertThat(accountedFrames()).as("seed %d: frames died uncounted", seed).isEqualTo(sent);

        bench.host.internet().close();
        assertThat(bench.lent()).as("seed %d: buffers leaked", seed).isZero();
        List<ParsedFrame> replies = bench.exchange(Frames.arp(Frames.BROADCAST, 1, bench.peer.mac(), PEER, 0, HOST));
        assertThat(replies).hasSize(1);
    }

    /** Each received frame ends in one of these, and in one only. */
    private long accountedFrames() {
        long total = 0;
        for (Counter counter : new Counter[] {
            Counter.DROP_ETHERNET_SHORT,
            Counter.DROP_ETHERNET_SOURCE,
            Counter.DROP_ETHERNET_DESTINATION,
            Counter.DROP_ETHERNET_TYPE,
            Counter.DROP_IPV6_FRAMES,
            Counter.DROP_IPV4_HEADER,
            Counter.DROP_IPV4_CHECKSUM,
            Counter.DROP_IPV4_SOURCE,
            Counter.DROP_IPV4_DESTINATION,
            Counter.DROP_IPV4_BROADCAST,
            Counter.DROP_IPV4_SOURCE_ROUTE,
            Counter.IPV4_RECEIVED,
            Counter.DROP_ARP_MALFORMED,
            Counter.ARP_RECEIVED
        }) {
            total += bench.count(counter);
        }
        return total;
    }

    private List<byte[]> goodFrames() {
        long to = bench.hostMac();
        long from = bench.peer.mac();
        byte[] segment = Frames.tcp(HOST, PEER, 1, 2, 3, 4, 0x10, Frames.pattern(40));
        byte[] quote = Frames.part(Frames.ipv4(HOST, PEER).payload(6, segment).bytes(), 0, 28);
        List<byte[]> frames = new ArrayList<>();
        frames.add(Frames.arp(to, 1, from, PEER, 0, HOST));
        frames.add(Frames.arp(to, 2, from, PEER, to, HOST));
        frames.add(Frames.ipv4(PEER, HOST).payload(6, segment).frame(to, from));
        frames.add(Frames.ipv4(PEER, HOST)
                .options(1, 7, 7, 4, 0, 0, 0, 0)
                .payload(6, segment)
                .frame(to, from));
        frames.add(Frames.ipv4(PEER, HOST).payload(17, new byte[30]).frame(to, from));
        frames.add(Frames.ipv4(PEER, HOST)
                .payload(1, Frames.icmp(8, 0, 1, new byte[56]))
                .frame(to, from));
        frames.add(
                Frames.ipv4(PEER, HOST).payload(1, Frames.icmp(3, 1, 0, quote)).frame(to, from));
        frames.add(Frames.ipv4(PEER, HOST)
                .payload(1, Frames.icmp(3, 4, 1280, quote))
                .frame(to, from));
        return frames;
    }

    private static byte[] mutate(byte[] good, SplittableRandom random) {
        int length = random.nextInt(4) == 0 ? random.nextInt(good.length + 1) : good.length;
        byte[] frame = Frames.part(good, 0, length);
        for (int change = random.nextInt(5); change > 0 && length > 12; change--) {
            // Lengths, types and flags are where the harm is: half of the changes hit the headers' first bytes.
            int at = 6 + random.nextInt(random.nextBoolean() ? Math.min(length - 6, 40) : length - 6);
            frame[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : frame[at] ^ (1 << random.nextInt(8)));
        }
        // With right checksums most of the time, else little gets behind them.
        int headerLength = length > 34 ? (frame[14] & 0xF) * 4 : 0;
        if (headerLength >= 20 && 14 + headerLength <= length && random.nextInt(8) > 0) {
            putChecksum(frame, 14, headerLength, 24);
            int message = 14 + headerLength;
            int messageLength = ((frame[16] & 0xFF) << 8 | (frame[17] & 0xFF)) - headerLength;
            if (frame[23] == 1 && messageLength >= 4 && message + messageLength <= length) {
                putChecksum(frame, message, messageLength, message + 2);
            }
        }
        return frame;
    }

    private static void putChecksum(byte[] frame, int from, int length, int at) {
        frame[at] = 0;
        frame[at + 1] = 0;
        int checksum = NaiveChecksum.of(frame, from, length);
        frame[at] = (byte) (checksum >> 8);
        frame[at + 1] = (byte) checksum;
    }

    private static void writeMac(byte[] frame, long mac) {
        for (int i = 0; i < 6; i++) {
            frame[i] = (byte) (mac >>> (40 - 8 * i));
        }
    }
}
