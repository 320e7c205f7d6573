package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.metrics.Counter;
import io.perilune.sim.SimNetwork;
import io.perilune.sim.SimPair;
import io.perilune.sim.SimTcp;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** How much of a simulated link of 50 Mbit/s and 20 ms is used when it loses and reorders; all of it from a seed. */
class LossyLinkTest {

    private static final long MS = 1_000_000L;
    private static final int BYTES = 8_000_000;
    private static final int PORT = 7777;
    private static final double LINK_BYTES_PER_SECOND = 50e6 / 8;

    private long timeouts;
    private long retransmitted;
    private long undone;

    private double share(long seed, Consumer<SimNetwork.Model> impairment) {
        SimPair pair = new SimPair(seed);
        Tcp client = SimTcp.attach(pair.a(), Settings.defaults(), seed);
        Tcp server = SimTcp.attach(pair.b(), Settings.defaults(), seed + 1);
        long any = Addresses.mappedLow(0);
        assertThat(server.bind(0, any, PORT, true, false)).isEqualTo(PORT);
        TcpListener listener = server.listen(0, any, PORT, 5, new TcpSocketOptions(), l -> {});
        TcpConnection from = client.connect(
                0, 0, 0, 0, Addresses.mappedLow(SimPair.ADDRESS_B), PORT, new TcpSocketOptions(), null, pair.nowNs());
        pair.run(100 * MS);
        TcpConnection to = listener.accept();
        SimNetwork.Model model = pair.network().model;
        model.delayNs = 10 * MS;
        model.bitsPerSecond = 50_000_000;
        impairment.accept(model);
        ByteBuffer source = ByteBuffer.allocate(BYTES);
        ByteBuffer sink = ByteBuffer.allocate(1 << 20);
        long beginNs = pair.nowNs();
        int received = 0;
        while (received < BYTES) {
            assertThat(pair.nowNs() - beginNs).isLessThan(300_000 * MS);
            from.write(source, pair.nowNs());
            pair.settle();
            received += Math.max(0, to.read(sink.clear(), pair.nowNs()));
            pair.settle();
            pair.clock().advanceTo(Math.min(Math.max(pair.nextEventNs(), pair.nowNs() + 50_000), pair.nowNs() + MS));
        }
        timeouts = pair.a().counters().get(Counter.TCP_TIMEOUTS);
        retransmitted = pair.a().counters().get(Counter.TCP_RETRANSMITTED_SEGMENTS);
        undone = pair.a().counters().get(Counter.TCP_RECOVERIES_UNDONE);
        double seconds = (pair.nowNs() - beginNs) / 1e9;
        double share = BYTES / seconds / LINK_BYTES_PER_SECOND;
        System.out.printf(
                "share of the link %.2f, timeouts %d, sent again %d, undone %d%n",
                share, timeouts, retransmitted, undone);
        return share;
    }

    @Test
    void aCleanLinkIsFilledAndNothingIsSentAgain() {
        assertThat(share(1, model -> {})).isGreaterThan(0.8);
        assertThat(retransmitted).isZero();
    }

    @Test // RFC 8985 §3.1: reordering is not loss
    void tenPercentReorderingCostsLittle() {
        double share = share(2, model -> {
            model.reordering = 0.1;
            model.reorderDelayNs = 3 * MS;
        });
        assertThat(share).isGreaterThan(0.7);
        assertThat(timeouts).isZero();
    }

    @Test // RFC 8985, RFC 9937: what is lost is sent again, about once, and timeouts are rare
    void onePercentLossIsRecoveredWithoutTimeouts() {
        assertThat(share(3, model -> model.loss = 0.01)).isGreaterThan(0.08);
        assertThat(timeouts).isLessThanOrEqualTo(2);
        assertThat(retransmitted).isLessThan(BYTES / 1448 * 2 / 100);
    }

    @Test // at 5 % in each direction; the model of RFC 5681's window gives 1.2 * MSS / (RTT * sqrt(p)), here 0.06
    void fivePercentLossIsRecoveredWithFewTimeouts() {
        assertThat(share(4, model -> model.loss = 0.05)).isGreaterThan(0.015);
        assertThat(timeouts).isLessThan(BYTES / 1448 / 150);
        assertThat(retransmitted).isLessThan(BYTES / 1448 * 9 / 100);
    }
}
