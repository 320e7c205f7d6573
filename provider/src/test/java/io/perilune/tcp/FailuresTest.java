package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.ip.IcmpError;
import io.perilune.metrics.Counter;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Peers that fall silent, keep-alive, ICMP errors (RFC 9293 §3.8.3, §3.8.4, §3.9.2.2, §3.10.8). */
class FailuresTest {

    @Nested
    class Silence {
        @Test
        @Rfc(
                number = 9293,
                section = "3.8.3",
                label = {"MUST-20", "SHLD-11"})
        void dataIsSentAgainForMoreThanAHundredSeconds() {
            TcpScript t = TcpScript.established();
            t.write(10);
            t.advance(100_000);
            assertThat(t.skip()).isGreaterThan(5);
            assertThat(t.events).containsExactly("connected");
            t.advance(1_000_000);
            assertThat(t.events).last().isEqualTo("closed TIMED_OUT");
            assertThat(t.count(Counter.TCP_RETRANSMITTED_SEGMENTS)).isEqualTo(15);
            t.expectNothingLeft();
        }

        @Test
        @Rfc(
                number = 9293,
                section = "3.8.3",
                label = {"MUST-20", "SHLD-10"})
        void ipIsToldFromTheThirdRetransmissionOfASegmentOn() {
            TcpScript t = TcpScript.established();
            t.write(10);
            t.advance(200 + 400 + 20);
            assertThat(t.skip()).isEqualTo(3);
            assertThat(t.doubts).isZero();
            t.advance(800);
            assertThat(t.skip()).isOne();
            assertThat(t.doubts).isOne();
            // The next hop may move while it is waited for: each further one tells again.
            int more = t.advance(60_000).skip();
            assertThat(more).isGreaterThan(3);
            assertThat(t.doubts).isEqualTo(1 + more);
            t.inject(seg("A").seq(1).ack(11));
            t.write(10);
            t.advance(1_000_000);
            assertThat(t.doubts).isGreaterThan(1 + more);
        }

        @Test
        @Rfc(
                number = 9293,
                section = "3.8.3",
                label = {"MUST-22", "SHLD-10"})
        void ipIsToldAtTheThirdRetransmissionOfASyn() {
            TcpScript t = new TcpScript();
            t.openActively();
            t.advance(3_500);
            assertThat(t.doubts).isZero();
            t.advance(4_000);
            assertThat(t.doubts).isOne();
        }

        @Test
        @Rfc(number = 9293, section = "3.8.3", label = "MUST-20")
        void aFinThatIsNeverAcknowledgedTimesOut() {
            TcpScript t = TcpScript.established("tcp.retries", "3");
            t.connection.shutdownOutput(t.nowNs);
            t.advance(4_000);
            assertThat(t.events).last().isEqualTo("closed TIMED_OUT");
            t.expectNothingLeft();
        }

        @Test
        @Rfc(number = 9293, section = "3.10.8", label = "3.10.8/1")
        void timingOutDropsAllQueuesAndTellsTheUser() {
            TcpScript t = TcpScript.established("tcp.retries", "3");
            t.inject(data(10, 100, 1));
            t.write(50 * 1460);
            t.advance(4_000).skip();
            assertThat(t.events).last().isEqualTo("closed TIMED_OUT");
            assertThat(t.write(1)).isEqualTo(TcpConnection.FAILED);
            t.expectNothingLeft();
        }

        @Test
        @Rfc(number = 9293, section = "3.10.8", label = "3.10.8/2")
        void theFirstSegmentIsSentAgainAndTheTimerRestarts() {
            TcpScript t = TcpScript.established();
            t.connection.options().noDelay = true;
            // Short enough for any path: that a long one is lost twice is taken for a narrow path.
            t.write(1000);
            t.write(1000);
            t.write(1000);
            t.skip();
            t.advance(205);
            t.expect("A", 1, 1, 1000);
            t.silence();
            t.advance(390).silence();
            t.advance(20);
            t.expect("A", 1, 1, 1000);
            t.silence();
        }
    }

    /** RFC 9293 §3.8.2: the backed-off timeout stays until a segment that was sent once is acknowledged. */
    @Test
    @Rfc(number = 9293, section = "3.8.1", label = "MUST-18")
    @Rfc(number = 9293, section = "3.8.2", label = "MUST-19")
    @Rfc(number = 6298, section = "5", label = "5/5")
    void aPathThatBecameSlowIsMeasuredInTheEnd() {
        TcpScript t = TcpScript.established();
        int sent = 0;
        for (int round = 1; round <= 6; round++) {
            t.write(10);
            t.advance(700);
            sent = t.skip();
            t.inject(seg("A").seq(1).ack(1 + 10L * round));
        }
        assertThat(sent).isOne();
        assertThat(t.connection.rtt.srttNs()).isGreaterThan(50 * TcpScript.MS);
    }

