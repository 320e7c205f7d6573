package io.perilune.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What {@code java -jar perilune.jar} runs. */
@Command(
        name = "perilune",
        description = "A user-space TCP stack for unmodified Java programs.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {AttachCommand.class, DetachCommand.class, SettingsCommand.class, CommandLine.HelpCommand.class})
public final class Main implements Runnable {

    /** Made by picocli. */
    Main() {}

    /** Runs the command line and exits with its code: 0, or 2 for one that makes no sense. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
