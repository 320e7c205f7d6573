package io.perilune.tcp;

import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.ip.Addresses;
import io.perilune.ip.IcmpError;
import io.perilune.metrics.Counter;
import io.perilune.packet.Seg;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** CLOSED, LISTEN, SYN-SENT and SYN-RECEIVED (RFC 9293 §3.10.7.1 to §3.10.7.4). */
class TcpHandshakeTest {

    @Nested
    class Closed {
        final TcpScript t = new TcpScript();

        @Test // RFC 9293 §3.10.7.1
        @Rfc(number = 9293, section = "3.10.7.1", label = "3.10.7.1/2")
        void anAckToNobodyIsAnsweredWithAResetOfItsNumber() {
            t.inject(seg("A").seq(5).ack(77));
            t.expectPlainReset(77);
            t.silence();
        }

        @Test // RFC 9293 §3.10.7.1
        @Rfc(number = 9293, section = "3.10.7.1", label = "3.10.7.1/3")
        void aSynToNobodyIsAnsweredWithAResetThatAcknowledgesIt() {
            t.inject(seg("S").seq(0));
            Sent reset = t.next();
            assertThat(reset.flags).isEqualTo("RA");
            assertThat(reset.seq).isZero();
            assertThat(reset.ack).isEqualTo(t.theirs(1));
        }

        @Test // RFC 9293 §3.10.7.1
        @Rfc(number = 9293, section = "3.10.7.1", label = "3.10.7.1/3")
        void dataToNobodyIsAcknowledgedByTheReset() {
            t.inject(seg("P").seq(10).bytes(90));
            assertThat(t.next().ack).isEqualTo(t.theirs(100));
        }

        @Test // RFC 9293 §3.5.2
        @Rfc(number = 9293, section = "3.10.7.1", label = "3.10.7.1/1")
        void aResetToNobodyIsNotAnswered() {
            t.inject(seg("R").seq(5)).inject(seg("RA").seq(5).ack(3)).silence();
            assertThat(t.count(Counter.DROP_TCP_NO_CONNECTION)).isEqualTo(2);
        }

        @Test // RFC 9293 §3.1, MUST-3
        @Rfc(number = 9293, section = "3.1", label = "MUST-3")
        void aWrongChecksumIsNotAnswered() {
            t.inject(seg("A").ack(1).badChecksum()).silence();
            assertThat(t.count(Counter.DROP_TCP_CHECKSUM)).isOne();
            assertThat(t.pool.lentCount()).isZero();
        }

        @Test // RFC 9293 §3.1
        void aDataOffsetThatCannotBeIsNotAnswered() {
            t.inject(seg("A").dataOffset(4)).inject(seg("A").dataOffset(6)).silence();
            assertThat(t.count(Counter.DROP_TCP_MALFORMED)).isEqualTo(2);
        }
    }

    @Nested
    class Listen {
        final TcpScript t = new TcpScript().listen(5);

        @Test // RFC 9293 §3.10.7.2, first
        @Rfc(number = 9293, section = "3.10.7.2", label = "3.10.7.2/1")
        void aResetIsIgnored() {
            t.inject(seg("R")).silence();
        }

        @Test // RFC 9293 §3.10.7.2, second
        @Rfc(number = 9293, section = "3.10.7.2", label = "3.10.7.2/2")
        void anAckIsReset() {
            t.inject(seg("A").ack(9));
            t.expectPlainReset(9);
        }

        @Test // RFC 9293 §3.10.7.2, third
        @Rfc(number = 9293, section = "3.7.1", label = "MUST-14")
        @Rfc(number = 9293, section = "3.10.7.2", label = "3.10.7.2/3")
        void aSynIsAnsweredWithWhatBothSidesCanDo() {
            t.inject(seg("S").mss(1460).scale(7).sackPermitted().timestamps(100, 0));
            Sent synAck = t.next();
            assertThat(synAck.flags).isEqualTo("SA");
            assertThat(synAck.ack).isEqualTo(t.theirs(1));
            assertThat(synAck.mss).isEqualTo(1460);
            assertThat(synAck.scale).isEqualTo(3);
            assertThat(synAck.sackPermitted).isTrue();
            assertThat(synAck.tsEcr).isEqualTo(100);
            assertThat(synAck.window).isEqualTo(65_535);
            assertThat(t.tcp.connectionCount()).isOne();
        }

