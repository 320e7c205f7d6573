package io.perilune.tcp;

import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.metrics.Counter;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What was held lost and was only late: RFC 5682 (F-RTO), RFC 3522 (Eifel), RFC 2883 and RFC 3708 (D-SACK), RFC 4015. */
class SpuriousRecoveryTest {

    private static final int MSS = 1460;

    @Nested
    class Frto {
        @Rfc(
                number = 5682,
                section = "2.1",
                label = {"2.1/3", "2.1/5"})
        @Test // RFC 5682 §2.1, step 3b
        void twoAcknowledgmentsOfWhatWasNotSentAgainUndoTheTimeout() {
            TcpScript t = TcpScript.established();
            t.write(12 * MSS);
            assertThat(t.skip()).isEqualTo(10);
            int window = t.connection.congestion.window();
            t.advance(205);
            t.expect("A", 1, 1, MSS);
            t.silence();
            // Step 2b: the first acknowledgment: two new ones, not the second again.
            t.inject(seg("A").seq(1).ack(1 + MSS));
            t.expect("A", 1 + 10 * MSS, 1, MSS);
            t.expect("PA", 1 + 11 * MSS, 1, MSS);
            t.silence();
            t.inject(seg("A").seq(1).ack(1 + 2 * MSS)).silence();
            assertThat(t.count(Counter.TCP_RECOVERIES_UNDONE)).isOne();
            assertThat(t.connection.congestion.window()).isGreaterThanOrEqualTo(window);
            assertThat(t.connection.recovery).isEqualTo(TcpConnection.OPEN);
            t.inject(seg("A").seq(1).ack(1 + 12 * MSS)).silence();
            assertThat(t.count(Counter.TCP_RETRANSMITTED_SEGMENTS)).isOne();
        }

        @Rfc(number = 5682, section = "2.1", label = "2.1/4")
        @Test // RFC 5682 §2.1, step 3a
        void aDuplicateAfterTheNewDataMeansALoss() {
            TcpScript t = TcpScript.established();
            t.write(12 * MSS);
            t.skip();
            t.advance(205);
            t.skip();
            t.inject(seg("A").seq(1).ack(1 + MSS));
            assertThat(t.skip()).isEqualTo(2);
            t.inject(seg("A").seq(1).ack(1 + MSS));
            assertThat(t.next().seq).isEqualTo(t.mine(1 + MSS));
            assertThat(t.count(Counter.TCP_RECOVERIES_UNDONE)).isZero();
        }

        @Rfc(number = 5682, section = "2.1", label = "2.1/2")
        @Test // RFC 5682 §2.1, step 2a
        void aDuplicateAtOnceMeansALoss() {
            TcpScript t = TcpScript.established();
            t.write(12 * MSS);
            t.skip();
            t.advance(205);
            t.skip();
            t.inject(seg("A").seq(1).ack(1));
            t.inject(seg("A").seq(1).ack(1 + MSS));
            assertThat(t.next().seq).isEqualTo(t.mine(1 + MSS));
        }

        @Rfc(number = 5682, section = "2.1", label = "2.1/3")
        @Test // RFC 5682 §2.1, step 2b: without new data the recovery is as ever
        void withoutNewDataTheNextOnesAreSentAgain() {
            TcpScript t = TcpScript.established();
            t.write(8 * MSS);
            t.skip();
            t.advance(205);
            t.skip();
            t.inject(seg("A").seq(1).ack(1 + MSS));
            t.expect("A", 1 + MSS, 1, MSS);
            t.expect("A", 1 + 2 * MSS, 1, MSS);
        }

        @Rfc(number = 5682, section = "2.1", label = "2.1/1")
        @Test // RFC 5682 §2.1, step 1
        void theSecondTimeoutInARowIsNotDoubted() {
            TcpScript t = TcpScript.established();
            t.write(12 * MSS);
            t.skip();
            t.advance(205);
            t.advance(410);
            assertThat(t.count(Counter.TCP_TIMEOUTS)).isEqualTo(2);
            t.skip();
            t.inject(seg("A").seq(1).ack(1 + MSS));
            t.expect("A", 1 + MSS, 1, MSS);
        }

