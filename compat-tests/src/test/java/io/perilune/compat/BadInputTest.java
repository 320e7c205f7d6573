package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.Probe;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Wrong settings: one line that names the setting and what is allowed, and an application that starts nevertheless. */
class BadInputTest {

    private static final String WARNING = "perilune: warning: ";
    private static final String WORKS = "works: 40\nworks: 41";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lnk      | tap             | perilune.lnk     | link, address, address6",
                "address  | 300.1.1.1/24    | perilune.address | 300.1.1.1/24",
                "address  | 198.18.0.2/40   | perilune.address | 198.18.0.2/40",
                "link     | tapp            | perilune.link    | tap, tap:NAME, memif:PATH",
                "link     | afpacket:none0  | perilune.link    | there is no interface none0",
                "mtu      | 40              | perilune.mtu     | 576",
                "queues   | 17              | perilune.queues  | it takes a whole number from 1 to 16",
                "poll     | sometimes       | perilune.poll    | adaptive or spin",
                "poll.spin| soon            | perilune.poll.spin | soon",
            })
    void aWrongSettingIsNamedAndTheApplicationStartsOnTheKernelOrNotAtAll(
            String key, String value, String named, String allowed) throws Exception {
        try (Testbed bed = new Testbed(true)) {
            String output = bed.application(Map.of(key, value), Probe.class).awaitSuccess();
            List<String> warnings = warnings(output);
            assertThat(warnings).hasSize(1);
            assertThat(warnings.get(0)).contains(named, allowed);
            assertThat(output).isEqualTo(warnings.get(0) + "\n" + WORKS);

            Map<String, String> settings = new HashMap<>(Map.of(key, value));
            settings.put("required", "true");
            String refused = bed.application(settings, Probe.class).awaitSuccess();
            assertThat(warnings(refused)).isEmpty();
            assertThat(refused.split("\n")).hasSize(2).allSatisfy(line -> assertThat(line)
                    .startsWith("fails: ")
                    .contains(named, allowed, "perilune.required=true"));
        }
    }

    @Test
    void aSecondJvmOnTheSameTapStaysOnTheKernel() throws Exception {
        try (Testbed bed = new Testbed(true)) {
            Map<String, String> settings = Map.of("link", "tap:pl7");
            Program first = bed.application(settings, Probe.class, "hold");
            first.awaitLine("holding");
            assertThat(first.output()).isEqualTo(WORKS + "\nholding");

            String output = bed.application(settings, Probe.class).awaitSuccess();
            List<String> warnings = warnings(output);
            assertThat(warnings).hasSize(1);
            assertThat(warnings.get(0)).contains("perilune.link=tap:pl7");
            assertThat(output).isEqualTo(warnings.get(0) + "\n" + WORKS);
            first.terminate();
        }
    }

    @Test
    void rightSettingsSayNothing() throws Exception {
        try (Testbed bed = new Testbed(true)) {
            String output = bed.application(Map.of("required", "true", "tcp.rto-min", "100ms"), Probe.class)
                    .awaitSuccess();
            assertThat(output).isEqualTo(WORKS);
        }
    }

    private static List<String> warnings(String output) {
        return output.lines().filter(line -> line.startsWith(WARNING)).toList();
    }
}
