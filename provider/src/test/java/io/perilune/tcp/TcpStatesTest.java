package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.ip.Addresses;
import io.perilune.ip.IcmpError;
import io.perilune.metrics.Counter;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** ESTABLISHED and the states of closing (RFC 9293 §3.10.7.4, §3.6). */
class TcpStatesTest {

    private final TcpScript t = TcpScript.established();

    private TcpConnection c() {
        return t.connection;
    }

    @Nested
    class Established {
        @Test // RFC 9293 §3.10.7.4, seventh
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/7")
        void dataIsAcknowledgedAndDelivered() {
            t.inject(data(100, 1, 1));
            t.expect("A", 1, 101);
            assertThat(t.events).containsExactly("connected", "readable");
            assertThat(c().available()).isEqualTo(100);
            assertThat(t.read(1000, 1)).isEqualTo(100);
            assertThat(t.read(1000, 101)).isZero();
        }

        @Test // RFC 9293 §3.10.7.4, first
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/1")
        void dataLeftOfTheWindowIsAcknowledgedAndDropped() {
            t.inject(data(100, 1, 1)).skip();
            t.inject(data(50, 1, 1));
            t.expect("A", 1, 101);
            assertThat(t.count(Counter.DROP_TCP_OUTSIDE_WINDOW)).isOne();
            assertThat(c().available()).isEqualTo(100);
        }

        @Test // RFC 9293 §3.10.7.4, first
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/1")
        void dataRightOfTheWindowIsAcknowledgedAndDropped() {
            t.inject(data(50, 70_000, 1));
            t.expect("A", 1, 1);
            assertThat(c().available()).isZero();
        }

        @Test // RFC 9293 §3.10.7.4, first
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/1")
        void dataThatIsPartlyOldIsTrimmed() {
            t.inject(data(100, 1, 1)).skip();
            t.inject(data(100, 51, 1));
            t.expect("A", 1, 151);
            assertThat(t.read(1000, 1)).isEqualTo(150);
        }

        @Test // RFC 9293 §3.10.7.4, second; RFC 5961 §3.2
        @Rfc(number = 9293, section = "3.6", label = "MUST-12")
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/2")
        void anExactResetEndsTheConnection() {
            t.inject(data(100, 1, 1)).skip();
            t.inject(seg("R").seq(101)).silence();
            assertThat(t.events).containsExactly("connected", "readable", "closed CONNECTION_RESET");
            assertThat(t.read(1000, 1)).isEqualTo(100);
            assertThat(t.read(1000, 1)).isEqualTo(TcpConnection.FAILED);
            assertThat(t.write(1)).isEqualTo(TcpConnection.FAILED);
            c().close(t.nowNs);
            t.expectNothingLeft();
        }

        @Test // RFC 5961 §3.2
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/2")
        void aResetInTheWindowIsChallenged() {
            t.inject(seg("R").seq(2));
            t.expect("A", 1, 1);
            assertThat(c().state()).isEqualTo(TcpState.ESTABLISHED);
        }

        @Test // RFC 5961 §3.2
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/2")
        void aResetOutsideOfTheWindowIsIgnored() {
            t.inject(seg("R").seq(0)).inject(seg("R").seq(100_000)).silence();
            assertThat(c().state()).isEqualTo(TcpState.ESTABLISHED);
        }

        @Test // RFC 5961 §4.2
        @Rfc(number = 9293, section = "3.5.1", label = "3.5.1/1")
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/4")
        void aSynIsChallenged() {
            t.inject(seg("S").seq(1));
            t.expect("A", 1, 1);
            t.inject(seg("S").seq(-500));
            t.expect("A", 1, 1);
            assertThat(c().state()).isEqualTo(TcpState.ESTABLISHED);
        }

        @Test // RFC 5961 §5.2
        @Rfc(number = 9293, section = "3.10.7.4", label = "MAY-12")
        void anAckOfWhatWasNotSentIsChallengedAndItsDataDropped() {
            t.inject(data(10, 1, 2));
            t.expect("A", 1, 1);
            assertThat(c().available()).isZero();
            assertThat(t.count(Counter.DROP_TCP_ACK)).isOne();
        }

        @Test // RFC 5961 §5.2
        @Rfc(number = 9293, section = "3.10.7.4", label = "MAY-12")
        void anAckOlderThanTheLargestWindowIsChallengedAndItsDataDropped() {
            t.inject(data(10, 1, -70_000));
            t.expect("A", 1, 1);
            assertThat(c().available()).isZero();
        }

