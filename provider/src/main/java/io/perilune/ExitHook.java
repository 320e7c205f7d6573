package io.perilune;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.dpdk.JdkInternals;
import io.perilune.loop.DrainOnExit;
import io.perilune.loop.UserStack;
import io.perilune.metrics.Counter;
import io.perilune.metrics.CountersReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What happens when the JVM exits in order: written bytes reach their peers (D9), then the counters their file. Where the
 * JDK lets us, it comes after the program's own shutdown hooks, which may still talk; else it is one of them.
 */
final class ExitHook {

    private ExitHook() {}

    static void install(UserStack stack, Settings settings) {
        Runnable end = () -> run(stack, settings);
        try {
            JdkInternals.runAfterShutdownHooks(() -> {
                stack.serveOnlyThisThread();
                end.run();
            });
        } catch (IOException e) {
            installAmongOthers(end);
        }
    }

    private static void installAmongOthers(Runnable end) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(null, end, "perilune-exit", 0, false));
        } catch (IllegalStateException e) {
            // The JVM exits already and the program uses its first socket in a hook of its own: there is no later.
            System.err.println(
                    "perilune: warning: what is written now may be lost when the JVM exits: " + e.getMessage());
        }
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
            Files.writeString(
                    file,
                    CountersReport.format(stack::counter) + Counter.BYTES_COPIED_LINK.key() + ".by "
                            + stack.copyingLinks() + '\n');
        } catch (IOException e) {
            System.err.println("perilune: warning: the counters cannot be written to " + Setting.REPORT.property() + "="
                    + file + ": " + e.getMessage());
        }
    }
}