        @Test // RFC 9293 §3.2: options only if the peer offered them
        @Rfc(
                number = 9293,
                section = "3.7.1",
                label = {"MAY-3", "SHLD-5"})
        @Rfc(number = 7323, section = "2.2", label = "2.2/1")
        @Rfc(number = 7323, section = "3.2", label = "3.2/1")
        @Rfc(number = 2018, section = "2", label = "2/1")
        void aPlainSynIsAnsweredWithMssAlone() {
            t.inject(seg("S"));
            Sent synAck = t.next();
            assertThat(synAck.mss).isEqualTo(1460);
            assertThat(synAck.scale).isEqualTo(-1);
            assertThat(synAck.sackPermitted).isFalse();
            assertThat(synAck.timestamps).isFalse();
        }

        @Test // RFC 9293 §3.1, MUST-7
        @Rfc(number = 9293, section = "3.1", label = "MUST-7")
        void anOptionWithAWrongLengthEndsTheOptions() {
            t.inject(seg("S").options(2, 4, 2, 0).options(3, 0, 1, 1));
            assertThat(t.next().scale).isEqualTo(-1);
            assertThat(t.count(Counter.TCP_OPTIONS_MALFORMED)).isOne();
        }

        @Test // RFC 9293 §3.1, MUST-6
        @Rfc(number = 9293, section = "3.1", label = "MUST-6")
        void anUnknownOptionIsPassedOver() {
            t.inject(seg("S").options(200, 6, 1, 2, 3, 4).scale(3));
            assertThat(t.next().scale).isEqualTo(3);
        }

        @Test // RFC 7323 §2.3
        @Rfc(number = 9293, section = "3.1", label = "REC-1")
        @Rfc(number = 7323, section = "2.3", label = "2.3/1")
        void aShiftBeyond14IsUsedAs14() {
            t.accepted(seg("S").mss(1460).scale(40));
            t.inject(seg("A").seq(1).ack(1).window(1));
            assertThat(t.connection.sndScale).isEqualTo((byte) 14);
        }

        @Test // RFC 9293 §3.10.7.2, fourth
        @Rfc(number = 9293, section = "3.10.7.2", label = "3.10.7.2/4")
        void aSegmentWithoutFlagsIsIgnored() {
            t.inject(seg("")).inject(seg("F")).inject(seg("SF")).silence();
        }

        @Test // RFC 9293 §3.10.7.4, fifth
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/5")
        void theFinalAckMakesTheConnectionAcceptable() {
            t.handshake(seg("S").mss(1460));
            t.silence();
            assertThat(t.events).containsExactly("acceptable");
            assertThat(t.listener.acceptableCount()).isOne();
            TcpConnection c = t.listener.accept();
            assertThat(c.state()).isEqualTo(TcpState.ESTABLISHED);
            assertThat(c.remotePort()).isEqualTo(TcpScript.PEER_PORT);
            assertThat(c.localPort()).isEqualTo(TcpScript.HOST_PORT);
            assertThat(t.listener.accept()).isNull();
        }

        @Test // RFC 9293 §3.10.7.4: data may come with the final ACK
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/7")
        void dataWithTheFinalAckIsKept() {
            t.inject(seg("S").mss(1460));
            t.iss = t.next().seq;
            t.inject(Seg.data(100, 1, 1));
            t.connection = t.listener.accept();
            assertThat(t.read(200, 1)).isEqualTo(100);
        }

        @Test // RFC 9293 §3.8.1
        @Rfc(number = 9293, section = "3.8.3", label = "MUST-22")
        void anUnansweredSynAckIsSentAgainFiveTimesAndThenForgotten() {
            t.inject(seg("S"));
            t.skip();
            t.advance(31_500);
            assertThat(t.skip()).isEqualTo(5);
            t.advance(60_000).silence();
            assertThat(t.tcp.connectionCount()).isZero();
            assertThat(t.count(Counter.TCP_HANDSHAKES_TIMED_OUT)).isOne();
        }