        @Test // RFC 5961 §7
        @Rfc(number = 5961, section = "7", label = "7/1")
        void challengesAreLimited() {
            for (int i = 0; i < 30; i++) {
                t.inject(seg("S").seq(1));
            }
            assertThat(t.skip()).isEqualTo(10);
            assertThat(t.count(Counter.TCP_CHALLENGE_ACKS_LIMITED)).isEqualTo(20);
        }

        @Test // RFC 9293 §3.10.7.4, fifth
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/5")
        void aSegmentWithoutAckIsDropped() {
            t.inject(seg("P").seq(1).bytes(5)).silence();
            assertThat(c().available()).isZero();
        }

        @Test // RFC 9293 §3.9.1.2
        @Rfc(
                number = 9293,
                section = "3.9.1.2",
                label = {"MUST-61", "SHLD-28"})
        void writtenDataIsSentWithPush() {
            assertThat(t.write(3000)).isEqualTo(3000);
            t.expect("A", 1, 1, 1460);
            t.expect("A", 1461, 1, 1460);
            t.expect("PA", 2921, 1, 80);
            t.silence();
            assertThat(c().unacknowledged()).isEqualTo(3000);
            t.inject(seg("A").seq(1).ack(3001)).silence();
            assertThat(c().unacknowledged()).isZero();
            assertThat(t.pool.lentCount()).isZero();
        }

        @Test // RFC 9293 §3.8.5, RFC 6093
        @Rfc(
                number = 9293,
                section = "3.8.5",
                label = {"MUST-30", "MUST-62"})
        void urgentDataIsMarkedUntilItIsAcknowledged() {
            t.write(10);
            t.skip();
            assertThat(c().writeUrgent((byte) 'u', t.nowNs)).isTrue();
            t.tcp.flush(t.nowNs);
            Sent s = t.expect("PUA", 11, 1, 1);
            assertThat(s.urgentPointer).isEqualTo(1);
            t.inject(seg("A").seq(1).ack(12));
            t.write(1);
            t.expect("PA", 12, 1, 1);
        }

        @Test // RFC 9293 §3.8.5, RFC 6093 §2.1
        @Rfc(
                number = 9293,
                section = "3.8.5",
                label = {"MUST-30", "MUST-62"})
        void anUrgentByteIsTakenOutOfTheStream() {
            t.inject(seg("UA").seq(1).ack(1).urgent(5).bytes(10));
            assertThat(c().available()).isEqualTo(9);
            assertThat(t.read(4, 1)).isEqualTo(4);
            assertThat(t.read(10, 6)).isEqualTo(5);
        }

        @Test // SO_OOBINLINE
        @Rfc(number = 9293, section = "3.8.5", label = "MUST-30")
        void anUrgentByteStaysInlineWhereTheUserWantsIt() {
            t.options.oobInline = true;
            t.inject(seg("UA").seq(1).ack(1).urgent(5).bytes(10));
            assertThat(t.read(20, 1)).isEqualTo(10);
        }

        @Test // RFC 5927 §5.2
        @Rfc(number = 9293, section = "3.9.2.2", label = "SHLD-26")
        @Rfc(number = 5927, section = "5.2", label = "5.2/1")
        void hardIcmpErrorsDoNotEndIt() {
            t.write(100);
            t.skip();
            t.icmp(IcmpError.PORT_UNREACHABLE, 0, 1);
            assertThat(c().state()).isEqualTo(TcpState.ESTABLISHED);
        }

        @Test // RFC 1191 §6.5, RFC 5927 §7
        @Rfc(number = 5927, section = "7", label = "7/1")
        void aTooBigPacketIsSentAgainInSmallerSegments() {
            t.write(1460);
            t.expect("PA", 1, 1, 1460);
            assertThat(t.icmp(IcmpError.PACKET_TOO_BIG, 1000, -5)).isFalse();
            assertThat(t.icmp(IcmpError.PACKET_TOO_BIG, 1000, 1)).isTrue();
            t.expect("A", 1, 1, 960);
            t.expect("PA", 961, 1, 500);
            t.icmp(IcmpError.PACKET_TOO_BIG, 68, 1);
            t.skip();
            assertThat(c().sndMss).isEqualTo(512);
        }

        @Test // RFC 9293 §3.10.5
        @Rfc(number = 9293, section = "3.10.5", label = "3.10.5/2")
        void abortResets() {
            t.write(10);
            t.skip();
            c().abort(t.nowNs);
            t.expect("RA", 11, 1);
            assertThat(t.events).containsExactly("connected");
            t.expectNothingLeft();
        }
    }

