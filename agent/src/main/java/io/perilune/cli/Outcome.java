package io.perilune.cli;

import picocli.CommandLine.Model.CommandSpec;

/** How a command ended: a line for a person, and the exit code. */
final class Outcome {

    private Outcome() {}

    static int done(CommandSpec spec, String line) {
        spec.commandLine().getOut().println("perilune: " + line);
        spec.commandLine().getOut().flush();
        return 0;
    }

    static int failed(CommandSpec spec, String line) {
        spec.commandLine().getErr().println("perilune: " + line);
        spec.commandLine().getErr().flush();
        return 1;
    }
}
