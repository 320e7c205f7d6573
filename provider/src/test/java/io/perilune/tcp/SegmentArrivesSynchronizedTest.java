package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.metrics.Counter;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** SEGMENT ARRIVES in the synchronized states, step by step in each of them (RFC 9293 §3.10.7.4). */
class SegmentArrivesSynchronizedTest {

    /** A synchronized state, and the numbers that a connection has on arriving there. */
    enum In {
        ESTABLISHED(TcpState.ESTABLISHED, 1, 1),
        FIN_WAIT_1(TcpState.FIN_WAIT_1, 1, 2),
        FIN_WAIT_2(TcpState.FIN_WAIT_2, 1, 2),
        CLOSE_WAIT(TcpState.CLOSE_WAIT, 2, 1),
        CLOSING(TcpState.CLOSING, 2, 2),
        LAST_ACK(TcpState.LAST_ACK, 2, 2);

        final TcpState state;
        final int rcvNxt;
        final int sndNxt;

        In(TcpState state, int rcvNxt, int sndNxt) {
            this.state = state;
            this.rcvNxt = rcvNxt;
            this.sndNxt = sndNxt;
        }

        /** An acknowledgment that is good and moves nothing. */
        int ack() {
            return this == FIN_WAIT_2 ? 2 : 1;
        }

        boolean finReceived() {
            return rcvNxt == 2;
        }

        TcpScript enter() {
            TcpScript t = TcpScript.established();
            if (this == CLOSE_WAIT || this == LAST_ACK) {
                t.inject(seg("FA").seq(1).ack(1));
            }
            if (this != ESTABLISHED && this != CLOSE_WAIT) {
                t.connection.shutdownOutput(t.nowNs);
                t.tcp.flush(t.nowNs);
            }
            if (this == FIN_WAIT_2) {
                t.inject(seg("A").seq(1).ack(2));
            }
            if (this == CLOSING) {
                t.inject(seg("FA").seq(1).ack(1));
            }
            t.skip();
            check(t);
            return t;
        }

        void check(TcpScript t) {
            assertThat(t.connection.state()).isEqualTo(state);
        }
    }

    /** Expects the empty acknowledgment with the present numbers, and that nothing else has changed. */
    private static void expectAckOnly(In in, TcpScript t) {
        t.expect("A", in.sndNxt, in.rcvNxt);
        t.silence();
        in.check(t);
        assertThat(t.connection.available()).isZero();
    }

    @Nested
    class FirstSequence {
        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/1")
        void aSegmentLeftOfTheWindowIsAcknowledgedAndDropped(In in) {
            TcpScript t = in.enter();
            t.inject(data(5, in.rcvNxt - 5, in.ack()));
            expectAckOnly(in, t);
            assertThat(t.count(Counter.DROP_TCP_OUTSIDE_WINDOW)).isOne();
        }

        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/1")
        void aSegmentRightOfTheWindowIsAcknowledgedAndDropped(In in) {
            TcpScript t = in.enter();
            t.inject(data(5, in.rcvNxt + 70_000, in.ack()));
            expectAckOnly(in, t);
        }

        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/1")
        void anEmptySegmentOutsideOfTheWindowIsAcknowledged(In in) {
            TcpScript t = in.enter();
            t.inject(seg("A").seq(in.rcvNxt - 1).ack(in.ack()));
            expectAckOnly(in, t);
            t.inject(seg("A").seq(in.rcvNxt + 70_000).ack(in.ack()));
            expectAckOnly(in, t);
        }

        @ParameterizedTest
        @EnumSource(names = {"ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2"})
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/1")
        void whatLiesBeyondTheWindowIsCutOff(In in) {
            TcpScript t = in.enter();
            t.inject(data(1000, 65_000, in.ack())).skip();
            assertThat(t.connection.outOfOrder.right(0)).isEqualTo(t.theirs(65_536));
        }
    }

