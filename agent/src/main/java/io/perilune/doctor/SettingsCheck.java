package io.perilune.doctor;

import io.perilune.config.Setting;
import io.perilune.config.SettingException;
import io.perilune.config.Settings;
import io.perilune.config.SettingsReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The settings that a program started as this one would have. */
final class SettingsCheck implements Check {

    private static final Set<String> OWN = Set.of("default", SettingsReader.TAP_SOURCE);

    @Override
    public List<Finding> look(Machine machine) {
        Settings settings;
        try {
            settings = machine.settings();
        } catch (SettingException e) {
            return List.of(Finding.failed(
                    "settings", e.getMessage(), "correct it or leave it away; `perilune settings` lists all"));
        }
        List<String> given = new ArrayList<>();
        for (Setting setting : Setting.values()) {
            if (!OWN.contains(settings.source(setting))) {
                given.add(setting.key() + "=" + settings.text(setting) + " (" + settings.source(setting) + ")");
            }
        }
        return List.of(Finding.ok("settings", given.isEmpty() ? "all at their defaults" : String.join(", ", given)));
    }
}
