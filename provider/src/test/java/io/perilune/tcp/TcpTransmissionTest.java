package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Retransmission, recovery, windows, Nagle, probes, keep-alive. */
class TcpTransmissionTest {

    private static final int MSS = 1460;

    @Nested
    class Timeout {
        final TcpScript t = TcpScript.established();

        @Test // RFC 6298 §5.4, §5.5
        @Rfc(number = 9293, section = "3.8.2", label = "MUST-19")
        @Rfc(number = 9293, section = "3.10.8", label = "3.10.8/2")
        @Rfc(
                number = 6298,
                section = "5",
                label = {"5/1", "5/4", "5/5", "5/6"})
        void unacknowledgedDataIsSentAgainWithDoublingIntervals() {
            t.write(10);
            long last = t.expect("PA", 1, 1, 10).timeNs;
            long expectedMs = 200;
            for (int i = 0; i < 6; i++) {
                t.advance(expectedMs + 5);
                Sent again = t.expect("PA", 1, 1, 10);
                assertThat((again.timeNs - last) / TcpScript.MS).isBetween(expectedMs - 1, expectedMs + 5);
                last = again.timeNs;
                expectedMs *= 2;
                t.nowNs = last;
            }
        }

        @Test // RFC 9293 §3.8.3
        @Rfc(number = 9293, section = "3.8.3", label = "MUST-20")
        @Rfc(number = 9293, section = "3.10.8", label = "3.10.8/1")
        @Rfc(number = 9293, section = "3.8.3", label = "MUST-21")
        void afterAllRetriesTheConnectionTimesOut() {
            TcpScript u = TcpScript.established("tcp.retries", "3");
            u.write(10);
            u.advance(200 + 400 + 800 + 1600 + 50);
            assertThat(u.skip()).isEqualTo(4);
            assertThat(u.events).last().isEqualTo("closed TIMED_OUT");
            assertThat(u.write(1)).isEqualTo(TcpConnection.FAILED);
            u.expectNothingLeft();
        }

        @Test // RFC 5681 §3.1: the loss window, then slow start
        @Rfc(number = 9293, section = "3.8.2", label = "MUST-19")
        @Rfc(number = 5681, section = "3.1", label = "3.1/4")
        void afterATimeoutOneSegmentIsSentAndThenTwo() {
            t.write(8 * MSS);
            assertThat(t.skip()).isEqualTo(8);
            t.advance(205);
            t.expect("A", 1, 1, MSS);
            t.silence();
            assertThat(t.connection.congestion.slowStartThreshold()).isEqualTo(8 * MSS * 7 / 10);
            t.inject(seg("A").seq(1).ack(1 + MSS));
            t.expect("A", 1 + MSS, 1, MSS);
            t.expect("A", 1 + 2 * MSS, 1, MSS);
            t.silence();
        }

        @Test // RFC 6298 §5.2, §5.3
        @Rfc(number = 6298, section = "5", label = "5/2")
        void theTimerStopsWhenAllIsAcknowledged() {
            t.write(10);
            t.skip();
            t.inject(seg("A").seq(1).ack(11));
            t.advance(5_000).silence();
        }

        @Test // RFC 6298 §3, Karn
        @Rfc(number = 9293, section = "3.8.1", label = "MUST-18")
        @Rfc(number = 6298, section = "3", label = "3/1")
        void aRetransmittedSegmentGivesNoSample() {
            t.write(10);
            t.advance(205);
            t.skip();
            long before = t.connection.rtt.srttNs();
            t.inject(seg("A").seq(1).ack(11));
            assertThat(t.connection.rtt.srttNs()).isEqualTo(before);
        }

        @Test // RFC 6298 §2.2, §2.3
        @Rfc(number = 9293, section = "3.8.1", label = "MUST-18")
        @Rfc(
                number = 6298,
                section = "2",
                label = {"2/2", "2/3", "2/4"})
        void theRoundTripTimeIsSmoothed() {
            RttEstimator rtt = new RttEstimator();
            rtt.sample(100 * TcpScript.MS, TcpScript.MS);
            assertThat(rtt.srttNs()).isEqualTo(100 * TcpScript.MS);
            assertThat(rtt.rtoNs()).isEqualTo(300 * TcpScript.MS);
            rtt.sample(200 * TcpScript.MS, TcpScript.MS);
            assertThat(rtt.srttNs()).isEqualTo(112_500_000);
            assertThat(rtt.rtoNs()).isEqualTo(362_500_000);
            rtt.backOff();
            assertThat(rtt.rtoNs()).isEqualTo(725_000_000);
            for (int i = 0; i < 200; i++) {
                rtt.sample(1000, 200 * TcpScript.MS);
            }
            assertThat(rtt.rtoNs()).isEqualTo(200 * TcpScript.MS);
        }
    }