        @Test // RFC 9293 §3.10.7.4
        void aRepeatedSynIsAnsweredAgainButNotTooOften() {
            t.inject(seg("S"));
            t.skip();
            t.inject(seg("S")).silence();
            t.advance(200).inject(seg("S"));
            assertThat(t.next().flags).isEqualTo("SA");
            assertThat(t.tcp.connectionCount()).isOne();
        }

        @Test // RFC 9293 §3.10.7.4, second
        @Rfc(number = 9293, section = "3.5", label = "MUST-11")
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/2")
        void aResetReturnsToListen() {
            t.inject(seg("S"));
            t.skip();
            t.inject(seg("R").seq(1)).silence();
            assertThat(t.tcp.connectionCount()).isZero();
        }

        @Test // RFC 5961 §3.2
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/2")
        void aResetThatIsNotExactIsChallenged() {
            t.inject(seg("S"));
            t.iss = t.next().seq;
            t.advance(200).inject(seg("R").seq(50));
            t.expect("A", 1, 1);
            assertThat(t.tcp.connectionCount()).isOne();
        }

        @Test // RFC 9293 §3.10.7.4, fifth
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/5")
        void aWrongFinalAckIsReset() {
            t.inject(seg("S"));
            t.iss = t.next().seq;
            t.inject(seg("A").seq(1).ack(99));
            t.expectPlainReset(99);
            assertThat(t.tcp.connectionCount()).isOne();
        }

        @Test // Linux: the peer retries
        void whenTheAcceptQueueIsFullTheFinalAckIsDroppedAndLaterTaken() {
            TcpScript u = new TcpScript().listen(1);
            u.peerPort = 50_000;
            u.inject(seg("S"));
            int waitingIss = u.next().seq;
            u.peerPort = TcpScript.PEER_PORT;
            u.handshake(seg("S"));
            u.iss = waitingIss;
            u.peerPort = 50_000;
            u.inject(seg("A").seq(1).ack(1)).silence();
            assertThat(u.count(Counter.DROP_TCP_ACCEPT_QUEUE_FULL)).isOne();
            assertThat(u.listener.accept()).isNotNull();
            u.inject(seg("A").seq(1).ack(1)).silence();
            assertThat(u.listener.accept().remotePort()).isEqualTo(50_000);
        }

        @Test // RFC 4987 §3: the queues are bounded
        void whenTheAcceptQueueIsFullSynsAreDropped() {
            TcpScript u = new TcpScript().listen(1);
            u.handshake(seg("S"));
            u.peerPort = 50_000;
            u.inject(seg("S")).silence();
            assertThat(u.count(Counter.DROP_TCP_ACCEPT_QUEUE_FULL)).isOne();
        }

        @Test // RFC 4987 §3
        void theSynQueueIsBounded() {
            TcpScript t = new TcpScript("tcp.syn-cookies", "off").listen(5);
            for (int i = 0; i < 300; i++) {
                t.peerPort = 10_000 + i;
                t.inject(seg("S"));
            }
            assertThat(t.tcp.connectionCount()).isEqualTo(128);
            assertThat(t.count(Counter.DROP_TCP_SYN_QUEUE_FULL)).isEqualTo(172);
        }

        @Test
        @Rfc(number = 9293, section = "3.10.4", label = "3.10.4/1")
        @Rfc(number = 9293, section = "3.10.5", label = "3.10.5/1")
        void closingResetsWhatWasNotAccepted() {
            t.handshake(seg("S"));
            t.listener.close(t.nowNs);
            t.expect("RA", 1, 1);
            t.expectNothingLeft();
            t.inject(seg("S"));
            assertThat(t.next().flags).isEqualTo("RA");
            assertThat(t.tcp.bind(0, Addresses.mappedLow(0), TcpScript.HOST_PORT, false, false))
                    .isEqualTo(TcpScript.HOST_PORT);
        }

