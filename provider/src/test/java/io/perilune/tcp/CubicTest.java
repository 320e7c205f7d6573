package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.perilune.compliance.Rfc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CUBIC's window, RFC 9438, driven by hand: each round trip acknowledges a window of segments. */
class CubicTest {

    private static final int MSS = 1000;
    private static final long SECOND = 1_000_000_000L;

    private final Cubic cubic = new Cubic();
    private final AckSample sample = new AckSample();
    private long nowNs = 77 * SECOND;
    private long rttNs = SECOND / 10;

    CubicTest() {
        cubic.start(MSS);
        sample.cwndLimited = true;
        sample.rttNs = -1;
    }

    /** One round trip: acknowledgments of two segments each, spread over it. */
    private void round() {
        int acks = Math.max(1, cubic.window() / (2 * MSS));
        for (int i = 0; i < acks; i++) {
            acknowledge(2 * MSS, nowNs + (i + 1) * rttNs / acks);
        }
        nowNs += rttNs;
    }

    private void acknowledge(int bytes, long atNs) {
        sample.nowNs = atNs;
        sample.acknowledged = bytes;
        sample.rttNs = rttNs;
        sample.sndUna += bytes;
        sample.sndNxt = sample.sndUna + cubic.window();
        cubic.onAcknowledged(sample, MSS);
    }

    /** Congestion at a window of so many segments. */
    private void congestion(int segments) {
        cubic.setWindow(segments * MSS);
        cubic.onCongestion(segments * MSS, MSS, nowNs);
    }

    /** RFC 9438 §4.2, equations (1) and (2), in segments. */
    private static double formula(double seconds, double wMax, double cwndEpoch) {
        double k = Math.cbrt((wMax - cwndEpoch) / 0.4);
        return 0.4 * Math.pow(seconds - k, 3) + wMax;
    }

    @Rfc(number = 9438, section = "4.2", label = "4.2/1")
    @Rfc(number = 9293, section = "3.8.2", label = "MAY-18")
    @ParameterizedTest(name = "W_max {0} segments")
    @ValueSource(ints = {500, 2_000, 20_000}) // RFC 9438 §4.2, §4.4, §4.5
    void theWindowFollowsTheFormula(int wMax) {
        congestion(wMax);
        assertThat(cubic.window()).isEqualTo(wMax * 700);
        acknowledge(MSS, nowNs);
        long beganNs = nowNs;
        double k = Math.cbrt(wMax * 0.3 / 0.4);
        for (double time : new double[] {0.25 * k, 0.5 * k, 0.75 * k, k, 1.25 * k, 1.5 * k, 1.9 * k}) {
            while (nowNs - beganNs < time * SECOND) {
                round();
            }
            double t = (nowNs - beganNs) / 1e9;
            // The window of a moment is the target of the round before.
            double soon = formula(t, wMax, wMax * 0.7);
            double later = formula(t + 0.2, wMax, wMax * 0.7);
            assertThat(cubic.window() / (double) MSS)
                    .as("window after %.2f s, K is %.2f", t, k)
                    .isBetween(soon - 0.01 * wMax, later + 0.01 * wMax);
        }
    }

    @Rfc(number = 9438, section = "4.3", label = "4.3/1")
    @Test // RFC 9438 §4.3: with a short round trip and a small window it grows as a Reno of the same mean
    void inRenosRegionItGrowsByAlphaAndThenByOneSegmentARound() {
        rttNs = SECOND / 1_000;
        congestion(40);
        int before = cubic.window();
        for (int i = 0; i < 20; i++) {
            round();
        }
        // alpha = 3 * 0.3 / 1.7 = 0.529 segments a round.
        assertThat((cubic.window() - before) / (double) MSS).isCloseTo(20 * 0.529, within(1.0));
        while (cubic.window() < 40 * MSS) {
            round();
        }
        int above = cubic.window();
        for (int i = 0; i < 20; i++) {
            round();
        }
        // From the window of the last decrease on alpha is 1.
        assertThat((cubic.window() - above) / (double) MSS).isCloseTo(20, within(1.5));
    }

    @Rfc(number = 9438, section = "4.6", label = "4.6/1")
    @Test // RFC 9438 §4.6
    void congestionTakesThreeTenths() {
        congestion(100);
        assertThat(cubic.slowStartThreshold()).isEqualTo(70 * MSS);
        assertThat(cubic.window()).isEqualTo(70 * MSS);
        cubic.onCongestion(MSS, MSS, nowNs);
        assertThat(cubic.slowStartThreshold()).isEqualTo(2 * MSS);
    }

    @Rfc(number = 9438, section = "4.7", label = "4.7/1")
    @Test // RFC 9438 §4.7: the second congestion comes below W_max: the plateau is set lower
    void fastConvergenceLeavesRoom() {
        congestion(1_000);
        acknowledge(MSS, nowNs);
        congestion(800);
        acknowledge(MSS, nowNs);
        // W_max is 800 * 0.85 = 680, K = cbrt((680 - 560) / 0.4) = 6.69 s.
        for (int i = 0; i < 67; i++) {
            round();
        }
        assertThat(cubic.window() / (double) MSS).isCloseTo(680, within(5.0));
    }

