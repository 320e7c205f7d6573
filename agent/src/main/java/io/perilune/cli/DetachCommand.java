package io.perilune.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Undoes what {@link AttachCommand} did. */
@Command(
        name = "detach",
        description = {
            "Gives a running JVM back to the kernel.",
            "Channels that it opens from then on are the kernel's; those of Perilune live on until they are closed."
        })
final class DetachCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "PID", description = "The process, as jps lists it.")
    private long pid;

    @Override
    public Integer call() {
        try {
            return Outcome.done(spec, RunningJvm.loadAgent(String.valueOf(pid), "detach"));
        } catch (IOException e) {
            return Outcome.failed(spec, e.getMessage());
        }
    }
}
