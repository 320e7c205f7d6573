package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Timestamps, SACK and the retransmission timer, as far as {@link TcpTransmissionTest} leaves them open. */
class OptionsOfConnectionTest {

    private static final int MSS = 1460;

    private static TcpScript withTimestamps() {
        TcpScript t = new TcpScript();
        Sent syn = t.openActively();
        t.inject(seg("SA").ack(1).mss(MSS).sackPermitted().timestamps(500, syn.tsVal))
                .skip();
        return t;
    }

    @Nested
    class Timestamps {
        @Test
        @Rfc(number = 7323, section = "3.2", label = "3.2/2")
        void everySegmentButResetsBearsThem() {
            TcpScript t = withTimestamps();
            t.write(2000);
            t.inject(data(10, 100, 1).timestamps(500, 0));
            t.inject(seg("A").seq(1).ack(2001).window(0).timestamps(500, 0));
            t.write(5);
            t.advance(300);
            t.inject(seg("A").seq(1).ack(2001).timestamps(500, 0));
            t.connection.shutdownOutput(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.inject(seg("S").seq(9).timestamps(500, 0));
            int segments = 0;
            while (t.hasSent()) {
                Sent s = t.next();
                assertThat(s.timestamps).as(s.toString()).isTrue();
                assertThat(s.tsEcr).isEqualTo(500);
                segments++;
            }
            assertThat(segments).isGreaterThanOrEqualTo(6);
        }

        @Test
        @Rfc(number = 7323, section = "4.1", label = "4.1/1")
        void anEchoThatAcknowledgesNothingNewIsNoSample() {
            TcpScript t = withTimestamps();
            t.write(10);
            Sent sent = t.next();
            long before = t.connection.rtt.srttNs();
            t.advance(150);
            t.inject(seg("A").seq(1).ack(1).timestamps(501, sent.tsVal));
            assertThat(t.connection.rtt.srttNs()).isEqualTo(before);
            t.inject(seg("A").seq(1).ack(11).timestamps(502, sent.tsVal));
            assertThat(t.connection.rtt.srttNs()).isGreaterThan(before);
        }

        @Test
        @Rfc(number = 6298, section = "3", label = "3/1")
        void theEchoTellsWhichOfTwoTransmissionsWasAnswered() {
            TcpScript t = withTimestamps();
            t.write(10);
            t.advance(205);
            t.expect("PA", 1, 1, 10);
            Sent again = t.expect("PA", 1, 1, 10);
            t.advance(8);
            t.inject(seg("A").seq(1).ack(11).timestamps(501, again.tsVal));
            assertThat(t.connection.rtt.srttNs()).isLessThan(20 * TcpScript.MS);
        }

        @Test
        @Rfc(number = 7323, section = "5.3", label = "5.3/2")
        void anOldOneOnAResetIsNotLookedAt() {
            TcpScript t = withTimestamps();
            t.inject(seg("R").seq(1).timestamps(1, 0)).silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.CLOSED);
        }

        @Test
        @Rfc(number = 7323, section = "7.1", label = "7.1/1")
        void theClocksOfConnectionsHaveNothingInCommon() {
            TcpScript t = new TcpScript();
            Set<Integer> high = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                high.add(t.openActively().tsVal >>> 16);
            }
            assertThat(high).hasSizeGreaterThan(45);
        }
    }

    @Nested
    class Sack {
        @Test
        @Rfc(number = 2018, section = "3", label = "3/1")
        void itIsNotSentToAPeerThatDoesNotKnowIt() {
            TcpScript t = TcpScript.established();
            t.inject(data(10, 100, 1));
            assertThat(t.expect("A", 1, 1).sack).isEmpty();
            t.inject(data(10, 100, 1));
            assertThat(t.expect("A", 1, 1).sack).isEmpty();
        }

        @Test
        @Rfc(
                number = 2018,
                section = "4",
                label = {"4/1", "4/2"})
        void asManyBlocksGoAlongAsFit() {
            TcpScript plain = TcpScript.establishedWithSack();
            TcpScript stamped = withTimestamps();
            for (int i = 1; i <= 6; i++) {
                plain.inject(data(10, 100L * i, 1)).skip();
                stamped.inject(data(10, 100L * i, 1).timestamps(500, 0)).skip();
            }
            plain.inject(data(10, 700, 1));
            assertThat(plain.next().sack)
                    .hasSize(8)
                    .startsWith(plain.theirs(700), plain.theirs(710), plain.theirs(600));
            stamped.inject(data(10, 700, 1).timestamps(500, 0));
            assertThat(stamped.next().sack).hasSize(6).startsWith(stamped.theirs(700));
        }
    }

    @Nested
    class Timer {
        @Test
        @Rfc(number = 6298, section = "5", label = "5/3")
        void itRestartsWhenNewDataIsAcknowledged() {
            TcpScript t = TcpScript.established();
            t.write(2 * MSS);
            t.skip();
            t.advance(150);
            t.inject(seg("A").seq(1).ack(1 + MSS));
            long timeoutMs = t.connection.rtt.rtoNs() / TcpScript.MS;
            t.advance(timeoutMs - 5).silence();
            t.advance(10);
            t.expect("PA", 1 + MSS, 1, MSS);
        }

        @Test
        @Rfc(number = 6298, section = "5", label = "5/7")
        void afterALostSynDataBeginsWithThreeSeconds() {
            TcpScript t = new TcpScript();
            t.openActively();
            t.advance(1_010);
            t.inject(seg("SA").ack(1).mss(MSS)).skip();
            t.write(10);
            t.skip();
            t.advance(2_990).silence();
            t.advance(20);
            t.expect("PA", 1, 1, 10);
        }

        @Test
        @Rfc(number = 6298, section = "2", label = "2/5")
        void theLongestTimeoutIsTwoMinutes() {
            RttEstimator rtt = new RttEstimator();
            for (int i = 0; i < 40; i++) {
                rtt.backOff();
            }
            assertThat(rtt.rtoNs()).isEqualTo(120_000 * TcpScript.MS);
            rtt.sample(500_000 * TcpScript.MS, TcpScript.MS);
            assertThat(rtt.rtoNs()).isEqualTo(120_000 * TcpScript.MS);
        }
    }

    @Nested
    class TimeWaiting {
        private TcpScript timeWait() {
            TcpScript t = new TcpScript().listen(5).accepted(seg("S").mss(MSS).timestamps(900, 0));
            t.connection.shutdownOutput(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.inject(seg("FA").seq(1).ack(2).timestamps(900, 0)).skip();
            return t;
        }

        @Test
        @Rfc(number = 6191, section = "2", label = "2/2")
        void withTheSameTimestampTheNumberDecides() {
            TcpScript t = timeWait();
            t.inject(seg("S").seq(1).mss(MSS).timestamps(900, 0));
            t.expect("A", 2, 2);
            assertThat(t.tcp.timeWaitCount()).isOne();
            t.inject(seg("S").seq(500).mss(MSS).timestamps(900, 0));
            assertThat(t.next().flags).isEqualTo("SA");
            assertThat(t.tcp.timeWaitCount()).isZero();
        }

        @Test
        @Rfc(number = 6191, section = "2", label = "2/4")
        void withoutTimestampsTheNumberDecides() {
            TcpScript t = timeWait();
            t.inject(seg("S").seq(-5).mss(MSS));
            t.expect("A", 2, 2);
            t.inject(seg("S").seq(500).mss(MSS));
            assertThat(t.next().flags).isEqualTo("SA");
        }
    }
}
