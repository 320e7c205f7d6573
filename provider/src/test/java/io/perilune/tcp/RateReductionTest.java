package io.perilune.tcp;

import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Test;

/** Proportional rate reduction (RFC 9937, which has taken the place of RFC 6937). */
class RateReductionTest {

    private static final int MSS = 1000;

    private final TcpScript t = new TcpScript("tcp.congestion", "newreno")
            .connect(seg("SA").ack(1).mss(MSS).sackPermitted().scale(4), 50);

    private void begin(int segments) {
        t.inject(seg("A").seq(1).ack(1).window(8_000));
        t.connection.congestion.setWindow(segments * MSS);
        t.write(3 * segments * MSS);
        assertThat(t.skip()).isEqualTo(segments);
        t.advance(50);
    }

    private void sack(long ack, int from, int to) {
        t.inject(seg("A").seq(1).ack(ack).window(8_000).sack(t.mine(1 + from * MSS), t.mine(1 + to * MSS)));
    }

    @Rfc(number = 9937, section = "6.2", label = "6.2/1")
    @Test // RFC 9937 §6.2: one segment lost of 20: half as many sent as are delivered, evenly
    void forEachTwoDeliveredOneIsSent() {
        begin(20);
        int sent = 0;
        for (int i = 2; i <= 20; i++) {
            sack(1, 1, i);
            int now = t.skip();
            assertThat(now).isLessThanOrEqualTo(1);
            sent += now;
        }
        // prr_delivered * ssthresh / RecoverFS = 19 * 10 / 20.
        // and two by limited transmit before, which do not count for the threshold (RFC 5681 §3.2, step 2).
        assertThat(sent).isBetween(10, 11);
        assertThat(t.connection.congestion.slowStartThreshold()).isEqualTo(10 * MSS);
        assertThat(t.connection.scoreboard.pipe(t.connection.outstanding())).isBetween(9 * MSS, 10 * MSS);
        t.inject(seg("A").seq(1).ack(1 + 20 * MSS).window(8_000));
        assertThat(t.connection.congestion.window()).isBetween(9 * MSS, 11 * MSS);
    }

    @Rfc(
            number = 9937,
            section = "6.2",
            label = {"6.2/2", "6.2/4"})
    @Test // RFC 9937 §6.2, CRB: many lost: no more is sent than is delivered
    void afterManyLossesNoMoreIsSentThanIsDelivered() {
        begin(20);
        sack(1, 15, 16);
        sack(1, 15, 17);
        // RFC 3042: limited transmit.
        assertThat(t.skip()).isEqualTo(2);
        sack(1, 15, 18);
        // Fifteen are lost; the first goes at once, and what was delivered before recovery began is not counted.
        assertThat(t.skip()).isEqualTo(1);
        sack(1, 15, 19);
        assertThat(t.skip()).isEqualTo(1);
        sack(1, 15, 20);
        assertThat(t.skip()).isEqualTo(1);
    }

    @Rfc(number = 9937, section = "6.2", label = "6.2/3")
    @Test // RFC 9937 §6.2, SSRB: acknowledgments that move on let one more go than was delivered
    void whileAcknowledgmentsMoveOnThePipeIsFilledAsInSlowStart() {
        begin(20);
        sack(1, 15, 18);
        assertThat(t.skip()).isBetween(1, 3);
        sack(1 + MSS, 15, 18);
        assertThat(t.skip()).isEqualTo(2);
        sack(1 + 2 * MSS, 15, 18);
        assertThat(t.skip()).isEqualTo(2);
    }

    @Rfc(number = 9937, section = "6.2", label = "6.2/2")
    @Test // RFC 9937 §6.2: what is delivered may always be sent, also after acknowledgments that let more go
    void afterAnAcknowledgmentThatMovedOnWhatIsDeliveredIsStillSent() {
        begin(20);
        sack(1, 15, 18);
        t.skip();
        for (int i = 1; i <= 4; i++) {
            sack(1 + i * MSS, 15, 18);
            assertThat(t.skip()).isEqualTo(2);
        }
        sack(1 + 4 * MSS, 15, 19);
        assertThat(t.skip()).isEqualTo(1);
        sack(1 + 4 * MSS, 15, 20);
        assertThat(t.skip()).isEqualTo(1);
    }

    @Rfc(number = 9937, section = "6.1", label = "6.1/1")
    @Test // RFC 9937 §6.1: RecoverFS is what may yet be delivered: not what was reported before recovery began
    void whatWasReportedBeforeRecoveryIsNoPartOfItsFlight() {
        begin(20);
        sack(1, 1, 2);
        sack(1, 1, 3);
        assertThat(t.skip()).isEqualTo(2);
        sack(1, 1, 4);
        assertThat(t.connection.recovery).isEqualTo(TcpConnection.RECOVERY);
        assertThat(t.connection.prrFlight).isEqualTo((20 + 2 - 2) * MSS);
        assertThat(t.connection.prrDelivered).isEqualTo(MSS);
    }

    @Test // RFC 5681 §3.1: FlightSize; what came in the same turn has left the network, and nothing could follow it yet
    void acknowledgmentsOfOneTurnDoNotMakeTheFlightSmaller() {
        begin(20);
        t.receive(seg("A").seq(1).ack(1 + 14 * MSS).window(8_000));
        for (int i = 16; i <= 20; i++) {
            t.receive(seg("A").seq(1).ack(1 + 14 * MSS).window(8_000).sack(t.mine(1 + 15 * MSS), t.mine(1 + i * MSS)));
        }
        t.tcp.flush(t.nowNs);
        assertThat(t.connection.recovery).isEqualTo(TcpConnection.RECOVERY);
        assertThat(t.connection.congestion.slowStartThreshold()).isEqualTo(10 * MSS);
        t.skip();
        // All of it at once: the next burst is as long as the threshold allows.
        t.inject(seg("A").seq(1).ack(1 + 20 * MSS).window(8_000));
        t.inject(seg("A").seq(1).ack(t.connection.sndNxt - t.connection.iss).window(8_000));
        assertThat(t.connection.recovery).isEqualTo(TcpConnection.OPEN);
        assertThat(t.connection.congestion.window()).isGreaterThanOrEqualTo(10 * MSS);
    }
}
