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
import org.junit.jupiter.params.provider.CsvSource;

/** Explicit congestion notification: RFC 3168, and the receiver's part of RFC 8257. */
class EcnTest {

    private static final int MSS = 1460;
    private static final int CE = 3;
    private static final int ECT_0 = 2;
    private static final int NOT_ECT = 0;

    private static TcpScript agreed(String... settings) {
        return new TcpScript(settings).listen(5).accepted(seg("SEC").mss(1460));
    }

    private static int codepointOfData(TcpScript t) {
        t.write(100);
        return t.next().trafficClass & 3;
    }

    @Nested
    class Negotiation {
        @Rfc(number = 3168, section = "6.1.1", label = "6.1.1/1")
        @Rfc(number = 3168, section = "6.1.1", label = "6.1.1/2")
        @ParameterizedTest(name = "tcp.ecn={0}, peer's SYN {1}: {2}, {3}")
        @CsvSource({
            "accept, S, SA, false",
            "accept, SEC, SAE, true",
            "accept, SE, SA, false",
            "accept, SC, SA, false",
            "on, S, SA, false",
            "on, SEC, SAE, true",
            "off, S, SA, false",
            "off, SEC, SA, false"
        }) // RFC 3168 §6.1.1
        void passiveOpen(String setting, String syn, String synAck, boolean agreed) {
            TcpScript t = new TcpScript("tcp.ecn", setting).listen(5);
            t.inject(seg(syn).mss(1460));
            Sent answer = t.next();
            assertThat(answer.flags).isEqualTo(synAck);
            assertThat(answer.trafficClass & 3).isEqualTo(NOT_ECT);
            t.iss = answer.seq;
            t.inject(seg("A").seq(1).ack(1));
            t.connection = t.listener.accept();
            t.connection.attach(t);
            assertThat(codepointOfData(t)).isEqualTo(agreed ? ECT_0 : NOT_ECT);
        }

        @Rfc(number = 3168, section = "6.1.1", label = "6.1.1/1")
        @Rfc(number = 3168, section = "6.1.1", label = "6.1.1/2")
        @Rfc(number = 3168, section = "6.1.4", label = "6.1.4/1")
        @ParameterizedTest(name = "tcp.ecn={0}, {1}: {2}, peer's SYN-ACK {3}: {4}")
        @CsvSource({
            "accept, cubic, S, SA, false",
            "accept, cubic, S, SAE, false",
            "off, cubic, S, SAE, false",
            "off, dctcp, S, SAE, false",
            "on, cubic, SEC, SA, false",
            "on, cubic, SEC, SAE, true",
            "on, cubic, SEC, SAEC, false",
            "on, cubic, SEC, SAC, false",
            "accept, dctcp, SEC, SAE, true"
        }) // RFC 3168 §6.1.1
        void activeOpen(String setting, String congestion, String syn, String synAck, boolean agreed) {
            TcpScript t = new TcpScript("tcp.ecn", setting, "tcp.congestion", congestion);
            Sent first = t.openActively();
            assertThat(first.flags).isEqualTo(syn);
            assertThat(first.trafficClass & 3).isEqualTo(NOT_ECT);
            t.inject(seg(synAck).ack(1).mss(1460));
            Sent ack = t.expect("A", 1, 1);
            assertThat(ack.trafficClass & 3).as("a pure acknowledgment").isEqualTo(NOT_ECT);
            assertThat(codepointOfData(t)).isEqualTo(agreed ? ECT_0 : NOT_ECT);
        }

        @Rfc(number = 3168, section = "6.1.1.1", label = "6.1.1.1/1")
        @Test // RFC 3168 §6.1.1.1: a path that swallows such SYNs must not keep us from connecting
        void aSynSentAgainDoesNotAsk() {
            TcpScript t = new TcpScript("tcp.ecn", "on");
            assertThat(t.openActively().flags).isEqualTo("SEC");
            t.advance(1_005);
            assertThat(t.next().flags).isEqualTo("S");
            t.inject(seg("SAE").ack(1).mss(1460));
            t.expect("A", 1, 1);
            assertThat(codepointOfData(t)).isEqualTo(NOT_ECT);
        }

        @Rfc(number = 3168, section = "6.1.1.1", label = "6.1.1.1/1")
        @Test // RFC 3168 §6.1.1.1
        void aPeerThatGivesUpAskingIsTakenAtItsWord() {
            TcpScript t = new TcpScript().listen(5);
            t.inject(seg("SEC").mss(1460));
            assertThat(t.next().flags).isEqualTo("SAE");
            t.advance(500);
            t.inject(seg("S").mss(1460));
            Sent again = t.next();
            assertThat(again.flags).isEqualTo("SA");
            t.iss = again.seq;
            t.inject(seg("A").seq(1).ack(1));
            t.connection = t.listener.accept();
            t.connection.attach(t);
            assertThat(codepointOfData(t)).isEqualTo(NOT_ECT);
        }