        @Rfc(number = 5682, section = "3.1", label = "3.1/1")
        @Test // RFC 5682 §3.1: a SACK of what was not sent again tells as much
        void aReportOfWhatWasNotSentAgainUndoesTheTimeout() {
            TcpScript t = TcpScript.establishedWithSack();
            t.write(14 * MSS);
            assertThat(t.skip()).isEqualTo(10);
            t.connection.probed = true;
            while (t.count(Counter.TCP_TIMEOUTS) == 0) {
                t.advance(1);
            }
            t.skip();
            t.inject(seg("A").seq(1).ack(1 + MSS));
            assertThat(t.skip()).isEqualTo(2);
            t.inject(seg("A").seq(1).ack(1 + MSS).sack(t.mine(1 + 2 * MSS), t.mine(1 + 3 * MSS)));
            assertThat(t.count(Counter.TCP_RECOVERIES_UNDONE)).isOne();
        }
    }

    @Nested
    class Eifel {
        final TcpScript t = new TcpScript()
                .connect(seg("SA").ack(1).mss(1472).sackPermitted().timestamps(100, 0), 30);

        @Rfc(number = 3522, section = "3.2", label = "3.2/1")
        @Test // RFC 3522 §3.2, RFC 4015 §3
        void anOldEchoUndoesARecovery() {
            t.write(10 * 1460);
            Sent first = t.next();
            int size = first.data.length;
            t.skip();
            int window = t.connection.congestion.window();
            t.advance(10);
            t.inject(echo(1, first.tsVal).sack(t.mine(1 + size), t.mine(1 + 4 * size)));
            Sent again = t.next();
            assertThat(again.seq).isEqualTo(t.mine(1));
            assertThat(t.connection.congestion.slowStartThreshold()).isLessThan(window);
            t.advance(1);
            t.inject(echo(1 + 4L * size, first.tsVal));
            assertThat(t.count(Counter.TCP_RECOVERIES_UNDONE)).isOne();
            assertThat(t.connection.recovery).isEqualTo(TcpConnection.OPEN);
            assertThat(t.connection.congestion.window()).isGreaterThanOrEqualTo(window);
            assertThat(t.connection.rack.reorderingSeen).isTrue();
        }

        @Rfc(number = 3522, section = "3.2", label = "3.2/2")
        @Test // RFC 3522 §3.2: the echo of the retransmission
        void aNewEchoDoesNot() {
            t.write(10 * 1460);
            Sent first = t.next();
            int size = first.data.length;
            t.skip();
            t.advance(10);
            t.inject(echo(1, first.tsVal).sack(t.mine(1 + size), t.mine(1 + 4 * size)));
            Sent again = t.next();
            t.advance(10);
            t.inject(echo(1 + 4L * size, again.tsVal));
            assertThat(t.count(Counter.TCP_RECOVERIES_UNDONE)).isZero();
            assertThat(t.connection.recovery).isEqualTo(TcpConnection.RECOVERY);
        }

        @Rfc(number = 3522, section = "3.2", label = "3.2/3")
        @Test // RFC 3522 §3.2: what comes later may echo anything
        void onlyTheFirstAcknowledgmentIsJudged() {
            t.write(10 * 1460);
            Sent first = t.next();
            int size = first.data.length;
            t.skip();
            t.advance(10);
            t.inject(echo(1, first.tsVal).sack(t.mine(1 + size), t.mine(1 + 4 * size)));
            Sent again = t.next();
            t.advance(10);
            t.inject(echo(1 + 4L * size, again.tsVal));
            t.inject(echo(1 + 5L * size, first.tsVal));
            assertThat(t.count(Counter.TCP_RECOVERIES_UNDONE)).isZero();
        }

        private io.perilune.packet.Seg echo(long ack, int tsEcr) {
            return seg("A").seq(1).ack(ack).timestamps(101, tsEcr);
        }
    }

    @Nested
    class DuplicateReports {
        final TcpScript t = TcpScript.establishedWithSack();

        private int window;

