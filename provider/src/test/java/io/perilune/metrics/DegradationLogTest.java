package io.perilune.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DegradationLogTest {

    private static final long SECOND = 1_000_000_000L;
    /** A clock's zero is arbitrary, and its values wrap. */
    private static final long START_NS = Math.subtractExact(Long.MAX_VALUE, 5 * SECOND);

    private static final Pattern PROPERTY = Pattern.compile("perilune\\.[a-z0-9-]+(\\.[a-z0-9-]+)*");

    private final Map<Counter, Long> values = new EnumMap<>(Counter.class);
    private final List<String> warnings = new ArrayList<>();
    private final DegradationLog log =
            new DegradationLog(counter -> values.getOrDefault(counter, 0L), new Listener(warnings));

    @Test
    void nothingIsSaidWhileAllIsWell() {
        log.check(START_NS);
        assertThat(warnings).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void eachKindIsSaidOnceWithWhatHelps(Degradation kind) {
        values.put(kind.counter(), kind.least() - 1L);
        log.check(START_NS);
        assertThat(warnings).isEmpty();
        for (int second = 1; second < 500; second++) {
            values.put(kind.counter(), (long) kind.least() + second);
            log.check(START_NS + second * SECOND);
        }
        assertThat(warnings)
                .containsExactly(
                        "Perilune: " + kind.sentence() + " (" + kind.counter().key() + " " + (kind.least() + 1) + ")");
    }

    @Test
    void whatGoesOnIsSaidAgainAfterALongPauseWithItsCount() {
        values.put(Counter.TCP_ORPHANS_ABORTED, 1L);
        log.check(START_NS);
        values.put(Counter.TCP_ORPHANS_ABORTED, 70L);
        log.check(START_NS + DegradationLog.PAUSE_NS - 1);
        assertThat(warnings).hasSize(1);
        log.check(START_NS + DegradationLog.PAUSE_NS);
        assertThat(warnings).hasSize(2);
        assertThat(warnings.get(1)).contains("perilune.tcp.orphans").endsWith("(tcp.orphans.aborted 70)");
    }

    @Test
    void whatIsOverIsNotSaidAgain() {
        values.put(Counter.TCP_MEMORY_SHORTAGES, 3L);
        log.check(START_NS);
        log.check(START_NS + 2 * DegradationLog.PAUSE_NS);
        assertThat(warnings).hasSize(1);
    }

    @Test
    void aLinkThatIsDownIsNamedOnceAndAgainAfterALongPause() {
        log.linkIsDown("tap", START_NS);
        log.linkIsDown("tap", START_NS + SECOND);
        assertThat(warnings).hasSize(1);
        assertThat(warnings.get(0)).contains("link tap is down");
        log.linkIsDown("tap", START_NS + DegradationLog.PAUSE_NS);
        assertThat(warnings).hasSize(2);
    }

    /** Advice that names what does not exist is worse than none. */
    @ParameterizedTest
    @EnumSource
    void eachSettingThatIsNamedExists(Degradation kind) {
        List<String> properties =
                Arrays.stream(Setting.values()).map(Setting::property).toList();
        Matcher matcher = PROPERTY.matcher(kind.sentence());
        while (matcher.find()) {
            assertThat(properties).contains(matcher.group());
        }
        assertThat(kind.sentence()).doesNotEndWith(".").matches("(?s)[a-z].*|SYN cookies .*");
    }

    @Test
    void noTwoKindsAreSeenByOneCounter() {
        assertThat(Arrays.stream(Degradation.values()).map(Degradation::counter))
                .doesNotHaveDuplicates();
    }

    private record Listener(List<String> warnings) implements System.Logger {

        @Override
        public String getName() {
            return "test";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            throw new AssertionError("nothing is thrown: " + message);
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {
            assertThat(level).isEqualTo(Level.WARNING);
            warnings.add(format);
        }
    }
}
