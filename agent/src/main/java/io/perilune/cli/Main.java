package io.perilune.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What {@code java -jar perilune.jar} runs. */
@Command(
        name = "perilune",
        description = "A user-space TCP stack for unmodified Java programs.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            RunCommand.class,
            AttachCommand.class,
            DetachCommand.class,
            DoctorCommand.class,
            SelfTestCommand.class,
            SettingsCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Main implements Runnable {

    /** Made by picocli. */
    Main() {}

    /** Runs the command line and exits with its code: 2 for one that makes no sense, or what the command says. */
    public static void main(String[] arguments) {
        CommandLine line = new CommandLine(new Main());
        // What stands behind the name of a command to run is that command's.
        line.getSubcommands().get("run").setStopAtPositional(true);
        System.exit(line.execute(arguments));
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
