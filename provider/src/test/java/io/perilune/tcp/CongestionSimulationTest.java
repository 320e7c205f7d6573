package io.perilune.tcp;

import static io.perilune.tcp.Bottleneck.MS;
import static io.perilune.tcp.Bottleneck.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.metrics.Counter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Congestion control over a simulated bottleneck: what RFC 9406, RFC 9438, RFC 8257 and RFC 3168 promise. */
class CongestionSimulationTest {

    private static final Map<String, String> LARGE = Map.of("tcp.send-buffer", "1m", "tcp.receive-buffer", "1m");

    /** A share of the wire's payload that a flow got, in a time. */
    private static double share(long bytes, long bitsPerSecond, long ns) {
        return bytes * 8.0 / (bitsPerSecond * (ns / 1e9) * 1448 / 1514);
    }

    @Rfc(number = 9406, section = "4.2", label = "4.2/3")
    @Rfc(number = 9438, section = "4.10", label = "4.10/1")
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"cubic", "newreno"}) // RFC 9406 §4.2
    void slowStartEndsBeforeTheDeepQueueOverflows(String congestion) {
        // 50 KB fill the pipe and 500 KB the queue: the buffers, twice as much, would overflow it.
        Bottleneck b = new Bottleneck(
                1,
                10_000_000,
                20 * MS,
                400 * MS,
                Map.of("tcp.send-buffer", "1m", "tcp.receive-buffer", "1m", "tcp.congestion", congestion));
        Bottleneck.Flow flow = b.open(null);
        CongestionControl control = flow.sender.congestion;
        long[] leftNs = {0};
        b.run(3 * SECOND, () -> {
            if (leftNs[0] == 0 && control.window() >= control.slowStartThreshold()) {
                leftNs[0] = b.pair.nowNs();
            }
        });
        assertThat(leftNs[0]).as("slow start ends").isNotZero();
        assertThat(b.count(Counter.TCP_RETRANSMITTED_SEGMENTS)).isZero();
        // It did not end too soon either: the wire is busy.
        long before = flow.received;
        b.run(2 * SECOND);
        assertThat(share(flow.received - before, 10_000_000, 2 * SECOND)).isGreaterThan(0.95);
    }

    @Rfc(number = 9438, section = "5.6", label = "5.6/1")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3}) // RFC 9438 §5.6
    void twoCubicFlowsShareFairlyAndFillTheWire(long seed) {
        Bottleneck b = new Bottleneck(seed, 20_000_000, 10 * MS, 20 * MS, LARGE);
        Bottleneck.Flow first = b.open(new Cubic());
        b.run(3 * SECOND + seed * 7 * MS);
        Bottleneck.Flow second = b.open(new Cubic());
        b.run(20 * SECOND);
        assertShares(b, first, second, 0.25);
    }

    @Rfc(number = 9438, section = "4.3", label = "4.3/1")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3}) // RFC 9438 §4.3, §5.1: in Reno's region CUBIC is no worse a neighbour than Reno
    void cubicAndNewRenoShareFairlyWhereRenoDoesWell(long seed) {
        Bottleneck b = new Bottleneck(seed, 10_000_000, 5 * MS, 20 * MS, LARGE);
        Bottleneck.Flow reno = b.open(new NewReno());
        b.run(seed * 130 * MS);
        Bottleneck.Flow cubic = b.open(new Cubic());
        b.run(5 * SECOND);
        assertShares(b, reno, cubic, 0.2);
    }

    private static void assertShares(Bottleneck b, Bottleneck.Flow one, Bottleneck.Flow other, double least) {
        long oneBefore = one.received;
        long otherBefore = other.received;
        long ns = 20 * SECOND;
        b.run(ns);
        double a = share(one.received - oneBefore, b.model.bitsPerSecond, ns);
        double c = share(other.received - otherBefore, b.model.bitsPerSecond, ns);
        System.out.printf("shares %.3f and %.3f%n", a, c);
        assertThat(a + c).as("use of the wire").isBetween(0.85, 1.01);
        assertThat(a).as("share of the first").isGreaterThan(least);
        assertThat(c).as("share of the second").isGreaterThan(least);
    }

    @Rfc(number = 8257, section = "3.3", label = "3.3/2")
    @Test // RFC 8257 §3.3: the queue stays near the threshold where it is marked
    void dctcpKeepsTheMarkedQueueShort() {
        Bottleneck b = new Bottleneck(
                4,
                100_000_000,
                100_000,
                50 * MS,
                Map.of("tcp.congestion", "dctcp", "tcp.ecn", "on", "tcp.receive-buffer", "1m"));
        b.model.markNs = 2 * MS;
        Bottleneck.Flow one = b.open(null);
        Bottleneck.Flow two = b.open(null);
        b.run(2 * SECOND);
        b.longestWaitNs = 0;
        long before = one.received + two.received;
        b.run(3 * SECOND);
        System.out.println("longest queue of dctcp " + b.longestWaitNs / 1_000 + " us, marks "
                + b.pair.network().markedCount());
        assertThat(b.longestWaitNs).isLessThan(4 * MS);
        assertThat(share(one.received + two.received - before, 100_000_000, 3 * SECOND))
                .isGreaterThan(0.97);
        assertThat(b.count(Counter.TCP_RETRANSMITTED_SEGMENTS)).isZero();
        assertThat(((Dctcp) one.sender.congestion).alpha()).isLessThan(Dctcp.ONE / 2);
    }

    @Rfc(number = 3168, section = "6.1.2", label = "6.1.2/1")
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"cubic", "newreno"}) // RFC 3168 §6.1.2: reduced without a loss
    void marksReduceTheWindowWithoutALoss(String congestion) {
        Bottleneck b = new Bottleneck(
                5,
                20_000_000,
                10 * MS,
                200 * MS,
                Map.of("tcp.congestion", congestion, "tcp.ecn", "on", "tcp.receive-buffer", "1m"));
        b.model.markNs = 20 * MS;
        Bottleneck.Flow flow = b.open(null);
        b.run(2 * SECOND);
        b.longestWaitNs = 0;
        long before = flow.received;
        b.run(8 * SECOND);
        assertThat(b.count(Counter.TCP_RETRANSMITTED_SEGMENTS)).isZero();
        assertThat(b.count(Counter.TCP_ECN_REDUCTIONS)).isGreaterThan(3);
        assertThat(b.longestWaitNs).isLessThan(40 * MS);
        assertThat(share(flow.received - before, 20_000_000, 8 * SECOND)).isGreaterThan(0.9);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"cubic", "newreno"}) // tcp.pacing: what is spread out still fills the wire
    void aPacedFlowFillsTheWire(String congestion) {
        Bottleneck b = new Bottleneck(
                7,
                50_000_000,
                10 * MS,
                30 * MS,
                Map.of("tcp.congestion", congestion, "tcp.pacing", "true", "tcp.receive-buffer", "1m"));
        Bottleneck.Flow flow = b.open(null);
        b.run(3 * SECOND);
        long before = flow.received;
        b.run(6 * SECOND);
        assertThat(share(flow.received - before, 50_000_000, 6 * SECOND)).isGreaterThan(0.9);
    }

    @Test // tcp.pacing
    void pacedDataLeavesNoBurstsInTheQueue() {
        long burst = longestQueueAfterAPause("false");
        long paced = longestQueueAfterAPause("true");
        System.out.println("longest queue in slow start: bursts " + burst / 1_000 + " us, paced " + paced / 1_000);
        assertThat(paced).isLessThan(burst / 2);
    }

    private static long longestQueueAfterAPause(String pacing) {
        Bottleneck b = new Bottleneck(
                6,
                100_000_000,
                25 * MS,
                Long.MAX_VALUE,
                Map.of("tcp.pacing", pacing, "tcp.receive-buffer", "1m", "tcp.send-buffer", "1m"));
        b.open(null);
        // Six round trips: slow start, before the window fills the pipe.
        b.run(230 * MS);
        return b.longestWaitNs;
    }
}