        @Test // RFC 9293 §3.9.1.1
        @Rfc(
                number = 9293,
                section = "3.9.1.1",
                label = {"MUST-41", "MUST-43"})
        void aSpecificAddressListensBeforeTheWildcard() {
            TcpScript u = new TcpScript();
            long host = Addresses.mappedLow(TcpScript.HOST);
            u.options.reusePort = true;
            assertThat(u.tcp.bind(0, host, 80, false, true)).isEqualTo(80);
            assertThat(u.tcp.bind(0, 0, 80, false, true)).isEqualTo(80);
            TcpListener wide = u.tcp.listen(0, 0, 80, 5, u.options, l -> {});
            TcpListener narrow = u.tcp.listen(0, host, 80, 5, u.options, l -> {});
            u.handshake(seg("S"));
            assertThat(narrow.acceptableCount()).isOne();
            assertThat(wide.acceptableCount()).isZero();
        }
    }

    @Nested
    class SynSent {
        final TcpScript t = new TcpScript();

        @Test // RFC 9293 §3.10.1
        @Rfc(
                number = 9293,
                section = "3.7.1",
                label = {"MUST-14", "SHLD-5"})
        @Rfc(number = 9293, section = "3.10.1", label = "3.10.1/1")
        @Rfc(number = 7323, section = "3.2", label = "3.2/1")
        void theSynOffersAllOptions() {
            Sent syn = t.openActively();
            assertThat(syn.flags).isEqualTo("S");
            assertThat(syn.mss).isEqualTo(1460);
            assertThat(syn.scale).isEqualTo(3);
            assertThat(syn.sackPermitted).isTrue();
            assertThat(syn.timestamps).isTrue();
            assertThat(t.connection.state()).isEqualTo(TcpState.SYN_SENT);
        }

        @Test // RFC 9293 §3.10.7.3
        @Rfc(number = 9293, section = "3.10.7.3", label = "3.10.7.3/4")
        void theSynAckEstablishes() {
            t.openActively();
            t.inject(seg("SA").ack(1).mss(1000));
            t.expect("A", 1, 1);
            t.silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.ESTABLISHED);
            assertThat(t.connection.sndMss).isEqualTo(1000);
            assertThat(t.events).containsExactly("connected");
        }

        @Test // RFC 9293 §3.10.7.3, first
        @Rfc(number = 9293, section = "3.10.7.3", label = "3.10.7.3/1")
        void aWrongAckIsResetAndChangesNothing() {
            t.openActively();
            t.inject(seg("SA").ack(2));
            t.expectPlainReset(2);
            assertThat(t.connection.state()).isEqualTo(TcpState.SYN_SENT);
        }

