package io.perilune.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a command so that every JVM it starts is on Perilune. */
@Command(
        name = "run",
        description = {
            "Runs a command, and puts Perilune under every JVM that it starts.",
            "JAVA_TOOL_OPTIONS, which each JVM reads and says so, gets the agent; settings get into the environment."
        })
final class RunCommand implements Callable<Integer> {

    /** What a shell says of a command that it cannot start. */
    private static final int CANNOT_START = 127;

    @Spec
    private CommandSpec spec;

    @Mixin
    private SettingOptions settings;

    @Parameters(
            arity = "1..*",
            paramLabel = "COMMAND",
            description = "The command and its arguments, as: run -o link=tap -- java -jar app.jar")
    private List<String> command;

    @Override
    public Integer call() throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        try {
            String options = builder.environment().get(JavaToolOptions.VARIABLE);
            builder.environment().put(JavaToolOptions.VARIABLE, JavaToolOptions.withAgent(options, OwnJar.path()));
        } catch (IOException e) {
            return Outcome.failed(spec, e.getMessage());
        }
        builder.environment().putAll(settings.variables());
        try {
            return new StartedCommand(builder).run();
        } catch (IOException e) {
            Outcome.failed(spec, e.getMessage());
            return CANNOT_START;
        }
    }
}