    @Nested
    class ClosedHere {
        @Test // RFC 9293 §3.6, case 1
        @Rfc(
                number = 9293,
                section = "3.6",
                label = {"MUST-12", "3.6/1"})
        @Rfc(number = 9293, section = "3.6.1", label = "MUST-13")
        @Rfc(number = 9293, section = "3.10.8", label = "3.10.8/3")
        void theOrderlyCloseGoesThroughFinWait1And2AndTimeWait() {
            c().shutdownOutput(t.nowNs);
            assertThat(c().state()).isEqualTo(TcpState.FIN_WAIT_1);
            t.tcp.flush(t.nowNs);
            t.expect("FA", 1, 1);
            t.inject(seg("A").seq(1).ack(2)).silence();
            assertThat(c().state()).isEqualTo(TcpState.FIN_WAIT_2);
            t.inject(seg("FA").seq(1).ack(2));
            t.expect("A", 2, 2);
            assertThat(c().state()).isEqualTo(TcpState.TIME_WAIT);
            assertThat(t.events).containsExactly("connected", "readable", "closed NONE");
            assertThat(t.tcp.timeWaitCount()).isOne();
            assertThat(t.tcp.connectionCount()).isZero();
            assertThat(t.read(10, 1)).isEqualTo(TcpConnection.END_OF_STREAM);
            t.advance(61_000);
            t.expectNothingLeft();
        }