    @Nested
    class Recovery {
        @Test // RFC 5681 §3.2, RFC 6582 §3.2
        @Rfc(
                number = 5681,
                section = "3.2",
                label = {"3.2/1", "3.2/3"})
        void withoutSackThreeDuplicatesBringTheFirstSegmentAgain() {
            TcpScript t = TcpScript.established("tcp.congestion", "newreno");
            t.write(10 * MSS);
            assertThat(t.skip()).isEqualTo(10);
            t.inject(seg("A").seq(1).ack(1)).inject(seg("A").seq(1).ack(1)).silence();
            t.inject(seg("A").seq(1).ack(1));
            t.expect("A", 1, 1, MSS);
            t.silence();
            assertThat(t.count(Counter.TCP_FAST_RECOVERIES)).isOne();
            assertThat(t.connection.congestion.slowStartThreshold()).isEqualTo(5 * MSS);
            // A partial acknowledgment: the next hole (RFC 6582 §3.2 step 3).
            t.inject(seg("A").seq(1).ack(1 + 4 * MSS));
            t.expect("A", 1 + 4 * MSS, 1, MSS);
            t.silence();
            t.inject(seg("A").seq(1).ack(1 + 10 * MSS)).silence();
            assertThat(t.connection.recovery).isEqualTo(TcpConnection.OPEN);
            // The window is the threshold, which rate reduction has come down to.
            assertThat(t.connection.congestion.window()).isEqualTo(5 * MSS);
            t.write(8 * MSS);
            assertThat(t.skip()).isEqualTo(5);
        }

        @Test // RFC 3042
        @Rfc(number = 5681, section = "3.2", label = "3.2/2")
        void theFirstTwoDuplicatesLetNewDataGo() {
            TcpScript t = TcpScript.established();
            t.write(12 * MSS);
            assertThat(t.skip()).isEqualTo(10);
            t.inject(seg("A").seq(1).ack(1));
            t.expect("A", 1 + 10 * MSS, 1, MSS);
            t.inject(seg("A").seq(1).ack(1));
            t.expect("PA", 1 + 11 * MSS, 1, MSS);
            t.silence();
        }

        @Test // RFC 5681 §2: what is a duplicate
        @Rfc(number = 5681, section = "2", label = "2/1")
        void windowUpdatesAndDataAreNoDuplicates() {
            TcpScript t = TcpScript.established();
            t.write(10 * MSS);
            t.skip();
            for (int i = 0; i < 5; i++) {
                t.inject(seg("A").seq(1).ack(1).window(60_000 - i));
            }
            for (int i = 0; i < 5; i++) {
                t.inject(data(1, 1 + i, 1));
            }
            t.skip();
            assertThat(t.count(Counter.TCP_FAST_RECOVERIES)).isZero();
        }

        @Test // RFC 6675 §5; RFC 8985 §6.2, step 4: no waiting once three are reported
        @Rfc(number = 2018, section = "5", label = "5/1")
        void withSackOnlyTheHolesAreSentAgain() {
            TcpScript t = new TcpScript().connect(seg("SA").ack(1).mss(1460).sackPermitted(), 20);
            t.write(10 * MSS);
            t.skip();
            t.advance(20);
            // Lost: the first and the fourth.
            sack(t, 1, 2);
            t.silence();
            sack(t, 1, 3);
            t.silence();
            t.inject(seg("A").seq(1).ack(1).sack(edge(t, 4), edge(t, 5), edge(t, 1), edge(t, 3)));
            // The fourth is lost too, but the pipe is as full as the threshold (RFC 9937 §6.2).
            t.expect("A", 1, 1, MSS);
            t.silence();
            t.inject(seg("A").seq(1).ack(1).sack(edge(t, 4), edge(t, 8), edge(t, 1), edge(t, 3)));
            t.expect("A", 1 + 3 * MSS, 1, MSS);
            t.silence();
            t.inject(seg("A").seq(1).ack(1 + 3 * MSS).sack(edge(t, 4), edge(t, 10)));
            t.silence();
            t.inject(seg("A").seq(1).ack(1 + 10 * MSS)).silence();
            assertThat(t.count(Counter.TCP_RETRANSMITTED_SEGMENTS)).isEqualTo(2);
            assertThat(t.connection.recovery).isEqualTo(TcpConnection.OPEN);
            assertThat(t.pool.lentCount()).isZero();
        }