    @Nested
    class KeepAlive {
        private TcpScript keeping(int idleSeconds) {
            TcpScript t = new TcpScript();
            t.options.keepAlive = true;
            if (idleSeconds > 0) {
                t.options.keepIdle = idleSeconds;
            }
            return t.connect(seg("SA").ack(1).mss(1460));
        }

        @Test
        @Rfc(number = 9293, section = "3.8.4", label = "MUST-26")
        void nothingIsProbedWhileDataIsOutstanding() {
            TcpScript t = keeping(10);
            t.write(10);
            t.advance(60_000);
            assertThat(t.skip()).isGreaterThan(5);
            assertThat(t.count(Counter.TCP_KEEP_ALIVES)).isZero();
        }

        @Test
        @Rfc(number = 9293, section = "3.8.4", label = "MUST-26")
        void anythingThatComesPutsTheProbeOff() {
            TcpScript t = keeping(10);
            for (int i = 0; i < 5; i++) {
                t.advance(9_000);
                t.inject(i % 2 == 0 ? seg("A").seq(1 + i / 2).ack(1) : data(1, 1 + i / 2, 1));
            }
            t.advance(9_900);
            assertThat(t.count(Counter.TCP_KEEP_ALIVES)).isZero();
            t.advance(200);
            assertThat(t.count(Counter.TCP_KEEP_ALIVES)).isOne();
        }

        @Test
        @Rfc(number = 9293, section = "3.8.4", label = "MUST-28")
        void withoutASettingTheFirstProbeComesAfterTwoHours() {
            TcpScript t = keeping(0);
            t.advance(7_199_000).silence();
            t.advance(2_000);
            t.expect("A", 0, 1);
        }

        @Test
        @Rfc(number = 9293, section = "3.8.4", label = "MUST-24")
        void itCanBeTurnedOffAgain() {
            TcpScript t = keeping(10);
            t.options.keepAlive = false;
            t.connection.applyOptions(t.nowNs);
            t.advance(60_000).silence();
        }
    }

    @Nested
    class Icmp {
        final TcpScript t = TcpScript.established("tcp.retries", "3");

        @ParameterizedTest
        @EnumSource(names = {"NET_UNREACHABLE", "HOST_UNREACHABLE", "TIME_EXCEEDED", "PARAMETER_PROBLEM"})
        @Rfc(
                number = 9293,
                section = "3.9.2.2",
                label = {"MUST-54", "MUST-56"})
        void softErrorsDoNotAbort(IcmpError error) {
            t.write(10);
            t.skip();
            assertThat(t.icmp(error, 0, 1)).isTrue();
            assertThat(t.connection.state()).isEqualTo(TcpState.ESTABLISHED);
            t.inject(seg("A").seq(1).ack(11));
            t.inject(data(10, 1, 11));
            assertThat(t.read(20, 1)).isEqualTo(10);
            assertThat(t.events).containsExactly("connected", "readable");
        }

        @Test
        @Rfc(
                number = 9293,
                section = "3.9.2.2",
                label = {"SHLD-25"})
        @Rfc(number = 9293, section = "3.9.1.8", label = "MUST-47")
        void aSoftErrorIsTheReasonOfATimeoutThatFollows() {
            t.write(10);
            t.icmp(IcmpError.HOST_UNREACHABLE, 0, 1);
            t.advance(4_000);
            assertThat(t.events).last().isEqualTo("closed HOST_UNREACHABLE");
        }

        @Test
        @Rfc(number = 9293, section = "3.9.2.2", label = "SHLD-25")
        void anErrorThatTellsNothingDoesNotHideOneThatDoes() {
            t.write(10);
            t.icmp(IcmpError.NET_UNREACHABLE, 0, 1);
            t.icmp(IcmpError.TIME_EXCEEDED, 0, 1);
            t.advance(4_000);
            assertThat(t.events).last().isEqualTo("closed NET_UNREACHABLE");
        }

        @Test
        @Rfc(number = 9293, section = "3.9.2.2", label = "SHLD-25")
        void aSoftErrorIsForgottenWhenThePeerIsHeardAgain() {
            t.write(10);
            t.icmp(IcmpError.HOST_UNREACHABLE, 0, 1);
            t.inject(seg("A").seq(1).ack(11));
            t.write(10);
            t.advance(4_000);
            assertThat(t.events).last().isEqualTo("closed TIMED_OUT");
        }

        @ParameterizedTest
        @EnumSource(names = {"PORT_UNREACHABLE", "PROTOCOL_UNREACHABLE"})
        @Rfc(number = 9293, section = "3.9.2.2", label = "SHLD-26")
        void hardErrorsRefuseAnOpen(IcmpError error) {
            TcpScript u = new TcpScript();
            u.openActively();
            assertThat(u.icmp(error, 0, 0)).isTrue();
            assertThat(u.events).containsExactly("closed CONNECTION_REFUSED");
            u.expectNothingLeft();
        }
    }
}
