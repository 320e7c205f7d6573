package io.perilune.cli;

import io.perilune.config.Setting;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Option;

/** Settings on the command line, for commands that pass them on as a JVM's environment. */
final class SettingOptions {

    @Option(
            names = {"-o", "--option"},
            paramLabel = "KEY=VALUE",
            description = "A setting, as link=tap or address=198.18.0.2/24 (`settings` lists them).")
    private Map<String, String> values = new LinkedHashMap<>();

    /** Returns the variables that set them. A key that is no setting gets one too: who reads it names what there is. */
    Map<String, String> variables() {
        Map<String, String> variables = new LinkedHashMap<>();
        values.forEach((key, value) -> variables.put(variable(key), value));
        return variables;
    }

    private static String variable(String key) {
        for (Setting setting : Setting.values()) {
            if (setting.key().equals(key)) {
                return setting.environment();
            }
        }
        return "PERILUNE_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
