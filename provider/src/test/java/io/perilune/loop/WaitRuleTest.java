package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WaitRuleTest {

    private static final long MICROSECOND_NS = 1_000;

    private static WaitRule rule(String... settings) {
        return WaitRule.of(Settings.of(
                settings.length == 2
                        ? Map.of(settings[0], settings[1])
                        : Map.of(settings[0], settings[1], settings[2], settings[3])));
    }

    @Test
    void spinsLongerWhileEventsComeLateButDoCome() {
        WaitRule rule = rule("poll", "adaptive", "poll.spin", "50us");
        assertThat(rule.spinNs()).isEqualTo(50 * MICROSECOND_NS);
        assertThat(rule.spinNsAfter(3 * MICROSECOND_NS)).isEqualTo(50 * MICROSECOND_NS);
        assertThat(rule.spinNsAfter(80 * MICROSECOND_NS)).isEqualTo(160 * MICROSECOND_NS);
        assertThat(rule.spinNsAfter(180 * MICROSECOND_NS)).isEqualTo(200 * MICROSECOND_NS);
    }

    @Test
    void spinsNoLongerThanUsualWhenEventsAreRare() {
        WaitRule rule = rule("poll", "adaptive", "poll.spin", "50us");
        assertThat(rule.spinNsAfter(201 * MICROSECOND_NS)).isEqualTo(50 * MICROSECOND_NS);
        assertThat(rule.spinNsAfter(Long.MAX_VALUE)).isEqualTo(50 * MICROSECOND_NS);
    }

    @Test
    void whoSpinsForEverOrNeverStaysWithThat() {
        assertThat(rule("poll", "spin").spinNsAfter(80 * MICROSECOND_NS)).isEqualTo(Long.MAX_VALUE);
        assertThat(rule("poll", "sleep").spinNsAfter(80 * MICROSECOND_NS)).isZero();
        assertThat(rule("poll", "sleep").spinNsAfter(0)).isZero();
    }
}
