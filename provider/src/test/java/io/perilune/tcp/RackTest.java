package io.perilune.tcp;

import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.metrics.Counter;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Test;

/** RFC 8985 §6: losses are found by the time of transmission. */
class RackTest {

    private static final int MSS = 1460;
    private static final int RTT_MS = 40;

    private final TcpScript t =
            new TcpScript().connect(seg("SA").ack(1).mss(MSS).sackPermitted(), RTT_MS);
    private int base;

    /** Gives the connection a round-trip time and window: ten segments there and back. */
    private void warmUp() {
        t.write(10 * MSS);
        assertThat(t.skip()).isEqualTo(10);
        t.advance(RTT_MS);
        t.inject(seg("A").seq(1).ack(1 + 10 * MSS)).silence();
        base = 10;
    }

    private long number(int segment) {
        return 1 + (base + segment) * (long) MSS;
    }

    private void sack(int from, int to) {
        t.inject(seg("A").seq(1).ack(number(0)).sack(t.mine((int) number(from)), t.mine((int) number(to))));
    }

    @Rfc(number = 8985, section = "6.2", label = "6.2/6")
    @Test // RFC 8985 §6.2, step 5
    void oneSegmentThatWasOvertakenIsLostAfterAQuarterOfARoundTrip() {
        warmUp();
        t.write(3 * MSS);
        t.skip();
        t.advance(RTT_MS);
        sack(1, 3);
        t.silence();
        t.advance(RTT_MS / 4 - 2).silence();
        t.advance(4);
        t.expect("A", number(0), 1, MSS);
        assertThat(t.count(Counter.TCP_FAST_RECOVERIES)).isOne();
        assertThat(t.count(Counter.TCP_TIMEOUTS)).isZero();
    }

    @Rfc(
            number = 8985,
            section = "6.2",
            label = {"6.2/1", "6.2/6"})
    @Test // RFC 8985 §3.1: what is overtaken by less is not sent again
    void aSegmentThatComesInThatTimeIsNotSentAgain() {
        warmUp();
        t.write(3 * MSS);
        t.skip();
        t.advance(RTT_MS);
        sack(1, 3);
        t.advance(RTT_MS / 4 - 3);
        t.inject(seg("A").seq(1).ack(number(3)));
        t.advance(1_000).silence();
        assertThat(t.connection.rack.reorderingSeen).isTrue();
        assertThat(t.wheel.armedCount()).isZero();
    }

    @Rfc(number = 8985, section = "6.2", label = "6.2/2")
    @Rfc(number = 9937, section = "6.2", label = "6.2/4")
    @Test // RFC 8985 §6.2, step 4: three reports, no reordering seen
    void threeReportsMakeItLostAtOnce() {
        warmUp();
        t.write(6 * MSS);
        t.skip();
        t.advance(RTT_MS);
        sack(1, 4);
        t.expect("A", number(0), 1, MSS);
    }

    @Rfc(number = 8985, section = "6.2", label = "6.2/3")
    @Test // RFC 8985 §6.2, step 4: on a path that reorders, not even then
    void whereReorderingWasSeenThreeReportsAreNotEnough() {
        aSegmentThatComesInThatTimeIsNotSentAgain();
        base = 13;
        t.write(6 * MSS);
        t.skip();
        t.advance(RTT_MS);
        sack(1, 5);
        t.silence();
        t.advance(RTT_MS / 4 + 3);
        t.expect("A", number(0), 1, MSS);
    }

    @Rfc(number = 8985, section = "6.1", label = "6.1/1")
    @Test // RFC 8985 §3.2: a lost retransmission, without a timeout
    void aLostRetransmissionIsFoundByWhatWasSentAfterIt() {
        warmUp();
        t.write(9 * MSS);
        assertThat(t.skip()).isEqualTo(9);
        t.advance(RTT_MS);
        sack(1, 4);
        t.expect("A", number(0), 1, MSS);
        t.write(4 * MSS);
        t.skip();
        t.advance(5);
        // More is delivered, so more is sent, after the retransmission.
        sack(1, 9);
        t.skip();
        t.advance(RTT_MS);
        long before = t.count(Counter.TCP_RETRANSMITTED_SEGMENTS);
        sack(1, 12);
        t.advance(2);
        assertThat(t.count(Counter.TCP_RETRANSMITTED_SEGMENTS)).isEqualTo(before + 1);
        t.expect("A", number(0), 1, MSS);
        assertThat(t.count(Counter.TCP_TIMEOUTS)).isZero();
    }

    @Rfc(number = 8985, section = "6.2", label = "6.2/4")
    @Test // RFC 8985 §6.2, step 4: the window grows with each round that reports a duplicate
    void aReportedDuplicateWidensTheReorderingWindow() {
        aSegmentThatComesInThatTimeIsNotSentAgain();
        long narrow = t.connection.rack.reorderingWindowNs(t.connection);
        t.inject(seg("A").seq(1).ack(number(3)).sack(t.mine((int) number(1)), t.mine((int) number(2))));
        assertThat(t.connection.rack.reorderingWindowNs(t.connection)).isEqualTo(2 * narrow);
        assertThat(t.count(Counter.TCP_DUPLICATES_REPORTED)).isOne();
    }

    @Rfc(number = 8985, section = "6.2", label = "6.2/4")
    @Test // RFC 8985 §6.2, step 4
    void theReorderingWindowIsNeverWiderThanARoundTrip() {
        aSegmentThatComesInThatTimeIsNotSentAgain();
        for (int i = 0; i < 10; i++) {
            t.inject(seg("A").seq(1).ack(number(3)).sack(t.mine((int) number(1)), t.mine((int) number(2))));
        }
        assertThat(t.count(Counter.TCP_DUPLICATES_REPORTED)).isEqualTo(10);
        assertThat(t.connection.rack.reorderingWindowNs(t.connection)).isEqualTo(t.connection.rtt.srttNs());
    }

    @Rfc(number = 8985, section = "6.2", label = "6.2/5")
    @Test // RFC 8985 §6.2, step 4
    void sixteenRecoveriesWithoutAReportMakeTheWindowNarrowAgain() {
        aSegmentThatComesInThatTimeIsNotSentAgain();
        long narrow = t.connection.rack.reorderingWindowNs(t.connection);
        t.inject(seg("A").seq(1).ack(number(3)).sack(t.mine((int) number(1)), t.mine((int) number(2))));
        for (int i = 0; i < 15; i++) {
            t.connection.rack.onRecovered();
        }
        assertThat(t.connection.rack.reorderingWindowNs(t.connection)).isEqualTo(2 * narrow);
        t.connection.rack.onRecovered();
        assertThat(t.connection.rack.reorderingWindowNs(t.connection)).isEqualTo(narrow);
    }

    @Rfc(number = 8985, section = "6.3", label = "6.3/1")
    @Test // RFC 8985 §6.3: after a timeout only what has been on its way long enough
    void aTimeoutDoesNotCondemnWhatWasJustSent() {
        warmUp();
        // No probe: the timeout itself.
        t.connection.probed = true;
        t.write(MSS);
        t.skip();
        t.advance(190);
        t.write(MSS);
        t.skip();
        t.advance(15);
        assertThat(t.count(Counter.TCP_TIMEOUTS)).isOne();
        t.expect("A", number(0), 1, MSS);
        t.silence();
        assertThat(t.connection.scoreboard.hasLost()).isFalse();
        assertThat(t.connection.sendQueue.lastSent.has(SegmentRecord.IN_FLIGHT)).isTrue();
    }
}
