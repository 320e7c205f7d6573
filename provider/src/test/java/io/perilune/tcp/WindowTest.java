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

/** Windows that shrink and windows that are shut (RFC 9293 §3.8.6, §3.8.6.1, §3.4). */
class WindowTest {

    private static final int MSS = 1460;

    /** The peer takes back most of the window while four segments are on their way. */
    @Nested
    class Shrunken {
        final TcpScript t = TcpScript.established("tcp.retries", "4");

        private void shrinkTo(int window) {
            t.write(4 * MSS);
            assertThat(t.skip()).isEqualTo(4);
            t.inject(seg("A").seq(1).ack(1).window(window)).silence();
        }

        @Test
        @Rfc(
                number = 9293,
                section = "3.8.6",
                label = {"MUST-34", "SHLD-15"})
        void noNewDataIsSent() {
            shrinkTo(500);
            t.write(1000);
            t.silence();
            t.inject(seg("A").seq(1).ack(1 + 2 * MSS).window(500)).silence();
            assertThat(t.connection.sndWnd - t.connection.outstanding()).isNegative();
            t.inject(seg("A").seq(1).ack(1 + 4 * MSS).window(5000));
            t.expect("PA", 1 + 4 * MSS, 1, 1000);
        }

        @Test
        @Rfc(number = 9293, section = "3.8.6", label = "SHLD-16")
        void whatLiesWithinIsSentAgain() {
            shrinkTo(500);
            t.advance(210);
            t.expect("A", 1, 1, 500);
            t.silence();
            t.inject(seg("A").seq(1).ack(501).window(500));
            t.expect("A", 501, 1, 500);
            t.inject(seg("A").seq(1).ack(1001).window(20_000));
            int next = 1001;
            while (next < 1 + 4 * MSS) {
                Sent again = t.next();
                assertThat(again.seq).isEqualTo(t.mine(next));
                next += again.data.length;
                t.inject(seg("A").seq(1).ack(next).window(20_000));
            }
            t.silence();
            assertThat(t.connection.unacknowledged()).isZero();
        }

        @Test
        @Rfc(
                number = 9293,
                section = "3.8.6",
                label = {"MAY-7", "SHLD-17", "MUST-35"})
        void aWindowOfNothingIsProbedWithTheFirstSegmentAndDoesNotEndTheConnection() {
            shrinkTo(0);
            for (int i = 0; i < 20; i++) {
                long before = t.nowNs;
                while (!t.hasSent()) {
                    t.advance(50);
                    assertThat(t.nowNs - before).isLessThan(121_000 * TcpScript.MS);
                }
                t.expect("A", 1, 1, MSS);
                t.inject(seg("A").seq(1).ack(1).window(0)).silence();
            }
            assertThat(t.connection.state()).isEqualTo(TcpState.ESTABLISHED);
            t.inject(seg("A").seq(1).ack(1 + 4 * MSS).window(5000)).silence();
            assertThat(t.connection.unacknowledged()).isZero();
        }
    }

    @Test // RFC 7323 §2.4: the field cannot tell each number, but it must not add up to more than there is room for
    void manySmallSegmentsDoNotMoveTheEdgeBeyondTheBuffer() {
        TcpScript t = new TcpScript("tcp.receive-buffer", "5000")
                .connect(seg("SA").ack(1).mss(1460).scale(7));
        assertThat(t.connection.rcvScale).isGreaterThan((byte) 2);
        t.options.quickAck = true;
        t.connection.applyOptions(t.nowNs);
        long seq = 1;
        for (int i = 0; i < 5_000; i++) {
            t.inject(data(3, seq, 1));
            t.skip();
            seq = 1L + t.connection.rcvNxt - t.theirs(1);
        }
        assertThat(t.connection.available()).isBetween(4_900, 5_000);
    }

    /** This side's buffer is full. */
    @Nested
    class Shut {
        final TcpScript t = new TcpScript("tcp.receive-buffer", "10000", "tcp.receive-buffer-max", "10000")
                .connect(seg("SA").ack(1).mss(1000));

        private void fill() {
            for (int i = 0; i < 10; i++) {
                t.inject(data(1000, 1 + i * 1000L, 1));
            }
            t.advance(50);
            t.skip();
            t.inject(data(1, 10_001, 1));
            assertThat(t.expect("A", 1, 10_001).window).isZero();
        }

        @Test
        @Rfc(number = 9293, section = "3.8.6.1", label = "MAY-8")
        void itStaysSoAndEachProbeIsAnswered() {
            fill();
            for (int i = 0; i < 200; i++) {
                t.advance(60_000);
                t.inject(data(1, 10_001, 1));
                assertThat(t.expect("A", 1, 10_001).window).isZero();
                t.inject(seg("A").seq(10_000).ack(1));
                assertThat(t.expect("A", 1, 10_001).window).isZero();
            }
            assertThat(t.read(20_000, 1)).isEqualTo(10_000);
            assertThat(t.expect("A", 1, 10_001).window).isEqualTo(10_000);
        }

        @Test
        @Rfc(number = 9293, section = "3.4", label = "MUST-66")
        void aResetIsHeeded() {
            fill();
            t.inject(seg("R").seq(10_002)).silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.ESTABLISHED);
            t.inject(seg("R").seq(10_001)).silence();
            assertThat(t.events).last().isEqualTo("closed CONNECTION_RESET");
        }

        @Test
        @Rfc(number = 9293, section = "3.4", label = "MUST-66")
        void urgentIsHeeded() {
            fill();
            t.inject(seg("UA").seq(10_001).ack(1).urgent(5).bytes(5));
            assertThat(t.expect("A", 1, 10_001).window).isZero();
            t.read(20_000, 1);
            t.skip();
            t.inject(data(10, 10_001, 1));
            assertThat(t.connection.available()).isEqualTo(9);
        }

        @Test
        @Rfc(number = 9293, section = "3.10.7.4", label = "3.10.7.4/1")
        void anAckIsHeeded() {
            fill();
            t.write(10);
            t.skip();
            t.inject(seg("A").seq(10_001).ack(11)).silence();
            assertThat(t.connection.unacknowledged()).isZero();
            t.write(10);
            t.skip();
            t.inject(data(20, 10_001, 21));
            assertThat(t.connection.unacknowledged()).isZero();
            assertThat(t.count(Counter.DROP_TCP_RECEIVE_QUEUE_FULL)).isZero();
            assertThat(t.connection.available()).isEqualTo(10_000);
        }
    }
}
