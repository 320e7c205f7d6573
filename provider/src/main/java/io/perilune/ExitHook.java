package io.perilune;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.loop.DrainOnExit;
import io.perilune.loop.UserStack;
import io.perilune.metrics.CountersReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What happens when the JVM exits in order: written bytes reach their peers (D9), then the counters their file. */
final class ExitHook {

    private ExitHook() {}

    static void install(UserStack stack, Settings settings) {
        Runtime.getRuntime().addShutdownHook(new Thread(null, () -> run(stack, settings), "perilune-exit", 0, false));
    }

    private static void run(UserStack stack, Settings settings) {
        new DrainOnExit(stack, settings).run();
        String report = settings.text(Setting.REPORT);
        if (!report.isEmpty()) {
            write(stack, Path.of(report));
        }
    }

    private static void write(UserStack stack, Path file) {
        try {
            Files.writeString(file, CountersReport.format(stack::counter));
        } catch (IOException e) {
            System.err.println("perilune: warning: the counters cannot be written to " + Setting.REPORT.property() + "="
                    + file + ": " + e.getMessage());
        }
    }
}