        @Test // RFC 8985 §6.2, step 4: three segments above, however small; in recovery no waiting
        void threeSmallSegmentsAboveMakeAHoleLost() {
            TcpScript t = TcpScript.establishedWithSack();
            t.options.noDelay = true;
            for (int i = 0; i < 9; i++) {
                t.write(10);
            }
            t.skip();
            // The first and the fifth are lost.
            t.inject(seg("A").seq(1).ack(1).sack(t.mine(11), t.mine(41)));
            t.expect("A", 1, 1, 10);
            t.inject(seg("A").seq(1).ack(1).sack(t.mine(51), t.mine(71), t.mine(11), t.mine(41)));
            t.expect("A", 41, 1, 10);
            t.inject(seg("A").seq(1).ack(1).sack(t.mine(51), t.mine(81), t.mine(11), t.mine(41)));
            t.silence();
        }

        @Test // RFC 2018 §8: reneging
        @Rfc(
                number = 2018,
                section = "8",
                label = {"8/1", "8/2"})
        void whatThePeerTakesBackIsSentAgainAfterATimeout() {
            TcpScript t = TcpScript.establishedWithSack();
            t.write(3 * MSS);
            t.skip();
            sack(t, 1, 3);
            t.inject(seg("A").seq(1).ack(1 + MSS)).skip();
            t.advance(250);
            t.expect("A", 1 + MSS, 1, MSS);
            t.inject(seg("A").seq(1).ack(1 + 2 * MSS));
            t.expect("PA", 1 + 2 * MSS, 1, MSS);
        }

        @Test // RFC 2018 §3: blocks that cannot be
        void nonsenseInSackBlocksChangesNothing() {
            TcpScript t = TcpScript.establishedWithSack();
            t.write(4 * MSS);
            t.skip();
            t.inject(seg("A").seq(1).ack(1).sack(edge(t, 3), edge(t, 1), edge(t, 2), edge(t, 9)));
            t.inject(seg("A").seq(1).ack(1).sack(t.mine(-5000), t.mine(-100)));
            t.inject(seg("A").seq(1).ack(1).sack(0, 0x7FFF_FFFF));
            assertThat(t.connection.scoreboard.hasSacked()).isFalse();
            t.silence();
        }

        private void sack(TcpScript t, int from, int to) {
            t.inject(seg("A").seq(1).ack(1).sack(edge(t, from), edge(t, to)));
        }

        private int edge(TcpScript t, int segments) {
            return t.mine(1 + segments * MSS);
        }
    }

    @Nested
    class Congestion {
        @Test // RFC 6928, RFC 5681 §3.1, RFC 3465
        @Rfc(number = 9293, section = "3.8.2", label = "MUST-19")
        @Rfc(
                number = 5681,
                section = "3.1",
                label = {"3.1/1", "3.1/2"})
        void tenSegmentsFirstAndTwoMoreForEachTwoAcknowledged() {
            TcpScript t = new TcpScript().connect(seg("SA").ack(1).mss(1460).scale(7));
            t.inject(seg("A").seq(1).ack(1).window(4000));
            t.write(100 * MSS);
            assertThat(t.skip()).isEqualTo(10);
            t.inject(seg("A").seq(1).ack(1 + 2 * MSS).window(4000));
            assertThat(t.skip()).isEqualTo(4);
        }

