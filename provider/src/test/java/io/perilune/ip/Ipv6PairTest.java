package io.perilune.ip;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.metrics.Counter;
import io.perilune.sim.SimHost;
import io.perilune.sim.SimPair;
import io.perilune.sim.SimTcp;
import io.perilune.sim.StreamApp;
import io.perilune.tcp.Tcp;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpListener;
import io.perilune.tcp.TcpSocketOptions;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two hosts talk TCP over IPv6 on the simulated network. */
class Ipv6PairTest {

    private static final long SECOND = 1_000_000_000L;
    private static final int PORT = 7777;

    private final SimPair pair = new SimPair(6);
    private final Tcp client = SimTcp.attach(pair.a(), Settings.defaults(), 1);
    private final Tcp server = SimTcp.attach(pair.b(), Settings.defaults(), 2);

    @Test
    void aStreamArrivesWholeInBothDirections() {
        transfer(SimPair.HIGH_6, 2);
        assertThat(pair.a().counters().get(Counter.ND_SOLICITATIONS_SENT)).isEqualTo(1);
        assertThat(pair.a().counters().get(Counter.ARP_REQUESTS_SENT)).isZero();
        assertThat(pair.a().counters().get(Counter.TCP_RETRANSMITTED_SEGMENTS)).isZero();
    }

    @Test
    void aStreamArrivesWholeBetweenLinkLocalAddresses() {
        transfer(0xFE80_0000_0000_0000L, pair.b().routes().ipv6().linkLocalLow());
    }

    @Test
    void aStreamToTheOwnLoopbackAddressNeverLeavesTheHost() {
        converse(client, client, 0, 1, 1000 * SECOND);
        assertThat(pair.network().deliveredCount()).isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anImpairedNetworkLosesNothing(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        pair.network().model.loss = random.nextDouble() * 0.1;
        pair.network().model.duplication = random.nextDouble() * 0.1;
        pair.network().model.corruption = random.nextDouble() * 0.05;
        transfer(SimPair.HIGH_6, 2);
    }

    /** RFC 4862 §5.4: the addresses are checked first, and what is sent meanwhile waits. */
    @Test
    void hostsThatBeginAtTheSameTimeReachEachOtherAfterASecond() {
        announce(pair.a());
        announce(pair.b());
        converse(client, server, SimPair.HIGH_6, 2, 100 * SECOND);
        assertThat(pair.a().counters().get(Counter.IPV6_ADDRESSES_LOST)).isZero();
        assertThat(pair.a().counters().get(Counter.ND_SOLICITATIONS_WAITING)).isPositive();
    }

    private void announce(SimHost host) {
        host.internet().announce(pair.nowNs());
    }

    private void transfer(long high, long low) {
        converse(client, server, high, low, 1000 * SECOND);
        pair.run(200 * SECOND);
        assertThat(pair.a().pool().lentCount()).isZero();
        assertThat(pair.b().pool().lentCount()).isZero();
    }

    private void converse(Tcp from, Tcp to, long high, long low, long atMostNs) {
        long startNs = pair.nowNs();
        StreamApp there = new StreamApp(from, new SplittableRandom(3), 10, 300_000, 11, 100_000);
        StreamApp back = new StreamApp(to, new SplittableRandom(4), 11, 100_000, 10, 300_000);
        assertThat(to.bind(0, 0, PORT, true, false)).isEqualTo(PORT);
        TcpListener listener = to.listen(0, 0, PORT, 5, new TcpSocketOptions(), l -> {});
        there.attach(from.connect(0, 0, 0, high, low, PORT, new TcpSocketOptions(), there, pair.nowNs()));
        while (!there.isDone() || !back.isDone()) {
            assertThat(pair.nowNs() - startNs).as(there + "; " + back).isLessThan(atMostNs);
            pair.settle();
            TcpConnection accepted = listener.accept();
            if (accepted != null) {
                back.accepted(accepted);
                assertThat(accepted.localHigh()).isEqualTo(high);
                assertThat(accepted.localLow()).isEqualTo(low);
            }
            boolean moved = there.act(pair.nowNs());
            moved |= back.act(pair.nowNs());
            pair.settle();
            long nextNs = Math.min(pair.nextEventNs(), pair.nowNs() + (moved ? 20_000 : 20_000_000));
            pair.clock().advanceTo(Math.max(nextNs, pair.nowNs() + 10_000));
        }
        listener.close(pair.nowNs());
    }
}
