package io.perilune.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Puts Perilune under a running JVM. */
@Command(
        name = "attach",
        description = {
            "Puts Perilune under a running JVM.",
            "Channels that it opens from then on are Perilune's; those that exist stay with the kernel."
        })
final class AttachCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "PID", description = "The process, as jps lists it.")
    private long pid;

    @Parameters(index = "1..*", paramLabel = "KEY=VALUE", description = "Settings, as `settings` lists them.")
    private List<String> settings = List.of();

    @Override
    public Integer call() {
        for (String setting : settings) {
            if (setting.indexOf('=') < 1) {
                return Outcome.failed(spec, "'" + setting + "' is not KEY=VALUE");
            }
        }
        try {
            return Outcome.done(spec, RunningJvm.loadAgent(String.valueOf(pid), String.join(",", settings)));
        } catch (IOException e) {
            return Outcome.failed(spec, e.getMessage());
        }
    }
}
