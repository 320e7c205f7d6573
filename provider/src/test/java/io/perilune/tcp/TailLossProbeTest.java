package io.perilune.tcp;

import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.metrics.Counter;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** RFC 8985 §7: the loss of the last segments is learnt of without a timeout. */
class TailLossProbeTest {

    private static final int MSS = 1460;
    private static final int RTT_MS = 20;
    private static final int BASE = 1 + 10 * MSS;

    private final TcpScript t =
            new TcpScript().connect(seg("SA").ack(1).mss(MSS).sackPermitted(), RTT_MS);

    @BeforeEach
    void warmUp() {
        t.write(10 * MSS);
        assertThat(t.skip()).isEqualTo(10);
        t.advance(RTT_MS);
        t.inject(seg("A").seq(1).ack(BASE)).silence();
    }

    private Sent probe(int segments) {
        t.write(segments * MSS);
        t.skip();
        long sentNs = t.nowNs;
        while (!t.hasSent() && t.nowNs - sentNs < 1_000 * TcpScript.MS) {
            t.advance(1);
        }
        assertThat(t.count(Counter.TCP_LOSS_PROBES)).isOne();
        assertThat(t.count(Counter.TCP_TIMEOUTS)).isZero();
        return t.expect("PA", BASE + (segments - 1L) * MSS, 1, MSS);
    }

    @Rfc(number = 8985, section = "7.2", label = "7.2/1")
    @Rfc(number = 8985, section = "7.3", label = "7.3/2")
    @Test // RFC 8985 §7.2, §7.3
    void theLastSegmentIsSentAgainAfterTwoRoundTrips() {
        long before = t.nowNs;
        Sent probe = probe(4);
        assertThat((probe.timeNs - before) / TcpScript.MS).isBetween(2L * RTT_MS, 2L * RTT_MS + 6);
        t.silence();
    }

    @Rfc(number = 8985, section = "7.2", label = "7.2/2")
    @Rfc(number = 8985, section = "7.3", label = "7.3/3")
    @Test // RFC 8985 §7.2: TLP.max_ack_delay for a single segment, and never later than the timeout
    void aSingleSegmentIsProbedWhenTheTimeoutWouldCome() {
        long before = t.nowNs;
        Sent probe = probe(1);
        assertThat((probe.timeNs - before) / TcpScript.MS).isBetween(200L, 250L);
        t.advance(150);
        t.silence();
        t.advance(100);
        t.expect("PA", BASE, 1, MSS);
        assertThat(t.count(Counter.TCP_TIMEOUTS)).isOne();
    }

    @Rfc(number = 8985, section = "7.3", label = "7.3/1")
    @Test // RFC 8985 §7.3: new data is better than old
    void newDataIsSentIfThereIsSome() {
        t.inject(seg("A").seq(1).ack(BASE).window(60_000));
        t.connection.congestion.setWindow(4 * MSS);
        t.write(6 * MSS);
        assertThat(t.skip()).isEqualTo(4);
        while (!t.hasSent()) {
            t.advance(1);
        }
        t.expect("A", BASE + 4 * MSS, 1, MSS);
        t.silence();
        assertThat(t.count(Counter.TCP_RETRANSMITTED_SEGMENTS)).isZero();
    }

    @Rfc(number = 8985, section = "7.4.1", label = "7.4.1/1")
    @Test // RFC 8985 §7.4.1: the report of the probe begins recovery of what else was lost
    void theProbesReportBringsTheOtherLostOnesAgain() {
        probe(4);
        t.advance(RTT_MS);
        t.inject(seg("A").seq(1).ack(BASE + MSS).sack(t.mine(BASE + 3 * MSS), t.mine(BASE + 4 * MSS)));
        t.advance(RTT_MS);
        t.expect("A", BASE + MSS, 1, MSS);
        t.expect("A", BASE + 2 * MSS, 1, MSS);
        assertThat(t.count(Counter.TCP_TIMEOUTS)).isZero();
        assertThat(t.count(Counter.TCP_FAST_RECOVERIES)).isOne();
    }

    @Rfc(number = 8985, section = "7.4.2", label = "7.4.2/1")
    @Test // RFC 8985 §7.4.2, TLP_process_ack(): the probe has repaired a loss, which counts as one
    void aLossThatTheProbeRepairedShrinksTheWindow() {
        int before = t.connection.congestion.window();
        probe(4);
        t.advance(RTT_MS);
        t.inject(seg("A").seq(1).ack(BASE + 4 * MSS));
        assertThat(t.connection.congestion.window()).isGreaterThanOrEqualTo(before);
        t.write(MSS);
        t.skip();
        t.advance(RTT_MS);
        t.inject(seg("A").seq(1).ack(BASE + 5 * MSS));
        assertThat(t.count(Counter.TCP_PROBES_REPAIRED)).isOne();
        assertThat(t.connection.congestion.slowStartThreshold()).isLessThan(before);
    }

    @Rfc(number = 8985, section = "7.4.2", label = "7.4.2/2")
    @Test // RFC 8985 §7.4.2: a duplicate report of the probe: nothing was lost
    void aNeedlessProbeShrinksNothing() {
        probe(4);
        t.inject(seg("A").seq(1).ack(BASE + 4 * MSS));
        t.inject(seg("A").seq(1).ack(BASE + 4 * MSS).sack(t.mine(BASE + 3 * MSS), t.mine(BASE + 4 * MSS)));
        t.write(MSS);
        t.skip();
        t.inject(seg("A").seq(1).ack(BASE + 5 * MSS));
        assertThat(t.count(Counter.TCP_PROBES_REPAIRED)).isZero();
        assertThat(t.connection.congestion.slowStartThreshold()).isGreaterThan(1 << 20);
    }

