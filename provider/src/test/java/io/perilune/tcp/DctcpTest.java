package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.perilune.compliance.Rfc;
import org.junit.jupiter.api.Test;

/** DCTCP's sender, RFC 8257 §3.3 and §3.5. */
class DctcpTest {

    private static final int MSS = 1000;

    private final Dctcp dctcp = new Dctcp();
    private final AckSample sample = new AckSample();

    DctcpTest() {
        dctcp.start(MSS);
        dctcp.setWindow(100 * MSS);
        sample.cwndLimited = true;
        sample.rttNs = -1;
        sample.sndNxt = 100 * MSS;
    }

    /** Acknowledges a window in segments, of which so many in a hundred are marked, the first ones. */
    private void window(int markedPercent) {
        int count = dctcp.window() / MSS;
        for (int i = 0; i < count; i++) {
            sample.acknowledged = MSS;
            sample.ceMarkedBytes = i * 100 < markedPercent * count ? MSS : 0;
            sample.sndUna += MSS;
            dctcp.onAcknowledged(sample, MSS);
            sample.sndNxt = Math.max(sample.sndNxt, sample.sndUna + dctcp.window());
        }
    }

    private double alpha() {
        return dctcp.alpha() / (double) Dctcp.ONE;
    }

    @Rfc(number = 8257, section = "3.3", label = "3.3/1")
    @Rfc(number = 8257, section = "3.3", label = "3.3/2")
    @Test // RFC 8257 §3.3: alpha is 1 at first, so the first mark halves
    void theFirstMarkHalvesTheWindowAndEndsSlowStart() {
        sample.acknowledged = MSS;
        sample.ceMarkedBytes = MSS;
        sample.sndUna = MSS;
        dctcp.onAcknowledged(sample, MSS);
        assertThat(dctcp.window()).isEqualTo(50 * MSS);
        assertThat(dctcp.slowStartThreshold()).isEqualTo(50 * MSS);
        for (int i = 0; i < 50; i++) {
            sample.sndUna += MSS;
            dctcp.onAcknowledged(sample, MSS);
        }
        assertThat(dctcp.window()).as("once for a window of data").isEqualTo(50 * MSS);
    }

    @Rfc(number = 8257, section = "3.3", label = "3.3/1")
    @Test // RFC 8257 §3.3: alpha = (1 - g) * alpha + g * M
    void alphaFollowsTheShareOfMarkedBytes() {
        dctcp.onCongestion(100 * MSS, MSS, 0);
        for (int i = 0; i < 16; i++) {
            window(0);
        }
        assertThat(alpha()).isCloseTo(Math.pow(15 / 16.0, 16), within(0.08));
        for (int i = 0; i < 120; i++) {
            window(0);
        }
        assertThat(alpha()).as("nothing marked").isCloseTo(0, within(0.001));
        for (int i = 0; i < 150; i++) {
            dctcp.setWindow(100 * MSS);
            window(25);
        }
        assertThat(alpha()).as("a quarter marked").isCloseTo(0.25, within(0.1));
    }

    @Rfc(number = 8257, section = "3.3", label = "3.3/2")
    @Test // RFC 8257 §3.3: few marks, a small step
    void aSmallShareReducesALittle() {
        dctcp.onCongestion(100 * MSS, MSS, 0);
        for (int i = 0; i < 200; i++) {
            window(0);
        }
        dctcp.setWindow(100 * MSS);
        sample.acknowledged = MSS;
        sample.ceMarkedBytes = MSS;
        sample.sndUna += MSS;
        dctcp.onAcknowledged(sample, MSS);
        assertThat(dctcp.window()).isBetween(99 * MSS, 100 * MSS);
    }

    @Rfc(number = 8257, section = "3.5", label = "3.5/1")
    @Test // RFC 8257 §3.5
    void aLossHalvesWhateverAlphaIs() {
        for (int i = 0; i < 200; i++) {
            window(0);
            dctcp.setWindow(100 * MSS);
        }
        dctcp.onCongestion(100 * MSS, MSS, 0);
        assertThat(dctcp.window()).isEqualTo(50 * MSS);
    }
}