    @Rfc(number = 9438, section = "4.8", label = "4.8/1")
    @Test // RFC 9438 §4.8: after a timeout K is 0 and the function rises from where avoidance begins
    void afterATimeoutTheEpochBeginsAtItsOwnWindow() {
        cubic.setWindow(1_000 * MSS);
        cubic.onTimeout(1_000 * MSS, MSS, true, nowNs);
        assertThat(cubic.window()).isEqualTo(MSS);
        assertThat(cubic.slowStartThreshold()).isEqualTo(700 * MSS);
        cubic.onTimeout(MSS, MSS, false, nowNs);
        assertThat(cubic.slowStartThreshold()).as("once for one loss").isEqualTo(700 * MSS);
        cubic.setWindow(700 * MSS);
        acknowledge(MSS, nowNs);
        for (int i = 0; i < 50; i++) {
            round();
        }
        // Convex from the beginning: 700 + 0.4 * 5^3.
        assertThat(cubic.window() / (double) MSS).isBetween(748.0, 760.0);
    }

    @Rfc(number = 9438, section = "5.8", label = "5.8/1")
    @Test // RFC 9438 §4.2, §5.8: time in which the application was the limit does not count
    void aTimeInWhichTheWindowIsNotUsedDoesNotCount() {
        congestion(1_000);
        for (int i = 0; i < 10; i++) {
            round();
        }
        int before = cubic.window();
        sample.cwndLimited = false;
        for (int i = 0; i < 300; i++) {
            acknowledge(2 * MSS, nowNs);
            nowNs += rttNs;
        }
        assertThat(cubic.window()).isEqualTo(before);
        sample.cwndLimited = true;
        round();
        assertThat((cubic.window() - before) / (double) MSS)
                .as("one round's growth")
                .isLessThan(15);
    }

    @Rfc(number = 9438, section = "5.8", label = "5.8/1")
    @Test // RFC 9438 §4.2: nor does an idle time, after which the window restarts (RFC 5681 §4.1)
    void anIdleTimeDoesNotCount() {
        congestion(1_000);
        for (int i = 0; i < 10; i++) {
            round();
        }
        int before = cubic.window();
        cubic.onIdle(MSS, 3_600 * SECOND);
        nowNs += 3_600 * SECOND;
        assertThat(cubic.window()).isEqualTo(10 * MSS);
        // RFC 7661 §4.4.3.
        assertThat(cubic.slowStartThreshold()).isBetween(before / 4 * 3, before);
        int rounds = 0;
        while (cubic.window() < cubic.slowStartThreshold()) {
            round();
            assertThat(++rounds).isLessThan(20);
        }
        int began = cubic.window();
        round();
        assertThat((cubic.window() - began) / (double) MSS)
                .as("one round's growth")
                .isLessThan(60);
    }

    @Rfc(number = 9438, section = "4.2", label = "4.2/2")
    @Test // RFC 9438 §4.2: the target is at most half as much again
    void noRoundGrowsByMoreThanAHalf() {
        congestion(100);
        acknowledge(MSS, nowNs);
        nowNs += 1_000 * SECOND;
        int before = cubic.window();
        round();
        assertThat(cubic.window()).isBetween(before + before / 4, before + before * 5 / 8);
    }

    @Test // overflow: an epoch of a year, the largest window
    void nothingOverflows() {
        cubic.setWindow(CongestionControl.WINDOW_LIMIT);
        cubic.onCongestion(CongestionControl.WINDOW_LIMIT, 9_000, nowNs);
        assertThat(cubic.window()).isEqualTo((int) (CongestionControl.WINDOW_LIMIT * 7L / 10));
        acknowledge(MSS, nowNs);
        for (int i = 0; i < 1_000; i++) {
            nowNs += 365L * 24 * 3_600 * SECOND / 1_000;
            int before = cubic.window();
            acknowledge(1 << 20, nowNs);
            assertThat(cubic.window()).isBetween(before, CongestionControl.WINDOW_LIMIT);
        }
        acknowledge(Integer.MAX_VALUE, nowNs);
        assertThat(cubic.window()).isBetween(1, CongestionControl.WINDOW_LIMIT);
    }

    @Rfc(number = 9438, section = "4.9", label = "4.9/1")
    @Test // RFC 9438 §4.9: what was no congestion is forgotten
    void undoBringsAllOfTheStateBack() {
        Cubic undisturbed = new Cubic();
        Cubic[] both = {cubic, undisturbed};
        for (Cubic each : both) {
            each.start(MSS);
            each.setWindow(1_000 * MSS);
            each.onCongestion(1_000 * MSS, MSS, nowNs);
        }
        AckSample ack = new AckSample();
        ack.cwndLimited = true;
        ack.acknowledged = 100 * MSS;
        for (int i = 1; i < 200; i++) {
            ack.nowNs = nowNs + i * SECOND / 10;
            ack.rttNs = rttNs;
            if (i == 80) {
                cubic.onCongestion(cubic.window(), MSS, ack.nowNs);
                cubic.onUndo();
            } else if (i == 90) {
                cubic.onTimeout(cubic.window(), MSS, true, ack.nowNs);
                cubic.onUndo();
            }
            cubic.onAcknowledged(ack, MSS);
            undisturbed.onAcknowledged(ack, MSS);
            assertThat(cubic.window()).as("after %d acknowledgments", i).isCloseTo(undisturbed.window(), within(2));
            assertThat(cubic.slowStartThreshold()).isEqualTo(undisturbed.slowStartThreshold());
        }
    }
}