    @Rfc(number = 8985, section = "6.2", label = "6.2/4")
    @Test // RFC 8985 §6.2, step 4: the window is for reordering, of which a probe tells nothing
    void aNeedlessProbeDoesNotWidenTheReorderingWindow() {
        t.connection.rack.reorderingSeen = true;
        long before = t.connection.rack.reorderingWindowNs(t.connection);
        probe(4);
        t.inject(seg("A").seq(1).ack(BASE + 4 * MSS));
        t.inject(seg("A").seq(1).ack(BASE + 4 * MSS).sack(t.mine(BASE + 3 * MSS), t.mine(BASE + 4 * MSS)));
        assertThat(t.count(Counter.TCP_DUPLICATES_REPORTED)).isOne();
        assertThat(t.connection.rack.reorderingWindowNs(t.connection)).isEqualTo(before);
    }

    @Rfc(number = 8985, section = "4", label = "4/1")
    @Test // RFC 8985 §7.2: without SACK there is no probe
    void aPeerWithoutSackIsNotProbed() {
        TcpScript u = TcpScript.established();
        u.write(4 * MSS);
        u.skip();
        u.advance(190).silence();
        u.advance(20);
        assertThat(u.count(Counter.TCP_TIMEOUTS)).isOne();
        assertThat(u.count(Counter.TCP_LOSS_PROBES)).isZero();
    }

    /** The first of four segments is lost, and is sent again. */
    private void repair() {
        t.write(4 * MSS);
        assertThat(t.skip()).isEqualTo(4);
        t.advance(RTT_MS);
        t.inject(seg("A").seq(1).ack(BASE).sack(t.mine(BASE + MSS), t.mine(BASE + 4 * MSS)));
        t.expect("A", BASE, 1, MSS);
    }

    @Rfc(number = 8985, section = "7.2", label = "7.2/3")
    @Test // the peer, which holds what is behind, would have answered at once (RFC 5681 §4.2)
    void aRepairThatIsNotAnsweredIsSentOnceMoreWithoutATimeout() {
        repair();
        long before = t.nowNs;
        while (!t.hasSent()) {
            t.advance(1);
        }
        assertThat((t.nowNs - before) / TcpScript.MS).isBetween(2L * RTT_MS, 6L * RTT_MS);
        t.expect("A", BASE, 1, MSS);
        assertThat(t.count(Counter.TCP_TIMEOUTS)).isZero();
        assertThat(t.count(Counter.TCP_LOSS_PROBES)).isOne();
        // Only once: then comes the timeout.
        while (!t.hasSent()) {
            t.advance(1);
        }
        assertThat(t.count(Counter.TCP_TIMEOUTS)).isOne();
        assertThat(t.count(Counter.TCP_LOSS_PROBES)).isOne();
        assertThat((t.nowNs - before) / TcpScript.MS).isBetween(170L, 320L);
    }

    @Rfc(number = 8985, section = "9.3", label = "9.3/1")
    @Rfc(number = 9937, section = "6.4", label = "6.4/1")
    @Test // the peer, which holds nothing behind it, may delay its acknowledgment
    void theRepairOfTheLastGapIsSentOnceMoreAfterTheUsualDelayToo() {
        t.write(5 * MSS);
        t.skip();
        t.advance(RTT_MS);
        t.inject(seg("A").seq(1).ack(BASE).sack(t.mine(BASE + MSS), t.mine(BASE + 4 * MSS)));
        t.expect("A", BASE, 1, MSS);
        t.advance(RTT_MS);
        t.inject(seg("A").seq(1).ack(BASE + 4 * MSS));
        t.advance(RTT_MS);
        long before = t.nowNs;
        t.expect("PA", BASE + 4 * MSS, 1, MSS);
        while (!t.hasSent()) {
            t.advance(1);
        }
        t.expect("PA", BASE + 4 * MSS, 1, MSS);
        assertThat((t.nowNs - before) / TcpScript.MS).isBetween(50L, 50L + 6 * RTT_MS);
        assertThat(t.count(Counter.TCP_TIMEOUTS)).isZero();
    }

    @Test // the window has shrunk for the loss; the second repair is not another one
    void aRepairThatIsSentOnceMoreShrinksTheWindowOnce() {
        repair();
        int threshold = t.connection.congestion.slowStartThreshold();
        while (!t.hasSent()) {
            t.advance(1);
        }
        t.skip();
        t.advance(RTT_MS);
        t.inject(seg("A").seq(1).ack(BASE + 4 * MSS));
        assertThat(t.connection.recovery).isEqualTo(TcpConnection.OPEN);
        assertThat(t.connection.congestion.slowStartThreshold()).isEqualTo(threshold);
        assertThat(t.connection.congestion.window()).isEqualTo(threshold);
    }

    @Rfc(number = 8985, section = "7.2", label = "7.2/3")
    @Test // what is behind the gap may be on its way still: each report begins the wait anew
    void aRepairIsNotSentOnceMoreWhileReportsCome() {
        t.write(8 * MSS);
        assertThat(t.skip()).isEqualTo(8);
        t.advance(RTT_MS);
        t.inject(seg("A").seq(1).ack(BASE).sack(t.mine(BASE + MSS), t.mine(BASE + 4 * MSS)));
        t.expect("A", BASE, 1, MSS);
        for (int i = 5; i <= 8; i++) {
            t.advance(RTT_MS);
            t.skip();
            t.inject(seg("A").seq(1).ack(BASE).sack(t.mine(BASE + MSS), t.mine(BASE + i * MSS)));
        }
        assertThat(t.count(Counter.TCP_LOSS_PROBES)).isZero();
    }
}
