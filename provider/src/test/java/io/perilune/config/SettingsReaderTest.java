package io.perilune.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DESIGN D10: where settings come from, and in which order. */
class SettingsReaderTest {

    private static final Map<String, String> NONE = Map.of();

    @TempDir
    private Path folder;

    private final Properties properties = new Properties();

    @Test
    void aPropertyComesBeforeTheEnvironmentBeforeAnArgumentBeforeTheFile() throws IOException {
        Path file = folder.resolve("settings");
        Files.writeString(file, "mtu=1001\nmemory=1m\npoll=sleep\ndrain = 1s \n");
        properties.setProperty("perilune.config", file.toString());
        properties.setProperty("perilune.mtu", "1004");
        Map<String, String> environment = Map.of("PERILUNE_MTU", "1003", "PERILUNE_MEMORY", "3m");
        Map<String, String> arguments = Map.of("mtu", "1002", "memory", "2m", "poll", "spin");

        Settings settings = SettingsReader.read(properties, environment, arguments);

        assertThat(settings.number(Setting.MTU)).isEqualTo(1004);
        assertThat(settings.number(Setting.MEMORY)).isEqualTo(3 << 20);
        assertThat(settings.text(Setting.POLL)).isEqualTo("spin");
        assertThat(settings.number(Setting.DRAIN)).isEqualTo(1_000_000_000L);
        assertThat(settings.source(Setting.MTU)).isEqualTo("system property");
        assertThat(settings.source(Setting.MEMORY)).isEqualTo("environment");
        assertThat(settings.source(Setting.POLL)).isEqualTo("agent argument");
        assertThat(settings.source(Setting.DRAIN)).isEqualTo("file " + file);
        assertThat(settings.source(Setting.LINK)).isEqualTo("default");
    }

    @Test
    void dotsAndDashesOfAKeyAreUnderscoresInTheEnvironment() {
        Settings settings = SettingsReader.read(properties, Map.of("PERILUNE_TCP_RTO_MIN", "20ms"), NONE);
        assertThat(settings.number(Setting.TCP_RTO_MIN)).isEqualTo(20_000_000L);
    }

    @Test
    void theEnvironmentMayNameTheFileAndTheFileMayUseThePrefix() throws IOException {
        Path file = folder.resolve("settings");
        Files.writeString(file, "perilune.tcp.msl=1s\n");
        Settings settings = SettingsReader.read(properties, Map.of("PERILUNE_CONFIG", file.toString()), NONE);
        assertThat(settings.number(Setting.TCP_MSL)).isEqualTo(1_000_000_000L);
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        properties.setProperty("perilune.config", "/nowhere/settings");
        assertThatThrownBy(() -> SettingsReader.read(properties, NONE, NONE))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("perilune.config=/nowhere/settings cannot be read");
    }

    @Test
    void anUnknownSettingIsNamedWithTheKnownOnesWhereverItComesFrom() throws IOException {
        Path file = folder.resolve("settings");
        Files.writeString(file, "lnk=tap\n");
        properties.setProperty("perilune.config", file.toString());
        assertUnknown("perilune.lnk (file " + file + ")", NONE, NONE);
        properties.remove("perilune.config");
        assertUnknown("perilune.lnk (environment)", Map.of("PERILUNE_LNK", "tap"), NONE);
        assertUnknown("perilune.lnk (agent argument)", NONE, Map.of("lnk", "tap"));
        properties.setProperty("perilune.lnk", "tap");
        assertUnknown("perilune.lnk (system property)", NONE, NONE);
    }

    private void assertUnknown(String named, Map<String, String> environment, Map<String, String> arguments) {
        assertThatThrownBy(() -> SettingsReader.read(properties, environment, arguments))
                .isInstanceOf(SettingException.class)
                .hasMessageStartingWith(named)
                .hasMessageContainingAll("link", "address", "tcp.rto-min", "config");
    }

    @Test
    void whatBelongsToOthersIsLeftAlone() {
        properties.setProperty("perilunelink", "x");
        properties.setProperty("java.perilune.link", "x");
        Settings settings = SettingsReader.read(properties, Map.of("PERILUNELINK", "x", "perilune_link", "x"), NONE);
        assertThat(settings.text(Setting.LINK)).isEqualTo("tap");
    }

    @Test
    void aTapHasAnAddressWithoutBeingToldAndOtherLinksHaveNot() {
        assertThat(SettingsReader.read(properties, NONE, NONE).text(Setting.ADDRESS))
                .isEqualTo("198.18.0.2/24");
        assertThat(SettingsReader.read(properties, Map.of("PERILUNE_LINK", "afpacket:eth1"), NONE)
                        .text(Setting.ADDRESS))
                .isEmpty();
        assertThat(SettingsReader.read(properties, Map.of("PERILUNE_ADDRESS", "198.19.0.9/16"), NONE)
                        .text(Setting.ADDRESS))
                .isEqualTo("198.19.0.9/16");
    }

    @Test
    void aWrongValueIsNamedWithItsSourceAndWhatIsAllowed() {
        assertThatThrownBy(() -> SettingsReader.read(properties, Map.of("PERILUNE_QUEUES", "17"), NONE))
                .isInstanceOf(SettingException.class)
                .hasMessage("perilune.queues=17 (environment) is not allowed: it takes a whole number from 1 to 16");
        assertThatThrownBy(() -> SettingsReader.read(properties, NONE, Map.of("drain", "2 weeks")))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("perilune.drain=2 weeks (agent argument) is not allowed: it takes a time as");
    }
}
