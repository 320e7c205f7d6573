package io.perilune.cli;

import io.perilune.config.Setting;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the table of settings. */
@Command(name = "settings", description = "Lists all settings: key, default, what is allowed, what it sets.")
final class SettingsCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%-20s %-10s %s%n", "SETTING", "DEFAULT", "MEANING");
        for (Setting setting : Setting.values()) {
            String defaultValue = setting.defaultValue().isEmpty() ? "-" : setting.defaultValue();
            out.printf("%-20s %-10s %s%n", setting.key(), defaultValue, setting.sentence());
            out.printf("%-20s %-10s takes %s%n", "", "", setting.kind().allowed());
        }
        out.flush();
    }
}