        private void recover() {
            t.write(10 * MSS);
            t.skip();
            window = t.connection.congestion.window();
            t.inject(seg("A").seq(1).ack(1).sack(t.mine(1 + MSS), t.mine(1 + 4 * MSS)));
            t.expect("A", 1, 1, MSS);
            t.inject(seg("A").seq(1).ack(1 + 10 * MSS));
            assertThat(t.connection.congestion.window()).isLessThan(window);
        }

        @Rfc(number = 2883, section = "5", label = "5/1")
        @Test // RFC 2883 §5, RFC 3708 §3
        void aReportOfAllThatWasSentAgainUndoesTheRecovery() {
            recover();
            t.inject(seg("A").seq(1).ack(1 + 10 * MSS).sack(t.mine(1), t.mine(1 + MSS)));
            assertThat(t.count(Counter.TCP_RECOVERIES_UNDONE)).isOne();
            assertThat(t.connection.congestion.window()).isGreaterThanOrEqualTo(window);
        }

        @Rfc(number = 2883, section = "5", label = "5/1")
        @Test // RFC 2883 §5: a duplicate of something else says nothing of it
        void aReportOfSomethingOlderDoesNot() {
            recover();
            t.inject(seg("A").seq(1).ack(1 + 10 * MSS).sack(t.mine(-MSS), t.mine(1)));
            assertThat(t.count(Counter.TCP_RECOVERIES_UNDONE)).isZero();
        }
    }

    @Test // RFC 6298 §3, §5.5, Karn's algorithm: a path slower than the timeout is learnt in the end
    void aTimeoutStaysBackedOffUntilASampleIsBeyondDoubt() {
        TcpScript t = TcpScript.established();
        t.write(10);
        t.advance(205);
        t.skip();
        t.inject(seg("A").seq(1).ack(11));
        t.write(10);
        t.expect("PA", 11, 1, 10);
        t.advance(300).silence();
        t.inject(seg("A").seq(1).ack(21));
        assertThat(t.connection.rtt.baseRtoNs()).isGreaterThan(300 * TcpScript.MS);
    }

    @Test // RFC 7323 §4.1, RFC 6298 §3: a lost acknowledgment makes no slow path
    void whatWasSentAgainForALostAcknowledgmentIsNoSample() {
        TcpScript t = new TcpScript().connect(seg("SA").ack(1).mss(1472).timestamps(100, 0), 10);
        t.write(10);
        Sent first = t.next();
        t.advance(300);
        assertThat(t.skip()).isOne();
        t.inject(seg("A").seq(1).ack(11).timestamps(101, first.tsVal));
        assertThat(t.connection.rtt.srttNs()).isEqualTo(10 * TcpScript.MS);
    }

    @Test // RFC 7323 §4.1: the echo of what was sent again is one, and it is taken from that time on
    void theEchoOfWhatWasSentAgainIsASample() {
        TcpScript t = new TcpScript().connect(seg("SA").ack(1).mss(1472).timestamps(100, 0), 10);
        t.write(10);
        t.next();
        while (!t.hasSent()) {
            t.advance(1);
        }
        Sent again = t.next();
        t.advance(18);
        t.inject(seg("A").seq(1).ack(11).timestamps(101, again.tsVal));
        assertThat(t.connection.rtt.srttNs()).isEqualTo(11 * TcpScript.MS);
    }

    @Test // RFC 6582 §3.2, step 2: duplicates of what was sent again for nothing
    void duplicatesOfExactlyTheRecoverysEndBeginNoSecondOne() {
        TcpScript t = TcpScript.established();
        t.write(10 * MSS);
        t.skip();
        for (int i = 0; i < 3; i++) {
            t.inject(seg("A").seq(1).ack(1));
        }
        t.inject(seg("A").seq(1).ack(1 + 10 * MSS));
        assertThat(t.count(Counter.TCP_FAST_RECOVERIES)).isOne();
        t.write(4 * MSS);
        for (int i = 0; i < 3; i++) {
            t.inject(seg("A").seq(1).ack(1 + 10 * MSS));
        }
        assertThat(t.count(Counter.TCP_FAST_RECOVERIES)).isOne();
    }
}
