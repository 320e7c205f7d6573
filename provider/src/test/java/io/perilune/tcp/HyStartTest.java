package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HyStart++ (RFC 9406), the slow start of all algorithms, and what a cheating receiver wins by it. */
class HyStartTest {

    private static final int MSS = 1000;
    private static final long MS = 1_000_000L;

    private final NewReno control = new NewReno();
    private final AckSample sample = new AckSample();

    HyStartTest() {
        control.start(MSS);
        sample.cwndLimited = true;
        sample.sndNxt = 10 * MSS;
    }

    /** One acknowledgment. What it allows is sent before the next. */
    private void acknowledge(int bytes, long rttNs) {
        sample.acknowledged = bytes;
        sample.rttNs = rttNs;
        sample.sndUna += bytes;
        control.onAcknowledged(sample, MSS);
        sample.sndNxt = sample.sndUna + control.window();
    }

    /** One round trip: a window is acknowledged, segment by segment, all with the same round-trip time. */
    private void round(long rttNs) {
        int count = control.window() / MSS;
        for (int i = 0; i < count; i++) {
            acknowledge(MSS, rttNs);
        }
    }

    @Rfc(number = 9406, section = "4.2", label = "4.2/1")
    @Test // RFC 5681 §3.1
    void withASteadyRoundTripTimeTheWindowDoubles() {
        for (int i = 0; i < 6; i++) {
            int before = control.window();
            round(50 * MS);
            assertThat(control.window()).isEqualTo(2 * before);
        }
        assertThat(control.isConservative()).isFalse();
    }

    @Rfc(number = 9406, section = "4.2", label = "4.2/1")
    @ParameterizedTest(name = "{0} ms to {1} ms: {2}")
    @CsvSource({
        // MIN_RTT_THRESH: 4 ms.
        "1, 4, false",
        "1, 6, true",
        // An eighth.
        "80, 88, false",
        "80, 91, true",
        // MAX_RTT_THRESH: 16 ms.
        "400, 410, false",
        "400, 417, true"
    }) // RFC 9406 §4.2
    void aLongerRoundTripTimeBeginsConservativeSlowStart(long firstMs, long thenMs, boolean conservative) {
        round(firstMs * MS);
        round(firstMs * MS);
        round(thenMs * MS);
        round(thenMs * MS);
        assertThat(control.isConservative()).isEqualTo(conservative);
        assertThat(control.window() < control.slowStartThreshold()).isTrue();
    }

    @Rfc(number = 9406, section = "4.2", label = "4.2/3")
    @Test // RFC 9406 §4.2: growth by a quarter, for five rounds, then congestion avoidance
    void conservativeSlowStartEndsAfterFiveRounds() {
        round(50 * MS);
        round(50 * MS);
        while (!control.isConservative()) {
            acknowledge(MSS, 60 * MS);
        }
        int rounds = 0;
        while (control.window() < control.slowStartThreshold()) {
            int before = control.window();
            round(60 * MS);
            rounds++;
            assertThat(control.window()).isBetween(before + MSS, before + before / 4 + MSS);
            assertThat(rounds).isLessThanOrEqualTo(6);
        }
        assertThat(rounds).isBetween(4, 6);
        assertThat(control.slowStartThreshold()).isLessThan(control.window() + 2 * MSS);
    }

    @Rfc(number = 9406, section = "4.2", label = "4.2/4")
    @Test // RFC 9406 §4.2: the delay was not of our making
    void aShorterRoundTripTimeResumesSlowStart() {
        round(50 * MS);
        round(50 * MS);
        round(60 * MS);
        round(60 * MS);
        assertThat(control.isConservative()).isTrue();
        round(50 * MS);
        round(50 * MS);
        assertThat(control.isConservative()).isFalse();
        int before = control.window();
        round(50 * MS);
        assertThat(control.window()).isBetween(2 * before - MSS, 2 * before);
    }

    @Rfc(number = 9406, section = "4.2", label = "4.2/2")
    @Test // RFC 9406 §4.2: less than eight samples say nothing
    void fewSamplesDoNotCount() {
        for (int i = 0; i < 12; i++) {
            acknowledge(control.window() / 2, (50 + 20L * i) * MS);
            acknowledge(control.window() / 2, (50 + 20L * i) * MS);
        }
        assertThat(control.isConservative()).isFalse();
    }

    @Rfc(number = 9406, section = "4.3", label = "4.3/1")
    @Test // RFC 9406 §4.3: the initial slow start only
    void afterCongestionStandardSlowStartIsUsed() {
        control.onTimeout(200 * MSS, MSS, true, 0);
        control.setWindow(10 * MSS);
        for (int i = 0; i < 3; i++) {
            round((50 + 50L * i) * MS);
        }
        assertThat(control.isConservative()).isFalse();
        assertThat(control.window()).isEqualTo(80 * MSS);
    }

