package io.perilune.tcp;

import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.ip.IcmpError;
import io.perilune.metrics.Counter;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import io.perilune.sim.SimPair;
import io.perilune.sim.SimTcp;
import io.perilune.sim.StreamApp;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths that swallow large packets and say nothing (RFC 4821 §1), of both families. */
class PathMtuDiscoveryTest {

    private static final long SECOND = 1_000_000_000L;
    private static final int PORT = 7;
    private static final int ETHERNET = 14;

    private final SimPair pair = new SimPair(8);
    private final Tcp client = SimTcp.attach(pair.a(), Settings.defaults(), 1);
    private final Tcp server = SimTcp.attach(pair.b(), Settings.defaults(), 2);
    private final StreamApp there = new StreamApp(client, new SplittableRandom(6), 10, 2_000_000, 11, 30_000);
    private final StreamApp back = new StreamApp(server, new SplittableRandom(4), 11, 30_000, 10, 2_000_000);
    private TcpListener listener;

    @BeforeEach
    void listen() {
        assertThat(server.bind(0, 0, PORT, true, false)).isEqualTo(PORT);
        listener = server.listen(0, 0, PORT, 5, new TcpSocketOptions(), l -> {});
    }

    @ParameterizedTest
    @CsvSource({"false, 1400", "false, 1280", "false, 600", "true, 1400", "true, 1280"})
    void aBlackHoleIsFoundAndAvoided(boolean ipv6, int mtu) {
        swallowAbove(mtu);
        connect(ipv6);
        converse(1000 * SECOND);
        assertThat(pair.a().counters().get(Counter.TCP_BLACK_HOLES)).isPositive();
        assertThat(pair.a().counters().get(Counter.TCP_BLACK_HOLES)).isLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPathThatCarriesAllIsNotSuspected(boolean ipv6) {
        connect(ipv6);
        converse(1000 * SECOND);
        assertThat(pair.a().counters().get(Counter.TCP_BLACK_HOLES)).isZero();
    }

    /** RFC 4821 §7.2: what has arrived shows what the path carries, or what it did before it changed. */
    @ParameterizedTest
    @CsvSource({"700, 1240", "1300, 1300", "1460, 1460"})
    void whatArrivedBehindTheHoleIsBelievedAtFirstAndThenNoMore(int arrived, int first) {
        TcpScript t = TcpScript.establishedWithSack();
        t.options.noDelay = true;
        t.write(1460 + arrived);
        assertThat(t.skip()).isEqualTo(2);
        List<Integer> lengths = new ArrayList<>();
        while (t.connection.retries < 6) {
            t.inject(seg("A").seq(1).ack(1).sack(t.mine(1461), t.mine(1461 + arrived)));
            t.advance(10);
            while (t.hasSent()) {
                Sent again = t.next();
                if (again.seq == t.mine(1) && t.connection.retries > 0) {
                    lengths.add(again.data.length);
                }
            }
        }
        assertThat(lengths).containsExactly(1460, 1460, first, first, 512, 512);
        t.inject(seg("A").seq(1).ack(1461 + arrived));
        assertThat(t.connection.unacknowledged()).isZero();
    }

    /** RFC 5681 §3.1: no window is less than a segment, which has become larger. */
    @Test
    void aWindowOfOneSmallSegmentBecomesOneOfTheLargeSize() {
        TcpScript t = TcpScript.established();
        t.write(1460);
        t.skip();
        t.icmp(IcmpError.PACKET_TOO_BIG, 600, 1);
        t.skip();
        t.inject(seg("A").seq(1).ack(1461));
        t.connection.congestion.setWindow(t.connection.sndMss);
        t.nowNs += PathMtuDiscovery.RAISE_NS;
        t.write(100);
        assertThat(t.connection.sndMss).isEqualTo(1460);
        assertThat(t.connection.congestion.window()).isGreaterThanOrEqualTo(1460);
    }

    /** A path that is cut for a while looks the same at first: the size comes back when smaller segments are no cure. */
    @Test
    void aCutPathGetsItsSizeBack() {
        pair.network().model.delayNs = 5_000_000;
        connect(false);
        TcpConnection c = there.connection();
        while (c.sendQueue.head == null || c.sendQueue.head.length < c.sndMss || c.outstanding() < 3 * c.sndMss) {
            assertThat(there.isDone()).isFalse();
            act();
        }
        int mss = there.connection().sndMss;
        pair.network().model.partitioned = true;
        pair.run(20_000_000);
        assertThat(c.sendQueue.head.length).as("what is lost is of full size").isEqualTo(mss);
        assertThat(pair.runUntil(() -> there.connection().retries >= 3, 100 * SECOND))
                .isTrue();
        assertThat(there.connection().sndMss).isEqualTo(1280 - 40 - 12);
        assertThat(pair.runUntil(() -> there.connection().retries >= 5, 100 * SECOND))
                .isTrue();
        assertThat(there.connection().sndMss).isEqualTo(552 - 40 - 12);
        assertThat(pair.runUntil(() -> there.connection().retries >= 7, 100 * SECOND))
                .isTrue();
        assertThat(there.connection().sndMss).isEqualTo(mss);
        pair.network().model.partitioned = false;
        converse(1000 * SECOND);
    }

    /** RFC 1191 §6.3, RFC 8201 §4: after ten minutes a larger size is tried. */
    @Test
    void aSizeThatWasLoweredIsRaisedAgain() {
        swallowAbove(1400);
        connect(true);
        assertThat(workUntilLowered()).isTrue();
        pair.network().model.filter = null;
        pair.run(PathMtuDiscovery.RAISE_NS);
        work(50_000_000);
        assertThat(there.connection().sndMss).isEqualTo(1500 - 60 - 12);
        converse(1000 * SECOND);
    }

    /** The segments that are queued already are cut to the new size. */
    @Test
    void whatARouterTellsIsHeededAtOnce() {
        connect(true);
        work(200_000);
        TcpConnection c = there.connection();
        int lost = pair.a().counters().get(Counter.TCP_RETRANSMITTED_SEGMENTS) > 0 ? 1 : 0;
        assertThat(lost).isZero();
        assertThat(c.outstanding()).isPositive();
        boolean believed = client.onIcmpError(
                io.perilune.ip.IcmpError.PACKET_TOO_BIG,
                1300,
                c.localHigh,
                c.localLow,
                c.remoteHigh,
                c.remoteLow,
                c.localPort(),
                c.remotePort(),
                c.sndUna,
                pair.nowNs());
        assertThat(believed).isTrue();
        assertThat(c.sndMss).isEqualTo(1300 - 60 - 12);
        swallowAbove(1300);
        converse(1000 * SECOND);
        assertThat(pair.a().counters().get(Counter.TCP_BLACK_HOLES)).isZero();
    }

    private void swallowAbove(int mtu) {
        pair.network().model.filter = (sender, bytes, length) -> length <= mtu + ETHERNET;
    }

    private void connect(boolean ipv6) {
        long high = ipv6 ? SimPair.HIGH_6 : 0;
        long low = ipv6 ? 2 : Addresses.mappedLow(SimPair.ADDRESS_B);
        there.attach(client.connect(0, 0, 0, high, low, PORT, new TcpSocketOptions(), there, pair.nowNs()));
        assertThat(pair.runUntil(() -> listener.acceptableCount() > 0, SECOND)).isTrue();
        back.accepted(listener.accept());
    }

    private boolean workUntilLowered() {
        long endNs = pair.nowNs() + 100 * SECOND;
        while (pair.a().counters().get(Counter.TCP_BLACK_HOLES) == 0 && pair.nowNs() < endNs) {
            act();
        }
        return pair.a().counters().get(Counter.TCP_BLACK_HOLES) > 0;
    }

    private void work(long ns) {
        long endNs = pair.nowNs() + ns;
        while (pair.nowNs() < endNs) {
            act();
        }
    }

    private void converse(long atMostNs) {
        long endNs = pair.nowNs() + atMostNs;
        while (!there.isDone() || !back.isDone()) {
            assertThat(pair.nowNs()).as(there + "; " + back).isLessThan(endNs);
            act();
        }
        pair.run(200 * SECOND);
        assertThat(pair.a().pool().lentCount()).isZero();
        assertThat(pair.b().pool().lentCount()).isZero();
    }

    private void act() {
        pair.settle();
        boolean moved = there.act(pair.nowNs());
        moved |= back.act(pair.nowNs());
        pair.settle();
        long nextNs = Math.min(pair.nextEventNs(), pair.nowNs() + (moved ? 20_000 : 20_000_000));
        pair.clock().advanceTo(Math.max(nextNs, pair.nowNs() + 10_000));
    }
}