        @Test // RFC 5681 §3.1, RFC 6928 §2
        @Rfc(number = 5681, section = "3.1", label = "3.1/6")
        void afterTwoLostSynsOneSegmentGoesFirst() {
            TcpScript t = new TcpScript();
            t.openActively();
            t.advance(1_010);
            t.advance(2_010);
            assertThat(t.skip()).isEqualTo(2);
            t.inject(seg("SA").ack(1).mss(1460));
            t.skip();
            t.write(100 * MSS);
            assertThat(t.skip()).isEqualTo(1);
        }

        @Test // RFC 6928 §2: one may have been only late
        @Rfc(number = 5681, section = "3.1", label = "3.1/6")
        void afterOneLostSynTheInitialWindowIsAsEver() {
            TcpScript t = new TcpScript();
            t.openActively();
            t.advance(1_010);
            assertThat(t.skip()).isEqualTo(1);
            t.inject(seg("SA").ack(1).mss(1460));
            t.skip();
            t.write(100 * MSS);
            assertThat(t.skip()).isEqualTo(10);
        }

        @Test // RFC 5681 §3.1, RFC 6928 §2
        @Rfc(number = 5681, section = "3.1", label = "3.1/6")
        void afterTwoLostSynAcksOneSegmentGoesFirst() {
            TcpScript t = new TcpScript().listen(5);
            t.inject(seg("S").mss(1460));
            t.iss = t.next().seq;
            t.advance(1_010);
            t.advance(2_010);
            assertThat(t.skip()).isEqualTo(2);
            t.inject(seg("A").seq(1).ack(1));
            t.connection = t.listener.accept();
            t.connection.attach(t);
            t.write(100 * MSS);
            assertThat(t.skip()).isEqualTo(1);
        }

        @Test // RFC 5681 §4.1
        @Rfc(number = 5681, section = "4.1", label = "4.1/1")
        void afterAnIdleTimeTheWindowRestarts() {
            TcpScript t = new TcpScript().connect(seg("SA").ack(1).mss(1460).scale(7));
            for (int i = 0; i < 10; i++) {
                t.write(10 * MSS);
                t.skip();
                t.inject(seg("A").seq(1).ack(1 + (i + 1) * 10L * MSS).window(4000));
            }
            assertThat(t.connection.congestion.window()).isGreaterThan(15 * MSS);
            t.advance(2_000);
            t.write(50 * MSS);
            assertThat(t.skip()).isEqualTo(10);
        }

        @Test // RFC 5681 §3.1, equation (2) against optimistic acknowledgments: RFC 5961 §5
        @Rfc(number = 5681, section = "3.1", label = "3.1/5")
        void anAckOfUnsentDataDoesNotGrowTheWindow() {
            TcpScript t = TcpScript.established();
            t.write(MSS);
            int before = t.connection.congestion.window();
            t.inject(seg("A").seq(1).ack(20_000));
            assertThat(t.connection.congestion.window()).isEqualTo(before);
        }

        @Test // RFC 5681 §3.1, RFC 3465 §2.1
        @Rfc(number = 9293, section = "3.8.2", label = "MUST-19")
        @Rfc(number = 5681, section = "3.1", label = "3.1/3")
        void congestionAvoidanceAddsASegmentAWindow() {
            NewReno reno = new NewReno();
            reno.start(1000);
            assertThat(reno.window()).isEqualTo(10_000);
            reno.onCongestion(20_000, 1000, 0);
            AckSample sample = new AckSample();
            sample.acknowledged = 1000;
            sample.cwndLimited = true;
            assertThat(reno.window()).isEqualTo(10_000);
            for (int i = 0; i < 10; i++) {
                reno.onAcknowledged(sample, 1000);
            }
            assertThat(reno.window()).isEqualTo(11_000);
        }
    }

    @Nested
    class SmallSegments {
        final TcpScript t = TcpScript.established();

        @Test // RFC 9293 §3.7.4, Nagle
        @Rfc(number = 9293, section = "3.7.4", label = "SHLD-7")
        @Rfc(number = 9293, section = "3.9.1.2", label = "MUST-60")
        void aSecondSmallSegmentWaitsForTheFirst() {
            t.write(10);
            t.expect("PA", 1, 1, 10);
            t.write(10);
            t.write(10);
            t.silence();
            t.inject(seg("A").seq(1).ack(11));
            t.expect("PA", 11, 1, 20);
        }

