package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.metrics.Counter;
import io.perilune.packet.Seg;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SEGMENT ARRIVES before a connection is synchronized, as far as {@link TcpHandshakeTest} leaves it open. */
class SegmentArrivesUnsynchronizedTest {

    @Nested
    class SynSent {
        final TcpScript t = new TcpScript();

        @Test
        @Rfc(number = 9293, section = "3.10.7.3", label = "3.10.7.3/4")
        void dataWithTheSynAckIsDelivered() {
            t.openActively();
            t.inject(seg("SA").ack(1).mss(1460).bytes(10));
            t.expect("A", 1, 11);
            assertThat(t.events).containsExactly("connected", "readable");
            assertThat(t.read(20, 1)).isEqualTo(10);
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.3", label = "3.10.7.3/4")
        void finWithTheSynAckCloses() {
            t.openActively();
            t.inject(seg("SFA").ack(1).mss(1460));
            t.expect("A", 1, 2);
            assertThat(t.connection.state()).isEqualTo(TcpState.CLOSE_WAIT);
            assertThat(t.events).containsExactly("connected", "readable");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 2, -1, 70_000, Integer.MAX_VALUE})
        @Rfc(number = 9293, section = "3.10.7.3", label = "3.10.7.3/1")
        void anAckOfAnythingButTheSynIsReset(int ack) {
            t.openActively();
            t.inject(seg("A").seq(9).ack(ack));
            t.expectPlainReset(ack);
            t.inject(seg("RA").seq(9).ack(ack)).silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.SYN_SENT);
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.3", label = "3.10.7.3/5")
        void withoutSynAndResetNothingHappens() {
            t.openActively();
            t.inject(seg("A").ack(1)).inject(seg("FA").ack(1)).inject(seg("")).inject(seg("F"));
            t.inject(data(10, 0, 1)).silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.SYN_SENT);
            assertThat(t.events).isEmpty();
        }

        @Test
        @Rfc(number = 9293, section = "3.5.3", label = "SHLD-2")
        void aResetWithDataRefuses() {
            t.openActively();
            t.inject(seg("RA").ack(1).bytes(30)).silence();
            assertThat(t.connection.error()).isEqualTo(TcpError.CONNECTION_REFUSED);
        }

        @Test // RFC 7323 §2.2: the window of a segment with SYN is not scaled
        @Rfc(number = 7323, section = "2.2", label = "2.2/2")
        void theWindowOfASynAckThatCrossedOurSynIsNotScaled() {
            t.openActively();
            t.inject(seg("S").mss(1460).scale(7).window(10_000)).skip();
            t.inject(seg("SA").ack(1).mss(1460).scale(7).window(10_000));
            assertThat(t.connection.state()).isEqualTo(TcpState.ESTABLISHED);
            assertThat(t.connection.sndWnd).isBetween(10_000 - 127, 10_000);
            t.inject(seg("A").seq(1).ack(1).window(100));
            assertThat(t.connection.sndWnd).isEqualTo(12_800);
        }

        @Test
        @Rfc(number = 9293, section = "3.5.1", label = "3.5.1/1")
        void anOldConnectionOfThePeersIsReset() {
            // Figure 9: the peer still believes in an earlier connection and acknowledges what is not ours.
            t.openActively();
            t.inject(seg("A").seq(300).ack(-100));
            t.expectPlainReset(-100);
            assertThat(t.connection.state()).isEqualTo(TcpState.SYN_SENT);
            t.inject(seg("SA").seq(0).ack(1));
            t.expect("A", 1, 1);
        }
    }

    @Nested
    class SynReceived {
        final TcpScript t = new TcpScript().listen(5);

        private void half() {
            t.inject(seg("S").mss(1460));
            t.iss = t.next().seq;
            t.advance(200);
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.2", label = "3.10.7.2/3")
        void dataOnTheSynIsNotAcknowledgedAndTakenWhenItComesAgain() {
            t.inject(seg("S").mss(1460).bytes(10));
            Sent synAck = t.next();
            assertThat(synAck.ack).isEqualTo(t.theirs(1));
            t.iss = synAck.seq;
            t.inject(data(10, 1, 1));
            t.connection = t.listener.accept();
            assertThat(t.read(20, 1)).isEqualTo(10);
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/8")
        void finWithTheFinalAckMakesAConnectionInCloseWait() {
            half();
            t.inject(seg("FA").seq(1).ack(1));
            t.expect("A", 1, 2);
            TcpConnection c = t.listener.accept();
            assertThat(c.state()).isEqualTo(TcpState.CLOSE_WAIT);
            assertThat(c.isEndOfStream()).isTrue();
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/5")
        void withoutAckASegmentIsDropped() {
            half();
            t.inject(seg("").seq(1).bytes(5)).inject(seg("F").seq(1)).silence();
            assertThat(t.tcp.connectionCount()).isOne();
            assertThat(t.listener.acceptableCount()).isZero();
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/4")
        void anotherSynIsChallenged() {
            half();
            t.inject(seg("S").seq(10));
            t.expect("A", 1, 1);
            t.advance(200).inject(seg("S").seq(-10));
            t.expect("A", 1, 1);
            assertThat(t.tcp.connectionCount()).isOne();
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/1")
        void anAckOutsideOfTheWindowEstablishesNothing() {
            half();
            t.inject(seg("A").seq(0).ack(1));
            t.expect("A", 1, 1);
            t.advance(200).inject(seg("A").seq(70_000).ack(1));
            t.expect("A", 1, 1);
            assertThat(t.listener.acceptableCount()).isZero();
        }

        @Test
        @Rfc(number = 9293, section = "3.5.3", label = "SHLD-2")
        void aResetWithDataReturnsToListen() {
            half();
            t.inject(seg("R").seq(1).bytes(9)).silence();
            assertThat(t.tcp.connectionCount()).isZero();
        }

        @Test
        @Rfc(number = 9293, section = "3.5.1", label = "3.5.1/1")
        void anOldSynsAnswerIsResetByThePeerAndLeavesNothing() {
            // Figure 11.
            half();
            t.inject(seg("R").seq(1)).silence();
            assertThat(t.count(Counter.TCP_RESETS_RECEIVED)).isOne();
            t.handshake(seg("S").mss(1460));
            assertThat(t.listener.acceptableCount()).isOne();
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/5")
        void afterCrossedSynsAWrongAckIsReset() {
            TcpScript u = new TcpScript();
            u.openActively();
            u.inject(seg("S").mss(1460)).skip();
            u.inject(seg("A").seq(1).ack(500));
            u.expectPlainReset(500);
            assertThat(u.connection.state()).isEqualTo(TcpState.SYN_RECEIVED);
        }

        @Test
        @Rfc(number = 9293, section = "3.5", label = "MUST-10")
        void aLostAnswerToACrossedSynIsSentAgain() {
            TcpScript u = new TcpScript();
            u.openActively();
            u.inject(seg("S").mss(1460));
            u.expect("SA", 0, 1);
            u.advance(1_010);
            u.expect("SA", 0, 1);
            u.inject(Seg.data(10, 1, 1));
            assertThat(u.read(20, 1)).isEqualTo(10);
        }
    }
}
