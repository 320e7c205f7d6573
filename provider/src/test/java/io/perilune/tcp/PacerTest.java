package io.perilune.tcp;

import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Test;

/** Pacing: how much may leave now, and when the next may. */
class PacerTest {

    private static final int MSS = 1460;
    private static final long SECOND = 1_000_000_000L;

    @Test
    void inTheMeanTheRateIsKeptWhateverTheTimersTick() {
        Pacer pacer = new Pacer();
        long nowNs = -5 * SECOND;
        long sent = 0;
        for (int tick = 0; tick < 1_000; tick++) {
            while (pacer.maySend(nowNs)) {
                pacer.onSent(1_000, 10_000_000, nowNs);
                sent += 1_000;
            }
            assertThat(pacer.nextNs()).isGreaterThan(nowNs);
            nowNs += 1_048_576;
        }
        assertThat((double) sent).isCloseTo(10_000_000 * 1.048_576, within(50_000.0));
    }

    @Test
    void anIdleTimeSavesUpNothing() {
        Pacer pacer = new Pacer();
        pacer.onSent(1_000, 1_000_000, 0);
        int burst = 0;
        while (pacer.maySend(100 * SECOND)) {
            pacer.onSent(1_000, 1_000_000, 100 * SECOND);
            burst++;
        }
        // Two milliseconds and the one that passes them.
        assertThat(burst).isLessThanOrEqualTo(3);
    }

    @Test
    void theRateIsTwoWindowsARoundInSlowStartAndALittleMoreThanOneAfter() {
        NewReno control = new NewReno();
        control.start(MSS);
        assertThat(Pacer.rate(control, SECOND / 10)).isEqualTo(2L * 10 * 10 * MSS);
        control.onCongestion(20 * MSS, MSS, 0);
        assertThat((double) Pacer.rate(control, SECOND / 10)).isCloseTo(1.2 * 10 * 10 * MSS, within(1.0));
        assertThat(Pacer.rate(control, 0))
                .as("no round trip measured yet: no limit")
                .isZero();
    }

    @Test
    void aWindowIsSpreadOverTheRoundTrip() {
        TcpScript t = new TcpScript("tcp.pacing", "true");
        t.openActively();
        t.advance(100);
        t.inject(seg("SA").ack(1).mss(1460));
        t.expect("A", 1, 1);
        t.write(10 * MSS);
        int atOnce = t.skip();
        assertThat(atOnce).isBetween(1, 3);
        // Two windows in 100 ms: ten segments in 50 ms.
        t.advance(25);
        int half = atOnce + t.skip();
        assertThat(half).isBetween(4, 7);
        t.advance(30);
        assertThat(half + t.skip()).isEqualTo(10);
    }

    @Test
    void withoutTheSettingTheWindowLeavesAtOnce() {
        TcpScript t = new TcpScript();
        t.openActively();
        t.advance(100);
        t.inject(seg("SA").ack(1).mss(1460));
        t.expect("A", 1, 1);
        t.write(10 * MSS);
        assertThat(t.skip()).isEqualTo(10);
    }
}