    @Nested
    class SecondReset {
        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/2")
        @Rfc(number = 5961, section = "3.2", label = "3.2/1")
        void oneOutsideOfTheWindowIsDropped(In in) {
            TcpScript t = in.enter();
            t.inject(seg("R").seq(in.rcvNxt - 1)).inject(seg("R").seq(in.rcvNxt + 70_000));
            t.silence();
            in.check(t);
        }

        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/2")
        @Rfc(number = 5961, section = "3.2", label = "3.2/3")
        void oneInsideOfTheWindowIsChallenged(In in) {
            TcpScript t = in.enter();
            t.inject(seg("R").seq(in.rcvNxt + 5));
            expectAckOnly(in, t);
        }

        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/2")
        @Rfc(number = 5961, section = "3.2", label = "3.2/2")
        void anExactOneEndsTheConnection(In in) {
            TcpScript t = in.enter();
            t.inject(seg("R").seq(in.rcvNxt)).silence();
            String told =
                    switch (in) {
                        case CLOSING, LAST_ACK -> "closed NONE";
                        case CLOSE_WAIT -> "closed BROKEN_PIPE";
                        default -> "closed CONNECTION_RESET";
                    };
            assertThat(t.events).last().isEqualTo(told);
            t.connection.close(t.nowNs);
            t.expectNothingLeft();
        }

        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.5.3", label = "SHLD-2")
        void oneWithDataIsAReset(In in) {
            TcpScript t = in.enter();
            t.inject(seg("RA").seq(in.rcvNxt).ack(in.ack()).bytes(20)).silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.CLOSED);
            assertThat(t.connection.available()).isZero();
        }
    }

    @Nested
    class FourthSyn {
        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/4")
        @Rfc(number = 5961, section = "4.2", label = "4.2/1")
        void oneIsChallengedWhateverItsNumber(In in) {
            TcpScript t = in.enter();
            for (int seq : new int[] {in.rcvNxt, in.rcvNxt + 9, in.rcvNxt - 9, in.rcvNxt + 90_000}) {
                t.inject(seg("S").seq(seq));
                expectAckOnly(in, t);
            }
        }
    }

    @Nested
    class FifthAck {
        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/5")
        void aSegmentWithoutAckIsDropped(In in) {
            TcpScript t = in.enter();
            t.inject(seg("P").seq(in.rcvNxt).bytes(5)).inject(seg("F").seq(in.rcvNxt));
            t.silence();
            in.check(t);
            assertThat(t.connection.available()).isZero();
            assertThat(t.count(Counter.DROP_TCP_ACK)).isEqualTo(2);
        }

        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/5")
        @Rfc(number = 5961, section = "5.2", label = "5.2/1")
        void anAckOfWhatWasNotSentIsAnsweredAndTheSegmentDropped(In in) {
            TcpScript t = in.enter();
            t.inject(data(5, in.rcvNxt, in.sndNxt + 1));
            expectAckOnly(in, t);
        }

        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.10.7.4", label = "MAY-12")
        @Rfc(number = 5961, section = "5.2", label = "5.2/1")
        void anAckOfLongAgoIsAnsweredAndTheSegmentDropped(In in) {
            TcpScript t = in.enter();
            t.inject(data(5, in.rcvNxt, -70_000));
            expectAckOnly(in, t);
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/5")
        void aDuplicateAckIsIgnored() {
            TcpScript t = TcpScript.established();
            t.write(10);
            t.skip();
            t.inject(seg("A").seq(1).ack(11)).inject(seg("A").seq(1).ack(5)).silence();
            assertThat(t.connection.sndUna).isEqualTo(t.mine(11));
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/5")
        void theWindowFollowsTheNewestSegmentOnly() {
            TcpScript t = TcpScript.established();
            t.inject(data(10, 21, 1).window(2000));
            assertThat(t.connection.sndWnd).isEqualTo(2000);
            t.inject(data(10, 1, 1).window(500));
            assertThat(t.connection.sndWnd).isEqualTo(2000);
            t.inject(data(10, 31, 1).window(3000));
            assertThat(t.connection.sndWnd).isEqualTo(3000);
        }

        @Test // data sent again bears an old number and a new window: what it acknowledges tells that it is the newest
        void theWindowFollowsWhatAcknowledgesMoreWhateverItsNumber() {
            TcpScript t = TcpScript.established();
            t.inject(data(10, 21, 1).window(3000));
            t.write(10);
            t.inject(seg("A").seq(11).ack(11).window(700));
            assertThat(t.connection.sndWnd).isEqualTo(700);
            // An older one that acknowledges less is not heeded.
            t.inject(seg("A").seq(1).ack(1).window(5000));
            assertThat(t.connection.sndWnd).isEqualTo(700);
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/5")
        void theAckOfFinMovesEachStateOn() {
            TcpScript t = In.FIN_WAIT_1.enter();
            t.inject(seg("A").seq(1).ack(2)).silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.FIN_WAIT_2);
            t = In.CLOSING.enter();
            t.inject(seg("A").seq(2).ack(2)).silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.TIME_WAIT);
            t = In.LAST_ACK.enter();
            t.inject(seg("A").seq(2).ack(2)).silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.CLOSED);
            t.expectNothingLeft();
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/5")
        void inCloseWaitDataIsStillAcknowledged() {
            TcpScript t = In.CLOSE_WAIT.enter();
            t.write(10);
            t.expect("PA", 1, 2, 10);
            t.inject(seg("A").seq(2).ack(11)).silence();
            assertThat(t.connection.unacknowledged()).isZero();
        }
    }

    @Nested
    class SixthUrgent {
        @ParameterizedTest
        @EnumSource(names = {"CLOSE_WAIT", "CLOSING", "LAST_ACK"})
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/6")
        void behindFinItIsIgnored(In in) {
            TcpScript t = in.enter();
            t.inject(seg("UA").seq(in.rcvNxt).ack(in.ack()).urgent(5).bytes(9));
            in.check(t);
            assertThat(t.connection.rcvUrgent).isFalse();
            assertThat(t.connection.available()).isZero();
        }
    }

    @Nested
    class SeventhText {
        @ParameterizedTest
        @EnumSource(names = {"ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2"})
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/7")
        void itIsDeliveredAndAcknowledged(In in) {
            TcpScript t = in.enter();
            t.inject(data(50, 1, in.ack()));
            t.expect("A", in.sndNxt, 51);
            in.check(t);
            assertThat(t.read(100, 1)).isEqualTo(50);
        }

        @ParameterizedTest
        @EnumSource(names = {"CLOSE_WAIT", "CLOSING", "LAST_ACK"})
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/7")
        void behindFinItIsIgnored(In in) {
            TcpScript t = in.enter();
            t.inject(data(50, 2, 1));
            in.check(t);
            assertThat(t.connection.rcvNxt).isEqualTo(t.theirs(2));
            assertThat(t.connection.available()).isZero();
            assertThat(t.count(Counter.DROP_TCP_AFTER_FIN)).isOne();
        }
    }

    @Nested
    class EighthFin {
        @ParameterizedTest
        @EnumSource(names = {"ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2"})
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/8")
        void itIsAcknowledgedAndMovesTheState(In in) {
            TcpScript t = in.enter();
            t.inject(seg("FA").seq(1).ack(in.ack()));
            t.expect("A", in.sndNxt, 2);
            TcpState next = in == In.ESTABLISHED
                    ? TcpState.CLOSE_WAIT
                    : in == In.FIN_WAIT_1 ? TcpState.CLOSING : TcpState.TIME_WAIT;
            assertThat(t.connection.state()).isEqualTo(next);
            assertThat(t.events).contains("readable");
            assertThat(t.read(1, 1)).isEqualTo(TcpConnection.END_OF_STREAM);
        }

        @ParameterizedTest
        @EnumSource(names = {"CLOSE_WAIT", "CLOSING", "LAST_ACK"})
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/8")
        void aSecondOneIsAcknowledgedAndMovesNothing(In in) {
            TcpScript t = in.enter();
            t.inject(seg("FA").seq(1).ack(1));
            expectAckOnly(in, t);
        }
    }

    @Nested
    class TimeWaiting {
        @Test
        @Rfc(number = 9293, section = "3.6.1", label = "SHLD-4")
        @Rfc(number = 6191, section = "2", label = "2/1")
        void aSynWithANewerTimestampOpensEvenIfItsNumberIsOld() {
            TcpScript t = timeWait();
            t.inject(seg("S").seq(-50_000).mss(1460).timestamps(901, 0));
            Sent synAck = t.next();
            assertThat(synAck.flags).isEqualTo("SA");
            assertThat(synAck.ack).isEqualTo(t.theirs(-49_999));
            assertThat(t.tcp.timeWaitCount()).isZero();
        }

        @Test
        @Rfc(number = 9293, section = "3.6.1", label = "SHLD-4")
        @Rfc(number = 6191, section = "2", label = "2/3")
        void aSynWithAnOlderTimestampIsAcknowledgedEvenIfItsNumberIsNew() {
            TcpScript t = timeWait();
            t.inject(seg("S").seq(500).mss(1460).timestamps(899, 0));
            t.expect("A", 2, 2);
            assertThat(t.tcp.timeWaitCount()).isOne();
        }

        @Test
        @Rfc(number = 9293, section = "3.6.1", label = "MUST-13")
        void aSynThatNobodyListensForDoesNotEndIt() {
            TcpScript t = timeWait();
            t.listener.close(t.nowNs);
            t.inject(seg("S").seq(500).mss(1460).timestamps(950, 0));
            t.expect("A", 2, 2);
            assertThat(t.tcp.timeWaitCount()).isOne();
        }

        private TcpScript timeWait() {
            TcpScript t = new TcpScript().listen(5).accepted(seg("S").mss(1460).timestamps(900, 0));
            t.connection.shutdownOutput(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.inject(seg("FA").seq(1).ack(2).timestamps(900, 0)).skip();
            assertThat(t.tcp.timeWaitCount()).isOne();
            return t;
        }
    }
}