    @Rfc(number = 9406, section = "4.3", label = "4.3/2")
    @Test // RFC 9406 §4.3 (L = 8), RFC 3465 §2.2 and §2.3: one acknowledgment does not grow the window without bound
    void oneAcknowledgmentAddsLimitedGrowth() {
        control.setWindow(100 * MSS);
        acknowledge(100 * MSS, -1);
        assertThat(control.window()).isEqualTo(108 * MSS);
        control.onCongestion(100 * MSS, MSS, 0);
        control.setWindow(10 * MSS);
        acknowledge(10 * MSS, -1);
        assertThat(control.window()).isEqualTo(12 * MSS);
        control.onTimeout(100 * MSS, MSS, true, 0);
        acknowledge(10 * MSS, -1);
        assertThat(control.window()).isEqualTo(2 * MSS);
    }

    @ParameterizedTest(name = "{0} bytes each")
    @ValueSource(ints = {1, 10, 500}) // RFC 3465 §1: dividing acknowledgments
    void dividedAcknowledgmentsWinNothing(int piece) {
        for (CongestionControl each : new CongestionControl[] {new NewReno(), new Cubic(), new Dctcp()}) {
            each.start(MSS);
            AckSample ack = new AckSample();
            ack.cwndLimited = true;
            ack.rttNs = -1;
            ack.acknowledged = piece;
            ack.sndNxt = 1_000_000;
            int acks = 10 * MSS / piece;
            for (int i = 0; i < acks; i++) {
                ack.sndUna += piece;
                each.onAcknowledged(ack, MSS);
            }
            assertThat(each.window()).as("%s in slow start", each.name()).isLessThanOrEqualTo(20 * MSS);
            each.onCongestion(20 * MSS, MSS, 0);
            int before = each.window();
            acks = before / piece;
            for (int i = 0; i < acks; i++) {
                ack.nowNs = i;
                ack.sndUna += piece;
                each.onAcknowledged(ack, MSS);
            }
            assertThat(each.window()).as("%s in avoidance", each.name()).isLessThanOrEqualTo(before + MSS);
        }
    }

    @Rfc(number = 9438, section = "5.8", label = "5.8/1")
    @Test // RFC 7661 §4.3, RFC 5681 §4.1
    void aWindowThatIsNotUsedDoesNotGrow() {
        sample.cwndLimited = false;
        for (CongestionControl each : new CongestionControl[] {new NewReno(), new Cubic(), new Dctcp()}) {
            each.start(MSS);
            sample.acknowledged = MSS;
            for (int i = 0; i < 100; i++) {
                each.onAcknowledged(sample, MSS);
            }
            assertThat(each.window()).as(each.name()).isEqualTo(10 * MSS);
            each.onCongestion(10 * MSS, MSS, 0);
            int before = each.window();
            for (int i = 0; i < 100; i++) {
                sample.nowNs += 1_000 * MS;
                each.onAcknowledged(sample, MSS);
            }
            assertThat(each.window()).as(each.name()).isEqualTo(before);
        }
    }

    @Test // RFC 4015 §3.2
    void undoBringsWindowAndThresholdBack() {
        for (CongestionControl each : new CongestionControl[] {new NewReno(), new Cubic(), new Dctcp()}) {
            each.start(MSS);
            each.setWindow(50 * MSS);
            each.onCongestion(50 * MSS, MSS, 0);
            each.onUndo();
            assertThat(each.window()).as(each.name()).isEqualTo(50 * MSS);
            assertThat(each.slowStartThreshold()).isEqualTo(CongestionControl.WINDOW_LIMIT);
            each.onTimeout(50 * MSS, MSS, true, 0);
            assertThat(each.window()).as(each.name()).isEqualTo(MSS);
            each.onTimeout(MSS, MSS, false, 0);
            each.onUndo();
            assertThat(each.window()).as(each.name()).isEqualTo(50 * MSS);
            assertThat(each.slowStartThreshold()).isEqualTo(CongestionControl.WINDOW_LIMIT);
        }
    }

    @Test // RFC 6582 §3.2 step 3
    void theEndOfRecoveryLeavesTheThreshold() {
        control.onCongestion(50 * MSS, MSS, 0);
        control.setWindow(3 * MSS);
        control.onRecovered(0, MSS);
        assertThat(control.window()).isEqualTo(25 * MSS);
    }
}