        @Test // RFC 9293 §3.7.4, MUST-17
        @Rfc(number = 9293, section = "3.7.4", label = "MUST-17")
        void withNoDelayItDoesNot() {
            t.options.noDelay = true;
            t.write(10);
            t.expect("PA", 1, 1, 10);
            t.write(10);
            t.expect("PA", 11, 1, 10);
        }

        @Test
        @Rfc(
                number = 9293,
                section = "3.9.1.2",
                label = {"SHLD-27", "MAY-16"})
        void writesWithinATurnShareASegment() {
            t.options.noDelay = true;
            for (int i = 0; i < 5; i++) {
                t.connection.write(ByteBuffer.allocate(10), t.nowNs);
            }
            t.tcp.flush(t.nowNs);
            t.expect("PA", 1, 1, 50);
            t.silence();
        }

        @Test // RFC 9293 §3.8.6.2.1
        @Rfc(number = 9293, section = "3.8.6.2.1", label = "MUST-38")
        @Rfc(number = 9293, section = "3.9.1.2", label = "MUST-60")
        void aWindowOfLessThanASegmentIsNotFilledAtOnce() {
            t.inject(seg("A").seq(1).ack(1).window(100));
            t.write(MSS);
            t.silence();
            t.advance(205);
            t.expect("A", 1, 1, 100);
            t.inject(seg("A").seq(1).ack(101).window(5000));
            t.expect("PA", 101, 1, MSS - 100);
        }

        @Test // RFC 9293 §3.8.6.2.1: half of the largest window
        @Rfc(number = 9293, section = "3.8.6.2.1", label = "MUST-38")
        void aPeerWithASmallBufferIsStillServed() {
            TcpScript u = new TcpScript().connect(seg("SA").ack(1).mss(1460).window(1000));
            u.write(2000);
            u.expect("A", 1, 1, 1000);
            u.inject(seg("A").seq(1).ack(1001).window(600));
            u.expect("A", 1001, 1, 460);
            u.inject(seg("A").seq(1).ack(1461).window(1000));
            u.expect("PA", 1461, 1, 540);
        }
    }

    @Nested
    class ShutWindow {
        final TcpScript t = TcpScript.established();

        @Test // RFC 9293 §3.8.6.1
        @Rfc(
                number = 9293,
                section = "3.8.6.1",
                label = {"MUST-36", "MUST-37", "SHLD-29", "SHLD-30"})
        void aShutWindowIsProbedWithDoublingIntervalsAsLongAsThePeerAnswers() {
            t.inject(seg("A").seq(1).ack(1).window(0));
            t.write(100);
            t.silence();
            long lastNs = t.nowNs;
            for (int i = 0; i < 25; i++) {
                long intervalMs = Math.min(200L << i, 60_000);
                while (!t.hasSent() && t.nowNs - lastNs < 61_000 * TcpScript.MS) {
                    t.advance(1);
                }
                Sent probe = t.expect("A", 0, 1);
                assertThat((probe.timeNs - lastNs) / TcpScript.MS).isBetween(intervalMs, intervalMs + 2);
                lastNs = probe.timeNs;
                t.inject(seg("A").seq(1).ack(1).window(0)).silence();
            }
            t.inject(seg("A").seq(1).ack(1).window(1000));
            t.expect("PA", 1, 1, 100);
            assertThat(t.count(Counter.TCP_WINDOW_PROBES)).isEqualTo(25);
        }

        @Test // RFC 9293 §3.8.3
        void aPeerThatDoesNotAnswerProbesTimesOut() {
            TcpScript u = TcpScript.established("tcp.retries", "4");
            u.inject(seg("A").seq(1).ack(1).window(0));
            u.write(100);
            u.advance(10_000);
            assertThat(u.skip()).isEqualTo(4);
            assertThat(u.events).last().isEqualTo("closed TIMED_OUT");
            u.expectNothingLeft();
        }

        @Test // RFC 9293 §3.8.6, SHLD-14 of the peer broken: a shrunken window
        void dataBeyondAShrunkenWindowIsStillAcknowledged() {
            t.write(4 * MSS);
            t.skip();
            t.inject(seg("A").seq(1).ack(1 + MSS).window(0));
            t.inject(seg("A").seq(1).ack(1 + 4 * MSS).window(0)).silence();
            assertThat(t.connection.unacknowledged()).isZero();
        }
    }

