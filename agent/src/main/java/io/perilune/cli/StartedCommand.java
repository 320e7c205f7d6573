package io.perilune.cli;

import java.io.IOException;

/** A command that this JVM stands for: what ends this JVM, a signal too, ends the command, whose code is its own. */
final class StartedCommand {

    private final ProcessBuilder builder;
    private boolean ending;
    private Process process;

    StartedCommand(ProcessBuilder builder) {
        this.builder = builder;
    }

    /**
     * Runs it and returns the code it ends with.
     *
     * @throws IOException if it cannot be started
     */
    int run() throws IOException, InterruptedException {
        // Before the start: a signal may come as soon as the command runs.
        Runtime.getRuntime().addShutdownHook(new Thread(this::end, "end of the command"));
        Process running = start();
        // Where a signal came before, this JVM is ending already, and with its own code.
        return running == null ? 0 : running.waitFor();
    }

    private synchronized Process start() throws IOException {
        if (!ending) {
            process = builder.start();
        }
        return process;
    }

    private void end() {
        Process running;
        synchronized (this) {
            ending = true;
            running = process;
        }
        if (running != null) {
            running.destroy();
            Runtime.getRuntime().halt(running.onExit().join().exitValue());
        }
    }
}
