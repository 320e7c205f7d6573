package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static io.perilune.tcp.Bottleneck.MS;
import static io.perilune.tcp.Bottleneck.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.packet.Seg;
import io.perilune.packet.TcpScript;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Socket buffers that size themselves, and those that do not because the user has set them. */
class BufferSizesTest {

    private static final long BITS_PER_SECOND = 100_000_000;
    private static final long ONE_WAY_NS = 50 * MS;
    /** Bandwidth times delay, in bytes. */
    private static final int PIPE = 1_250_000;

    private static Bottleneck longFatPath(Map<String, String> settings) {
        return new Bottleneck(1, 16, BITS_PER_SECOND, ONE_WAY_NS, 50 * MS, settings);
    }

    private static double share(Bottleneck b, Bottleneck.Flow flow) {
        b.run(5 * SECOND);
        long before = flow.received;
        b.run(5 * SECOND);
        return (flow.received - before) * 8.0 / (BITS_PER_SECOND * 5.0 * 1448 / 1514);
    }

    @Test
    void bothBuffersGrowUntilALongFatPathIsFull() {
        Bottleneck b = longFatPath(Map.of("tcp.receive-buffer", "64k", "tcp.send-buffer", "64k"));
        Bottleneck.Flow flow = b.open(null);
        assertThat(flow.sender.sendBufferSize()).isEqualTo(65_536);
        assertThat(flow.receiver.receiveBufferSize()).isEqualTo(65_536);
        assertThat(share(b, flow)).isGreaterThan(0.9);
        assertThat(flow.sender.sendBufferSize()).isGreaterThan(PIPE);
        assertThat(flow.receiver.receiveBufferSize()).isBetween(PIPE, 6 << 20);
        // The other direction carried nothing.
        assertThat(flow.sender.receiveBufferSize()).isEqualTo(65_536);
        assertThat(flow.receiver.sendBufferSize()).isEqualTo(65_536);
    }

    @Test
    void neitherGrowsBeyondItsBound() {
        Bottleneck b = longFatPath(Map.of(
                "tcp.receive-buffer", "64k",
                "tcp.receive-buffer-max", "200k",
                "tcp.send-buffer", "64k",
                "tcp.send-buffer-max", "300k"));
        Bottleneck.Flow flow = b.open(null);
        double windowEachRound = 200 * 1024 * 8.0 / 0.1 / BITS_PER_SECOND;
        assertThat(share(b, flow)).isBetween(0.8 * windowEachRound, 1.1 * windowEachRound);
        assertThat(flow.receiver.receiveBufferSize()).isEqualTo(200 << 10);
        assertThat(flow.sender.sendBufferSize()).isEqualTo(300 << 10);
    }

    @Test
    void oneThatTheUserHasSetStaysAsItIs() {
        Bottleneck b = longFatPath(Map.of());
        Bottleneck.Flow flow = b.open(null);
        flow.receiver.options().receiveBuffer = 100_000;
        flow.receiver.applyOptions(b.pair.nowNs());
        flow.sender.options().sendBuffer = 150_000;
        flow.sender.applyOptions(b.pair.nowNs());
        double windowEachRound = 100_000 * 8.0 / 0.1 / BITS_PER_SECOND;
        assertThat(share(b, flow)).isBetween(0.7 * windowEachRound, 1.1 * windowEachRound);
        assertThat(flow.receiver.receiveBufferSize()).isEqualTo(100_000);
        assertThat(flow.sender.sendBufferSize()).isEqualTo(150_000);
    }

    @Test
    void onAShortPathTheyStaySmall() {
        Bottleneck b = new Bottleneck(1, 16, BITS_PER_SECOND, 100_000, 2 * MS, Map.of());
        Bottleneck.Flow flow = b.open(null);
        b.run(SECOND);
        assertThat(flow.received).isGreaterThan(BITS_PER_SECOND / 8 * 9 / 10);
        assertThat(flow.receiver.receiveBufferSize()).isEqualTo(256 << 10);
        assertThat(flow.sender.sendBufferSize()).isEqualTo(256 << 10);
    }

    private static final String[] SMALL = {"tcp.receive-buffer", "20000", "tcp.receive-buffer-max", "300k"};

    /** One round trip of 10 ms: the peer sends so many segments, the user reads so much of them. */
    private static void round(TcpScript t, int segments, int[] sent, ByteBuffer sink) {
        for (int i = 0; i < segments; i++) {
            Seg segment = data(1000, 1 + sent[0], 1);
            t.inject(segment);
            sent[0] += 1000;
        }
        t.advance(10);
        t.skip();
        if (sink != null) {
            t.connection.read(sink.clear(), t.nowNs);
            t.tcp.flush(t.nowNs);
        }
    }

    @Test
    void whatIsNotReadIsNoReasonToGrow() {
        TcpScript t = new TcpScript(SMALL).connect(seg("SA").ack(1).mss(1000).scale(7), 10);
        int[] sent = {0};
        for (int i = 0; i < 10; i++) {
            round(t, 2, sent, null);
        }
        assertThat(t.connection.receiveBufferSize()).isEqualTo(20_000);
    }

    @Test // without timestamps the round trip is the time in which a window comes
    void aWindowReadInEachRoundTripLetsItGrow() {
        TcpScript t = new TcpScript(SMALL).connect(seg("SA").ack(1).mss(1000).scale(7), 10);
        int[] sent = {0};
        ByteBuffer sink = ByteBuffer.allocate(1 << 20);
        for (int i = 0; i < 30; i++) {
            int window = t.connection.rcvAdv - t.connection.rcvNxt;
            round(t, Math.min(window / 1000, 100), sent, sink);
        }
        assertThat(t.connection.receiveBufferSize()).isGreaterThan(150_000);
        t.connection.abort(t.nowNs);
        t.expectNothingLeft();
    }

    @Test // RFC 7323 §2.2: the shift is said once, in the SYN
    void theWindowIsScaledForWhatTheBufferMayBecome() {
        TcpScript t = new TcpScript(SMALL);
        // 300 KiB need a shift of 3.
        assertThat(t.openActively().scale).isEqualTo(3);
        TcpScript pinned = new TcpScript(SMALL);
        pinned.options.receiveBuffer = 50_000;
        assertThat(pinned.openActively().scale).isZero();
    }
}