        @Rfc(number = 3168, section = "5", label = "5/1")
        @Rfc(number = 3168, section = "6.1.4", label = "6.1.4/1")
        @Test // RFC 3168 §5: the codepoint is not the application's
        void theUsersTrafficClassKeepsItsOtherBits() {
            TcpScript t = agreed();
            t.connection.options().trafficClass = 0xB9;
            t.write(100);
            assertThat(t.next().trafficClass).isEqualTo(0xB8 | ECT_0);
            t.inject(data(1, 1, 101));
            t.advance(50);
            assertThat(t.next().trafficClass).isEqualTo(0xB8);
        }
    }

    @Nested
    class Sender {
        @Rfc(number = 3168, section = "6.1.2", label = "6.1.2/1")
        @Rfc(number = 3168, section = "6.1.2", label = "6.1.2/2")
        @Test // RFC 3168 §6.1.2: once for each window of data, and CWR on the first new data after that
        @Rfc(number = 9293, section = "3.8.2", label = "SHLD-8")
        void anEchoReducesTheWindowOnceForAWindowOfData() {
            TcpScript t = agreed("tcp.congestion", "newreno");
            t.write(20 * MSS);
            assertThat(t.skip()).isEqualTo(10);
            t.inject(seg("AE").seq(1).ack(1 + 2 * MSS));
            int window = t.connection.congestion.window();
            assertThat(window).isEqualTo(5 * MSS);
            t.silence();
            t.inject(seg("AE").seq(1).ack(1 + 4 * MSS));
            t.inject(seg("AE").seq(1).ack(1 + 6 * MSS));
            assertThat(t.connection.congestion.window()).isBetween(window, window + MSS);
            assertThat(t.count(Counter.TCP_ECN_REDUCTIONS)).isOne();
            t.inject(seg("AE").seq(1).ack(1 + 8 * MSS));
            assertThat(t.next().flags).isEqualTo("AC");
            assertThat(t.next().flags).isEqualTo("A");
            t.skip();
            // What was sent after the reduction is acknowledged with an echo: the next reduction.
            t.inject(seg("A").seq(1).ack(1 + 10 * MSS));
            t.inject(seg("AE").seq(1).ack(1 + 12 * MSS));
            assertThat(t.count(Counter.TCP_ECN_REDUCTIONS)).isEqualTo(2);
        }

        @Rfc(number = 3168, section = "6.1.5", label = "6.1.5/1")
        @Test // RFC 3168 §6.1.5
        void retransmissionsAreNotEcnCapable() {
            TcpScript t = agreed();
            t.write(2 * MSS);
            assertThat(t.next().trafficClass & 3).isEqualTo(ECT_0);
            t.skip();
            t.advance(1_100);
            Sent again = t.next();
            assertThat(again.seq).isEqualTo(t.mine(1));
            assertThat(again.trafficClass & 3).isEqualTo(NOT_ECT);
        }

        @Rfc(number = 3168, section = "6.1.6", label = "6.1.6/1")
        @Test // RFC 3168 §6.1.6
        void windowProbesAreNotEcnCapable() {
            TcpScript t = agreed();
            t.inject(seg("A").seq(1).ack(1).window(0));
            t.write(MSS);
            t.silence();
            t.advance(2_000);
            assertThat(t.next().trafficClass & 3).isEqualTo(NOT_ECT);
        }

        @Rfc(number = 3168, section = "6.1.2", label = "6.1.2/2")
        @Test // RFC 3168 §6.1.2: a loss in the same window asks for no second reduction by echoes, and CWR tells of it
        void aLossTellsItsReductionToo() {
            TcpScript t = agreed("tcp.congestion", "newreno");
            t.write(30 * MSS);
            assertThat(t.skip()).isEqualTo(10);
            for (int i = 0; i < 3; i++) {
                t.inject(seg("A").seq(1).ack(1));
            }
            // Two of them by limited transmit (RFC 3042), and the first segment again.
            assertThat(t.skip()).isEqualTo(3);
            t.inject(seg("AE").seq(1).ack(1 + 12 * MSS));
            assertThat(t.count(Counter.TCP_ECN_REDUCTIONS)).isZero();
            assertThat(t.next().flags).isEqualTo("AC");
        }