    @Nested
    class WritingAndReading {
        @Test
        void aFullQueueTakesNoMoreAndTellsWhenItDoes() {
            TcpScript t = TcpScript.established("tcp.send-buffer", "30000", "tcp.send-buffer-max", "30000");
            assertThat(t.write(40_000)).isEqualTo(30_000);
            assertThat(t.write(1)).isZero();
            assertThat(t.connection.isWritable()).isFalse();
            t.inject(seg("A").seq(1).ack(1 + 5 * MSS));
            assertThat(t.events).doesNotContain("writable");
            t.inject(seg("A").seq(1).ack(1 + 10 * MSS));
            assertThat(t.events).containsExactly("connected", "writable");
            assertThat(t.connection.isWritable()).isTrue();
        }

        @Test
        void anEmptyPoolTakesNothingAndTellsWhenThereIsRoom() {
            TcpScript t = TcpScript.established();
            PacketBuffer[] hoard = new PacketBuffer[t.pool.capacity()];
            for (int i = 0; i < hoard.length; i++) {
                hoard[i] = t.pool.allocate();
            }
            assertThat(t.write(100)).isZero();
            assertThat(t.connection.isWritable()).isFalse();
            t.advance(10);
            assertThat(t.events).containsExactly("connected");
            for (PacketBuffer buffer : hoard) {
                buffer.release();
            }
            t.advance(5);
            assertThat(t.events).containsExactly("connected", "writable");
            assertThat(t.write(100)).isEqualTo(100);
            t.expect("PA", 1, 1, 100);
        }

        @Test
        void aRetransmissionNeedsNoOtherBufferWhereNobodyElseHoldsItsOwn() {
            TcpScript t = TcpScript.established();
            t.write(100);
            t.skip();
            PacketBuffer[] hoard = new PacketBuffer[t.pool.capacity() - 1];
            for (int i = 0; i < hoard.length; i++) {
                hoard[i] = t.pool.allocate();
            }
            t.advance(250);
            t.expect("PA", 1, 1, 100);
            for (PacketBuffer buffer : hoard) {
                buffer.release();
            }
        }

        @Test // RFC 6298: no buffer is as a lost segment
        void retransmissionsWaitForBuffers() {
            TcpScript t = TcpScript.established();
            Loan written = new Loan();
            Loan kept = new Loan();
            t.tcp.lend(written);
            written.narrow(0, 100);
            t.tcp.share(written, kept);
            assertThat(t.connection.write(written, t.nowNs)).isEqualTo(100);
            t.tcp.flush(t.nowNs);
            t.skip();
            PacketBuffer[] hoard = new PacketBuffer[t.pool.capacity() - 1];
            for (int i = 0; i < hoard.length; i++) {
                hoard[i] = t.pool.allocate();
            }
            t.advance(250).silence();
            for (PacketBuffer buffer : hoard) {
                buffer.release();
            }
            t.advance(500);
            t.expect("PA", 1, 1, 100);
            t.tcp.giveBack(kept, t.nowNs);
        }

        @Test // RFC 9293 §3.8.6.2.2
        @Rfc(number = 9293, section = "3.8.6", label = "SHLD-14")
        @Rfc(number = 9293, section = "3.8.6.2.2", label = "MUST-39")
        @Rfc(number = 7323, section = "2.4", label = "2.4/1")
        void theWindowOpensOnlyWhenMuchWasReadAndItsEdgeNeverMovesLeft() {
            TcpScript t = new TcpScript("tcp.receive-buffer", "10000", "tcp.receive-buffer-max", "10000")
                    .connect(seg("SA").ack(1).mss(1000));
            long edge = 10_001;
            for (int i = 0; i < 10; i++) {
                t.inject(data(1000, 1 + i * 1000L, 1));
            }
            t.advance(50);
            while (t.hasSent()) {
                Sent ack = t.next();
                long newEdge = ack.ack - t.theirs(0) + (long) ack.window;
                assertThat(newEdge).isGreaterThanOrEqualTo(edge);
                edge = newEdge;
            }
            assertThat(edge).isEqualTo(10_001);
            t.inject(data(1, 10_001, 1));
            Sent shut = t.expect("A", 1, 10_001);
            assertThat(shut.window).isZero();
            t.read(500, 1);
            t.silence();
            t.read(600, 501);
            Sent open = t.expect("A", 1, 10_001);
            assertThat(open.window).isEqualTo(1100);
        }
    }