        @Test // RFC 9293 §3.6, case 1: a FIN goes with the last data
        @Rfc(number = 9293, section = "3.10.4", label = "3.10.4/4")
        void finGoesWithTheLastData() {
            t.connection.write(java.nio.ByteBuffer.allocate(10), t.nowNs);
            c().shutdownOutput(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.expect("FPA", 1, 1, 10);
            t.inject(seg("A").seq(1).ack(11)).silence();
            assertThat(c().state()).isEqualTo(TcpState.FIN_WAIT_1);
            t.inject(seg("A").seq(1).ack(12));
            assertThat(c().state()).isEqualTo(TcpState.FIN_WAIT_2);
        }

        @Test // RFC 9293 §3.10.7.4, seventh: half-close
        @Rfc(number = 9293, section = "3.10.2", label = "3.10.2/3")
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/7")
        void dataIsStillReceivedInFinWait() {
            c().shutdownOutput(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.skip();
            t.inject(data(10, 1, 1));
            t.inject(seg("A").seq(11).ack(2));
            t.inject(data(10, 11, 2));
            assertThat(t.read(100, 1)).isEqualTo(20);
            assertThat(t.write(1)).isEqualTo(TcpConnection.FAILED);
        }

        @Test // RFC 9293 §3.6, figure 13
        @Rfc(number = 9293, section = "3.6", label = "3.6/3")
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/8")
        void finsThatCrossGoThroughClosing() {
            c().shutdownOutput(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.expect("FA", 1, 1);
            t.inject(seg("FA").seq(1).ack(1));
            t.expect("A", 2, 2);
            assertThat(c().state()).isEqualTo(TcpState.CLOSING);
            t.inject(seg("A").seq(2).ack(2)).silence();
            assertThat(c().state()).isEqualTo(TcpState.TIME_WAIT);
        }

        @Test // RFC 9293 §3.10.7.4, eighth
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/8")
        void finWithTheAckOfOurFinGoesToTimeWait() {
            c().shutdownOutput(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.skip();
            t.inject(seg("FA").seq(1).ack(2));
            t.expect("A", 2, 2);
            assertThat(c().state()).isEqualTo(TcpState.TIME_WAIT);
        }

        @Test // RFC 6298: a FIN is sent again as data is
        void aLostFinIsSentAgain() {
            c().shutdownOutput(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.expect("FA", 1, 1);
            t.advance(300);
            t.expect("FA", 1, 1);
        }

        @Test // RFC 9293 §3.6.1, RFC 2525 §2.17
        @Rfc(
                number = 9293,
                section = "3.6.1",
                label = {"MAY-1", "SHLD-3"})
        void closeWithUnreadDataResets() {
            t.inject(data(10, 1, 1)).skip();
            c().close(t.nowNs);
            t.expect("RA", 1, 11);
            t.expectNothingLeft();
        }

        @Test // RFC 9293 §3.6.1, SHLD-3
        @Rfc(number = 9293, section = "3.6.1", label = "SHLD-3")
        void dataAfterCloseResets() {
            c().close(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.expect("FA", 1, 1);
            t.inject(data(10, 1, 2));
            t.expect("RA", 2, 1);
            t.expectNothingLeft();
        }

        @Test // SO_LINGER of 0
        void lingerOfZeroResets() {
            t.options.linger = 0;
            t.write(5);
            t.skip();
            c().close(t.nowNs);
            t.expect("RA", 6, 1);
            t.expectNothingLeft();
        }

        @Test // as Linux's tcp_fin_timeout
        void aClosedConnectionWaitsAMinuteForThePeersFin() {
            c().close(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.inject(seg("A").seq(1).ack(2)).skip();
            assertThat(c().state()).isEqualTo(TcpState.FIN_WAIT_2);
            t.advance(59_000);
            assertThat(t.tcp.connectionCount()).isOne();
            t.advance(2_000).silence();
            t.expectNothingLeft();
        }

        @Test // D9: written data is delivered after close
        @Rfc(number = 9293, section = "3.6", label = "3.6/4")
        void closeSendsWhatIsQueued() {
            t.inject(seg("A").seq(1).ack(1).window(0));
            t.write(10);
            c().close(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.silence();
            assertThat(t.tcp.drainingCount()).isOne();
            t.inject(seg("A").seq(1).ack(1).window(1000));
            t.expect("FPA", 1, 1, 10);
            assertThat(c().isDrained()).isFalse();
            t.inject(seg("A").seq(1).ack(12));
            assertThat(c().isDrained()).isTrue();
            assertThat(t.tcp.drainingCount()).isZero();
        }
    }

    @Nested
    class ClosedThere {
        @Test // RFC 9293 §3.6, case 2
        @Rfc(number = 9293, section = "3.6", label = "3.6/2")
        @Rfc(number = 9293, section = "3.10.2", label = "3.10.2/2")
        @Rfc(number = 9293, section = "3.10.4", label = "3.10.4/4")
        void theOrderlyCloseGoesThroughCloseWaitAndLastAck() {
            t.inject(seg("FA").seq(1).ack(1));
            t.expect("A", 1, 2);
            assertThat(c().state()).isEqualTo(TcpState.CLOSE_WAIT);
            assertThat(t.events).containsExactly("connected", "readable");
            assertThat(c().isEndOfStream()).isTrue();
            t.write(10);
            t.expect("PA", 1, 2, 10);
            c().close(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.expect("FA", 11, 2);
            assertThat(c().state()).isEqualTo(TcpState.LAST_ACK);
            t.inject(seg("A").seq(2).ack(12)).silence();
            assertThat(c().state()).isEqualTo(TcpState.CLOSED);
            t.expectNothingLeft();
        }

        @Test // RFC 9293 §3.10.7.4, second; the error as Linux tells it
        void aResetBehindTheFinBreaksThePipeAndTheStreamStaysWhole() {
            t.inject(seg("PFA").seq(1).ack(1).bytes(5)).skip();
            t.inject(seg("R").seq(7)).silence();
            assertThat(c().error()).isEqualTo(TcpError.BROKEN_PIPE);
            assertThat(t.read(100, 1)).isEqualTo(5);
            assertThat(t.read(100, 6)).isEqualTo(TcpConnection.END_OF_STREAM);
            assertThat(t.write(1)).isEqualTo(TcpConnection.FAILED);
        }

        @Test // RFC 9293 §3.10.7.4, seventh
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/7")
        void dataBehindTheFinIsIgnored() {
            t.inject(seg("FA").seq(1).ack(1)).skip();
            t.inject(data(10, 2, 1));
            assertThat(t.count(Counter.DROP_TCP_AFTER_FIN)).isOne();
            assertThat(c().available()).isZero();
        }

        @Test // RFC 9293 §3.10.7.4, first
        void aRepeatedFinIsAcknowledgedAgain() {
            t.inject(seg("FA").seq(1).ack(1)).skip();
            t.inject(seg("FA").seq(1).ack(1));
            t.expect("A", 1, 2);
        }

        @Test // RFC 9293 §3.10.7.4, eighth
        @Rfc(number = 9293, section = "3.10.3", label = "3.10.3/2")
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/8")
        void aFinAheadOfMissingDataWaits() {
            t.inject(seg("FA").seq(11).ack(1));
            t.expect("A", 1, 1);
            assertThat(c().state()).isEqualTo(TcpState.ESTABLISHED);
            t.inject(data(10, 1, 1));
            t.expect("A", 1, 12);
            assertThat(c().state()).isEqualTo(TcpState.CLOSE_WAIT);
            assertThat(t.read(100, 1)).isEqualTo(10);
            assertThat(t.read(100, 11)).isEqualTo(TcpConnection.END_OF_STREAM);
        }

        @Test // as Linux
        void afterShutdownInputDataIsAcknowledgedAndDiscarded() {
            c().shutdownInput(t.nowNs);
            t.inject(data(10, 1, 1));
            t.expect("A", 1, 11);
            assertThat(c().available()).isZero();
            assertThat(t.read(10, 1)).isEqualTo(TcpConnection.END_OF_STREAM);
            assertThat(t.pool.lentCount()).isZero();
        }

        @Test // RFC 9293 §3.10.7.4, second
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/2")
        void aResetInLastAckEndsItInOrder() {
            t.inject(seg("FA").seq(1).ack(1)).skip();
            c().shutdownOutput(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.inject(seg("R").seq(2));
            assertThat(t.events).last().isEqualTo("closed NONE");
        }
    }

    @Nested
    class TimeWaiting {
        private void enter(TcpScript u) {
            u.connection.shutdownOutput(u.nowNs);
            u.tcp.flush(u.nowNs);
            u.inject(seg("FA").seq(1).ack(2)).skip();
            assertThat(u.tcp.timeWaitCount()).isOne();
        }

        @Test // RFC 9293 §3.10.7.4, eighth
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/8")
        void aRepeatedFinIsAcknowledgedAndRestartsTheTime() {
            enter(t);
            t.advance(59_000).inject(seg("FA").seq(1).ack(2));
            t.expect("A", 2, 2);
            t.advance(59_000);
            assertThat(t.tcp.timeWaitCount()).isOne();
            t.advance(2_000);
            t.expectNothingLeft();
        }

        @Test // RFC 1337
        void aResetDoesNotEndIt() {
            enter(t);
            t.inject(seg("R").seq(2)).silence();
            assertThat(t.tcp.timeWaitCount()).isOne();
        }

        @Test // RFC 9293 §3.10.7.4
        void oldDataIsAcknowledgedButNotTooOften() {
            enter(t);
            t.inject(data(10, -100, 2));
            t.expect("A", 2, 2);
            t.inject(data(10, -100, 2)).silence();
        }

        @Test // RFC 9293 §3.10.7.4, MAY-2
        @Rfc(number = 9293, section = "3.6.1", label = "MAY-2")
        void aNewSynOpensANewConnectionWithALargerNumber() {
            TcpScript u = new TcpScript().listen(5).accepted(seg("S").mss(1460));
            enter(u);
            u.inject(seg("S").seq(100));
            Sent synAck = u.next();
            assertThat(synAck.flags).isEqualTo("SA");
            assertThat(synAck.seq - u.mine(2)).isGreaterThan(65_535);
            assertThat(u.tcp.timeWaitCount()).isZero();
        }

        @Test // RFC 6191 §2
        @Rfc(number = 9293, section = "3.6.1", label = "MAY-2")
        void anOldSynDoesNotOpenANewConnection() {
            TcpScript u = new TcpScript().listen(5).accepted(seg("S").mss(1460));
            enter(u);
            u.inject(seg("S").seq(0));
            u.expect("A", 2, 2);
            assertThat(u.tcp.timeWaitCount()).isOne();
        }

        @Test
        void itsPortCanStillConnectElsewhere() {
            enter(t);
            TcpConnection other = t.tcp.connect(
                    0,
                    0,
                    c().localPort(),
                    0,
                    Addresses.mappedLow(TcpScript.PEER),
                    TcpScript.PEER_PORT,
                    t.options,
                    t,
                    t.nowNs);
            assertThat(other.error()).isEqualTo(TcpError.ADDRESS_IN_USE);
            other = t.tcp.connect(
                    0,
                    0,
                    c().localPort(),
                    0,
                    Addresses.mappedLow(TcpScript.PEER),
                    TcpScript.PEER_PORT + 1,
                    t.options,
                    t,
                    t.nowNs);
            assertThat(other.error()).isEqualTo(TcpError.NONE);
        }
    }

    @Test
    void abortAllLeavesNothing() {
        t.write(5000);
        t.inject(data(10, 1, 1)).inject(data(10, 50, 1));
        t.skip();
        t.tcp.abortAll(TcpError.STACK_CLOSED, t.nowNs);
        assertThat(t.next().flags).isEqualTo("RA");
        assertThat(t.events).last().isEqualTo("closed STACK_CLOSED");
        t.expectNothingLeft();
    }
}