        @Rfc(number = 3168, section = "6.1.2", label = "6.1.2/2")
        @Test // RFC 3168 §6.1.2: a FIN without data is no data
        void aFinAloneDoesNotTellOfAReduction() {
            TcpScript t = agreed();
            t.write(2 * MSS);
            t.skip();
            t.inject(seg("AE").seq(1).ack(1 + MSS));
            t.connection.shutdownOutput(t.nowNs);
            t.tcp.flush(t.nowNs);
            Sent fin = t.next();
            assertThat(fin.flags).isEqualTo("FA");
            assertThat(fin.trafficClass & 3).isEqualTo(NOT_ECT);
        }

        @Rfc(number = 3168, section = "6.1.1", label = "6.1.1/3")
        @Test // RFC 3168 §6.1: nothing agreed, nothing heeded
        void anEchoThatWasNotAgreedIsIgnored() {
            TcpScript t = TcpScript.established();
            t.write(20 * MSS);
            t.skip();
            int before = t.connection.congestion.window();
            t.inject(seg("AE").seq(1).ack(1 + 2 * MSS));
            assertThat(t.connection.congestion.window()).isGreaterThan(before);
        }
    }

    @Nested
    class Receiver {
        @Rfc(number = 3168, section = "6.1.3", label = "6.1.3/1")
        @Test // RFC 3168 §6.1.3: each acknowledgment echoes until CWR comes
        @Rfc(number = 9293, section = "3.8.2", label = "SHLD-8")
        void aMarkIsEchoedUntilTheSenderHasReduced() {
            TcpScript t = agreed();
            t.inject(data(100, 1, 1).trafficClass(ECT_0));
            t.expect("A", 1, 101);
            t.inject(data(100, 101, 1).trafficClass(CE));
            t.expect("AE", 1, 201);
            t.inject(data(100, 201, 1).trafficClass(ECT_0));
            t.expect("AE", 1, 301);
            t.write(10);
            assertThat(t.next().flags).isEqualTo("PAE");
            t.inject(seg("AC").seq(301).ack(11).trafficClass(ECT_0).bytes(100));
            t.expect("A", 11, 401);
            assertThat(t.count(Counter.TCP_ECN_MARKS_RECEIVED)).isOne();
        }

        @Rfc(number = 3168, section = "6.1.3", label = "6.1.3/1")
        @Test // RFC 3168 §6.1.3: CWR on a packet that is marked itself begins anew
        void aMarkedPacketWithCwrIsEchoed() {
            TcpScript t = agreed();
            t.inject(data(100, 1, 1).trafficClass(CE));
            t.expect("AE", 1, 101);
            t.inject(seg("AC").seq(101).ack(1).trafficClass(CE).bytes(100));
            t.expect("AE", 1, 201);
        }

        @Rfc(number = 3168, section = "6.1.5", label = "6.1.5/2")
        @Test // RFC 3168 §6.1.4: acknowledgments and segments that are not acceptable carry no news
        void marksOfUnacceptableSegmentsAreNotHeeded() {
            TcpScript t = agreed();
            t.inject(data(100, 500_000, 1).trafficClass(CE));
            t.skip();
            t.inject(data(100, 1, 1).trafficClass(ECT_0));
            t.expect("A", 1, 101);
        }

        @Rfc(number = 8257, section = "3.2", label = "3.2/1")
        @Test // RFC 8257 §3.2: a change of the mark is told at once, and what came before it as it was
        void dctcpTellsExactlyWhichBytesWereMarked() {
            TcpScript t = agreed("tcp.congestion", "dctcp");
            long seq = 1;
            // Past the time in which each segment is acknowledged at once.
            for (int i = 0; i < DelayedAck.QUICK_ACKS + 1; i++, seq += 1000) {
                t.inject(data(1000, seq, 1).trafficClass(ECT_0));
            }
            t.advance(60);
            t.skip();
            t.inject(data(1000, seq, 1).trafficClass(ECT_0)).silence();
            t.inject(data(1000, seq + 1000, 1).trafficClass(CE));
            t.expect("A", 1, seq + 1000);
            t.expect("AE", 1, seq + 2000);
            t.inject(data(1000, seq + 2000, 1).trafficClass(CE)).silence();
            t.inject(data(1000, seq + 3000, 1).trafficClass(CE));
            t.expect("AE", 1, seq + 4000);
            t.inject(data(1000, seq + 4000, 1).trafficClass(CE)).silence();
            t.inject(data(1000, seq + 5000, 1).trafficClass(ECT_0));
            t.expect("AE", 1, seq + 5000);
            t.expect("A", 1, seq + 6000);
        }
    }

    @Rfc(number = 3168, section = "6.1.1", label = "6.1.1/3")
    @Test // RFC 3168 §6.1.1: whoever has not agreed never marks
    void withoutAgreementAMarkIsNothing() {
        TcpScript t = TcpScript.established();
        Seg marked = data(100, 1, 1).trafficClass(CE);
        t.inject(marked);
        t.expect("A", 1, 101);
    }
}