    @Nested
    class KeepAlive {
        @Test // RFC 9293 §3.8.4
        @Rfc(
                number = 9293,
                section = "3.8.4",
                label = {"MAY-5", "MUST-27", "MUST-29", "SHLD-12"})
        void anIdlePeerIsProbedAndGivenUp() {
            TcpScript t = new TcpScript();
            t.options.keepAlive = true;
            t.options.keepIdle = 10;
            t.options.keepInterval = 2;
            t.options.keepCount = 3;
            t.connect(seg("SA").ack(1).mss(1460));
            t.advance(9_900).silence();
            t.advance(200);
            t.expect("A", 0, 1);
            t.inject(seg("A").seq(1).ack(1)).silence();
            t.advance(9_900).silence();
            t.advance(200);
            t.expect("A", 0, 1);
            t.advance(2_010);
            t.expect("A", 0, 1);
            t.advance(2_010);
            t.expect("A", 0, 1);
            t.advance(2_010);
            assertThat(t.next().flags).isEqualTo("RA");
            assertThat(t.events).last().isEqualTo("closed TIMED_OUT");
            t.expectNothingLeft();
        }

        @Test // RFC 9293 §3.8.4, MUST-25
        @Rfc(
                number = 9293,
                section = "3.8.4",
                label = {"MUST-24", "MUST-25"})
        void itIsOffUnlessTheUserWantsIt() {
            TcpScript t = TcpScript.established();
            t.advance(10_000_000).silence();
            t.options.keepAlive = true;
            t.connection.applyOptions(t.nowNs);
            t.advance(10);
            t.expect("A", 0, 1);
        }

        @Test // RFC 9293 §3.10.7.4, first: how a peer's keep-alive is answered
        void aPeersProbeIsAnswered() {
            TcpScript t = TcpScript.established();
            t.inject(seg("A").seq(0).ack(1));
            t.expect("A", 1, 1);
        }
    }

    @Nested
    class Options {
        @Test // RFC 7323 §2.2, §2.3
        @Rfc(number = 7323, section = "2.2", label = "2.2/2")
        @Rfc(number = 7323, section = "2.3", label = "2.3/2")
        void windowsAreScaledAfterTheHandshake() {
            TcpScript t = new TcpScript("tcp.receive-buffer", "1m")
                    .connect(seg("SA").ack(1).mss(1460).scale(4).window(10));
            assertThat(t.connection.sndWnd).isEqualTo(10);
            t.inject(data(10, 1, 1).window(100));
            assertThat(t.connection.sndWnd).isEqualTo(1600);
            Sent ack = t.expect("A", 1, 11);
            assertThat(ack.window << 5).isBetween((1 << 20) - 64, 1 << 20);
        }

        @Test // RFC 7323 §2.2
        @Rfc(number = 7323, section = "2.2", label = "2.2/1")
        void windowsAreNotScaledIfThePeerDoesNotOfferIt() {
            TcpScript t = TcpScript.established();
            t.inject(data(10, 1, 1).window(100));
            assertThat(t.connection.sndWnd).isEqualTo(100);
            assertThat(t.expect("A", 1, 11).window).isEqualTo(65_535);
        }

        @Test // RFC 7323 §3, §4
        @Rfc(number = 9293, section = "3.7.1", label = "MUST-16")
        @Rfc(number = 7323, section = "4.3", label = "4.3/1")
        @Rfc(number = 7323, section = "5.4", label = "5.4/1")
        void timestampsAreEchoedAndTakeRoomFromTheData() {
            TcpScript t = new TcpScript();
            Sent syn = t.openActively();
            t.inject(seg("SA").ack(1).mss(1460).timestamps(500, syn.tsVal));
            Sent ack = t.expect("A", 1, 1);
            assertThat(ack.tsEcr).isEqualTo(500);
            t.write(1460);
            assertThat(t.expect("A", 1, 1, 1448).tsEcr).isEqualTo(500);
            t.expect("PA", 1449, 1, 12);
            t.advance(20).inject(data(10, 1, 1).timestamps(520, 0));
            Sent next = t.expect("A", 1461, 11);
            assertThat(next.tsEcr).isEqualTo(520);
            assertThat(next.tsVal - ack.tsVal).isEqualTo(20);
        }