        @Test // RFC 9293 §3.10.7.3, second
        @Rfc(number = 9293, section = "3.10.7.3", label = "3.10.7.3/2")
        void aResetThatAcknowledgesTheSynRefuses() {
            t.openActively();
            t.inject(seg("RA").ack(1)).silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.CLOSED);
            assertThat(t.connection.error()).isEqualTo(TcpError.CONNECTION_REFUSED);
            assertThat(t.events).containsExactly("closed CONNECTION_REFUSED");
            t.expectNothingLeft();
        }

        @Test // RFC 9293 §3.10.7.3, second; RFC 5961 §3
        @Rfc(number = 9293, section = "3.10.7.3", label = "3.10.7.3/2")
        void aResetThatAcknowledgesNothingIsIgnored() {
            t.openActively();
            t.inject(seg("R")).inject(seg("RA").ack(5)).silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.SYN_SENT);
        }

        @Test // RFC 9293 §3.8.1, RFC 6298 §5
        @Rfc(
                number = 9293,
                section = "3.8.3",
                label = {"MUST-22", "MUST-23"})
        void anUnansweredSynIsSentEightTimesInFourMinutesAndThenTimesOut() {
            t.openActively();
            long startNs = t.nowNs;
            t.advance(180_000);
            assertThat(t.skip()).isEqualTo(7);
            assertThat(t.events).isEmpty();
            t.advance(66_000).silence();
            t.advance(2_000);
            assertThat(t.events).containsExactly("closed TIMED_OUT");
            assertThat(t.nowNs - startNs).isGreaterThan(247_000 * TcpScript.MS);
            t.expectNothingLeft();
        }

        @Test // RFC 6298 §5.5
        @Rfc(number = 9293, section = "3.8.3", label = "MUST-22")
        @Rfc(number = 6298, section = "2", label = "2/1")
        void theIntervalsBetweenSynsDouble() {
            t.openActively();
            long[] at = new long[4];
            for (int i = 0; i < 4; i++) {
                t.advance(1000L << i);
                t.advance(3);
                at[i] = t.next().timeNs / TcpScript.MS;
            }
            assertThat(at[1] - at[0]).isBetween(1_990L, 2_010L);
            assertThat(at[2] - at[1]).isBetween(3_990L, 4_010L);
            assertThat(at[3] - at[2]).isBetween(7_990L, 8_010L);
        }

        @Test // RFC 9293 §3.5, figure 7
        @Rfc(number = 9293, section = "3.5", label = "MUST-10")
        @Rfc(number = 9293, section = "3.10.7.3", label = "3.10.7.3/4")
        void twoSynsThatCrossMakeOneConnection() {
            t.openActively();
            t.inject(seg("S").mss(1460));
            t.expect("SA", 0, 1);
            assertThat(t.connection.state()).isEqualTo(TcpState.SYN_RECEIVED);
            t.inject(seg("SA").ack(1).mss(1460));
            t.expect("A", 1, 1);
            assertThat(t.connection.state()).isEqualTo(TcpState.ESTABLISHED);
            t.inject(Seg.data(10, 1, 1));
            assertThat(t.read(20, 1)).isEqualTo(10);
        }

        @Test // RFC 9293 §3.10.7.4, fifth
        @Rfc(number = 9293, section = "3.5", label = "MUST-10")
        void afterCrossedSynsAPlainAckEstablishes() {
            t.openActively();
            t.inject(seg("S")).skip();
            t.inject(seg("A").seq(1).ack(1)).silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.ESTABLISHED);
        }

        @Test // RFC 9293 §3.10.7.4, second
        @Rfc(number = 9293, section = "3.5", label = "MUST-11")
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/2")
        void afterCrossedSynsAResetRefuses() {
            t.openActively();
            t.inject(seg("S")).skip();
            t.inject(seg("R").seq(1)).silence();
            assertThat(t.connection.error()).isEqualTo(TcpError.CONNECTION_REFUSED);
        }

        @Test // RFC 9293 §3.10.4
        @Rfc(number = 9293, section = "3.10.4", label = "3.10.4/2")
        void closeBeforeTheAnswerDeletesTheConnection() {
            t.openActively();
            t.connection.close(t.nowNs);
            t.silence();
            t.expectNothingLeft();
            t.inject(seg("SA").ack(1));
            t.expectPlainReset(1);
        }

        @Test // RFC 9293 §3.7.1, MUST-15
        @Rfc(number = 9293, section = "3.7.1", label = "MUST-15")
        void aPeerWithoutMssGets536() {
            t.openActively();
            t.inject(seg("SA").ack(1));
            assertThat(t.connection.sndMss).isEqualTo(536);
        }

        @Test // CVE-2019-11479
        void aTinyMssIsNotHeeded() {
            t.openActively();
            t.inject(seg("SA").ack(1).mss(48));
            assertThat(t.connection.sndMss).isEqualTo(216);
        }

        @Test // RFC 1122 §4.2.3.9, RFC 5927 §4.1
        @Rfc(
                number = 9293,
                section = "3.9.2.2",
                label = {"MUST-54", "SHLD-26"})
        @Rfc(number = 5927, section = "4.1", label = "4.1/1")
        void anIcmpErrorRefusesOnlyWithTheRightSequenceNumber() {
            t.openActively();
            assertThat(t.icmp(IcmpError.PORT_UNREACHABLE, 0, 1)).isFalse();
            assertThat(t.connection.state()).isEqualTo(TcpState.SYN_SENT);
            assertThat(t.icmp(IcmpError.HOST_UNREACHABLE, 0, 0)).isTrue();
            assertThat(t.events).containsExactly("closed HOST_UNREACHABLE");
        }

        @Test
        @Rfc(number = 9293, section = "3.9.1.1", label = "MUST-46")
        void withoutARouteThereIsNoSyn() {
            t.reachable = false;
            TcpConnection c = t.tcp.connect(0, 0, 0, 0, 1, 1, t.options, t, t.nowNs);
            assertThat(c.error()).isEqualTo(TcpError.NET_UNREACHABLE);
            t.silence();
            t.expectNothingLeft();
        }
    }

    private static int open(TcpScript t) {
        return t.openActively().sourcePort;
    }

    @Nested
    class Numbers {
        @Test // RFC 6528 §3
        @Rfc(number = 9293, section = "3.4.1", label = "SHLD-1")
        @Rfc(number = 6528, section = "3", label = "3/1")
        void firstSequenceNumbersOfDifferentPortsDoNotFollowEachOther() {
            TcpScript t = new TcpScript();
            Set<Integer> steps = new HashSet<>();
            int last = t.openActively().seq;
            for (int i = 0; i < 50; i++) {
                int next = t.openActively().seq;
                steps.add((next - last) >>> 20);
                last = next;
            }
            assertThat(steps).hasSizeGreaterThan(45);
        }

        @Test // RFC 6528 §3: the same tuple grows with the clock
        @Rfc(number = 9293, section = "3.4.1", label = "MUST-8")
        @Rfc(number = 6528, section = "3", label = "3/1")
        void theSameTupleGrowsWithTime() {
            TcpScript t = new TcpScript();
            int[] seqs = new int[2];
            for (int i = 0; i < 2; i++) {
                t.tcp.bind(0, 0, 5000, false, false);
                TcpConnection c =
                        t.tcp.connect(0, 0, 5000, 0, Addresses.mappedLow(TcpScript.PEER), 9, t.options, t, t.nowNs);
                seqs[i] = t.next().seq;
                c.abort(t.nowNs);
                t.advance(1000);
            }
            assertThat(seqs[1] - seqs[0]).isBetween(200_000, 300_000);
        }

        @Test // RFC 6056 §3.3.1
        @Rfc(number = 6056, section = "3.2", label = "3.2/1")
        @Rfc(number = 6056, section = "3.3", label = "3.3/1")
        void portsAreRandomAndEphemeral() {
            TcpScript t = new TcpScript();
            Set<Integer> ports = new HashSet<>();
            int inOrder = 0;
            int last = 0;
            for (int i = 0; i < 100; i++) {
                int port = open(t);
                assertThat(port).isBetween(32_768, 60_999);
                inOrder += Math.abs(port - last) < 10 ? 1 : 0;
                last = port;
                ports.add(port);
            }
            assertThat(ports).hasSize(100);
            assertThat(inOrder).isLessThan(5);
        }

        @Test
        @Rfc(number = 6056, section = "3.3", label = "3.3/2")
        void aReservedPortIsNotGivenTwice() {
            TcpScript t = new TcpScript();
            assertThat(t.tcp.bind(0, 0, 6000, false, false)).isEqualTo(6000);
            assertThat(t.tcp.bind(0, Addresses.mappedLow(TcpScript.HOST), 6000, true, false))
                    .isZero();
            int any = t.tcp.bind(0, 0, 0, false, false);
            assertThat(any).isBetween(32_768, 60_999);
            t.tcp.unbind(0, 0, 6000, false, false);
            assertThat(t.tcp.bind(0, 0, 6000, false, false)).isEqualTo(6000);
        }

        @Test
        void aBoundPortIsFreeAgainWhenItsConnectionIsGone() {
            TcpScript t = new TcpScript();
            t.tcp.bind(0, 0, 6000, false, false);
            TcpConnection c =
                    t.tcp.connect(0, 0, 6000, 0, Addresses.mappedLow(TcpScript.PEER), 9, t.options, t, t.nowNs);
            assertThat(c.localPort()).isEqualTo(6000);
            assertThat(t.tcp.bind(0, 0, 6000, false, false)).isZero();
            c.abort(t.nowNs);
            assertThat(t.tcp.bind(0, 0, 6000, false, false)).isEqualTo(6000);
        }
    }
}
