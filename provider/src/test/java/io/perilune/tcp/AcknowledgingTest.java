package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.packet.TcpScript;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** When received data is acknowledged, and how (RFC 9293 §3.8.6.3, RFC 5681 §4.2). */
class AcknowledgingTest {

    final TcpScript t = TcpScript.established();

    /** The first ones are acknowledged at once. */
    private int warmUp() {
        for (int i = 0; i < 20; i++) {
            t.inject(data(1000, 1 + i * 1000L, 1));
        }
        t.advance(50);
        t.skip();
        return 20_001;
    }

    @Test // RFC 9293 §3.8.6.3, MUST-40
    @Rfc(
            number = 9293,
            section = "3.8.6.3",
            label = {"SHLD-18", "MUST-40"})
    @Rfc(number = 5681, section = "4.2", label = "4.2/1")
    void aSingleSegmentIsAcknowledgedAfterForty() {
        int seq = warmUp();
        t.inject(data(1000, seq, 1)).silence();
        t.advance(39).silence();
        t.advance(3);
        t.expect("A", 1, seq + 1000);
    }

    @Test // RFC 5681 §4.2
    @Rfc(number = 9293, section = "3.8.6.3", label = "SHLD-19")
    @Rfc(number = 5681, section = "4.2", label = "4.2/1")
    void everySecondFullSegmentIsAcknowledgedAtOnce() {
        int seq = warmUp();
        t.inject(data(1000, seq, 1)).silence();
        t.inject(data(1000, seq + 1000, 1));
        t.expect("A", 1, seq + 2000);
    }

    @Test
    @Rfc(
            number = 9293,
            section = "3.10.7.4",
            label = {"MUST-58", "MUST-59"})
    void oneAcknowledgmentAnswersABurst() {
        int seq = warmUp();
        for (int i = 0; i < 7; i++) {
            t.receive(data(1000, seq + i * 1000L, 1));
        }
        t.tcp.flush(t.nowNs);
        t.expect("A", 1, seq + 7_000);
        t.silence();
    }

    @Test // RFC 9293 §3.8.6.3
    @Rfc(number = 9293, section = "3.10.7.4", label = "MUST-58")
    void dataCarriesTheAcknowledgment() {
        int seq = warmUp();
        t.receive(data(1000, seq, 1));
        t.connection.write(ByteBuffer.allocate(7), t.nowNs);
        t.tcp.flush(t.nowNs);
        t.expect("PA", 1, seq + 1000, 7);
        t.advance(150).silence();
    }

    @Test // RFC 5681 §4.2
    @Rfc(number = 9293, section = "3.10.7.4", label = "MAY-13")
    @Rfc(number = 5681, section = "4.2", label = "4.2/2")
    void aGapIsToldAtOnceAndItsFillingToo() {
        int seq = warmUp();
        t.inject(data(1000, seq + 1000, 1));
        t.expect("A", 1, seq);
        t.inject(data(1000, seq, 1));
        t.expect("A", 1, seq + 2000);
    }

    @Test // a probe of the peer's, which may have lost our acknowledgment, must not wait for data that never goes
    void whereNothingIsSentASingleSegmentIsAcknowledgedSoon() {
        int seq = warmUp();
        t.advance(100);
        t.inject(data(1000, seq, 1)).silence();
        t.advance(5);
        t.expect("A", 1, seq + 1000);
    }

    @Test // RFC 5681 §4.2: not all of a long burst hangs on one acknowledgment
    void aLongBurstIsAcknowledgedInParts() {
        int seq = warmUp();
        for (int i = 0; i < 20; i++) {
            t.receive(data(1000, seq + i * 1000L, 1));
        }
        t.tcp.flush(t.nowNs);
        t.expect("A", 1, seq + 8_000);
        t.expect("A", 1, seq + 16_000);
        t.expect("A", 1, seq + 20_000);
        t.silence();
    }

    @Test // RFC 5681 §4.2: the path loses: the peer's window is small and waits for each acknowledgment
    void afterAGapSingleSegmentsAreAcknowledgedAtOnceForAWhile() {
        int seq = warmUp();
        t.inject(data(1000, seq + 1000, 1));
        t.inject(data(1000, seq, 1));
        assertThat(t.skip()).isEqualTo(2);
        assertQuickFrom(seq + 2000);
    }

    @Test // what comes twice was not acknowledged in time, or the acknowledgment was lost
    void afterADuplicateSingleSegmentsAreAcknowledgedAtOnceForAWhile() {
        int seq = warmUp();
        t.inject(data(1000, seq - 1000, 1));
        t.expect("A", 1, seq);
        assertQuickFrom(seq);
    }

    private void assertQuickFrom(int seq) {
        int at = seq;
        for (int i = 0; i < DelayedAck.QUICK_ACKS_AFTER_LOSS; i++) {
            t.inject(data(1000, at, 1));
            at += 1000;
            t.expect("A", 1, at);
        }
        t.inject(data(1000, at, 1)).silence();
        t.advance(50);
        t.expect("A", 1, at + 1000);
    }
}