        @Test // RFC 7323 §5.3, R1
        @Rfc(number = 7323, section = "5.3", label = "5.3/1")
        void anOldTimestampIsAcknowledgedAndDropped() {
            TcpScript t = withTimestamps();
            t.inject(data(10, 1, 1).timestamps(499, 0));
            t.expect("A", 1, 1);
            assertThat(t.connection.available()).isZero();
            assertThat(t.count(Counter.DROP_TCP_PAWS)).isOne();
        }

        @Test // RFC 7323 §5.3 R3, RFC 5961 §5.2: who cannot acknowledge cannot make later segments look old
        @Rfc(number = 7323, section = "4.3", label = "4.3/1")
        void theTimestampOfASegmentWithAWrongAckIsNotRemembered() {
            TcpScript t = withTimestamps();
            t.inject(data(10, 1, 500).timestamps(90_000, 0)).skip();
            t.inject(data(10, 1, 1).timestamps(501, 0));
            assertThat(t.connection.available()).isEqualTo(10);
        }

        @Test // RFC 7323 §5.5
        @Rfc(number = 7323, section = "5.5", label = "5.5/1")
        void after24DaysAnOldTimestampIsTaken() {
            TcpScript t = withTimestamps();
            t.nowNs += 25L * 24 * 3600 * 1_000_000_000L;
            t.inject(data(10, 1, 1).timestamps(499, 0));
            assertThat(t.connection.available()).isEqualTo(10);
        }

        @Test // RFC 7323 §3.2
        @Rfc(number = 7323, section = "3.2", label = "3.2/3")
        void aSegmentWithoutTheTimestampIsDroppedButAResetIsNot() {
            TcpScript t = withTimestamps();
            t.inject(data(10, 1, 1)).silence();
            assertThat(t.count(Counter.DROP_TCP_NO_TIMESTAMP)).isOne();
            t.inject(seg("R").seq(1));
            assertThat(t.connection.state()).isEqualTo(TcpState.CLOSED);
        }

        @Test // RFC 7323 §4.3
        @Rfc(number = 7323, section = "4.3", label = "4.3/1")
        void aTimestampFromBehindAGapIsNotRemembered() {
            TcpScript t = withTimestamps();
            t.inject(data(10, 50, 1).timestamps(600, 0));
            assertThat(t.next().tsEcr).isEqualTo(500);
        }

        @Test // RFC 2018 §4
        @Rfc(
                number = 2018,
                section = "4",
                label = {"4/1", "4/2"})
        void theNewestRangeIsReportedFirst() {
            TcpScript t = TcpScript.establishedWithSack();
            t.inject(data(10, 101, 1));
            assertThat(t.next().sack).containsExactly(t.theirs(101), t.theirs(111));
            t.inject(data(10, 301, 1));
            assertThat(t.next().sack).containsExactly(t.theirs(301), t.theirs(311), t.theirs(101), t.theirs(111));
            t.inject(data(10, 111, 1));
            assertThat(t.next().sack).containsExactly(t.theirs(101), t.theirs(121), t.theirs(301), t.theirs(311));
            t.inject(data(10, 501, 1)).skip();
            t.inject(data(10, 701, 1)).skip();
            t.inject(data(10, 901, 1));
            assertThat(t.next().sack).hasSize(8);
        }

        @Test // RFC 2883 §4
        void aDuplicateIsReportedFirst() {
            TcpScript t = TcpScript.establishedWithSack();
            t.inject(data(10, 1, 1)).skip();
            t.inject(data(10, 1, 1));
            assertThat(t.next().sack).containsExactly(t.theirs(1), t.theirs(11));
            t.inject(data(10, 51, 1)).skip();
            t.inject(data(10, 51, 1));
            assertThat(t.next().sack).containsExactly(t.theirs(51), t.theirs(61), t.theirs(51), t.theirs(61));
        }

        private TcpScript withTimestamps() {
            TcpScript t = new TcpScript();
            Sent syn = t.openActively();
            t.inject(seg("SA").ack(1).mss(1460).timestamps(500, syn.tsVal));
            t.skip();
            return t;
        }
    }
}
