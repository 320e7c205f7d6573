package io.perilune.bench;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Spec;

/** What {@code ./perilune bench} runs, but for {@code rtt}, {@code bulk} and {@code loss}, which are scripts. */
@Command(
        name = "./perilune bench",
        description = "Compares Perilune with the kernel on this machine, in one run.",
        footer = {
            "",
            "Three more, with numbers behind them instead of options:",
            "  rtt [SECONDS]     round trips of 64 bytes",
            "  bulk [SECONDS]    a stream echoed",
            "  loss [MEGABYTES]  a checked stream over a path that loses and reorders"
        })
public final class Bench implements Runnable {

    private static final String JAR = "perilune.jar";

    @Spec
    private CommandLine.Model.CommandSpec spec;

    private Bench() {}

    /** Runs the command line and exits with its code: 2 for one that makes no sense, 1 if a run failed. */
    public static void main(String[] words) {
        System.exit(commandLine().execute(words));
    }

    /** Returns the command line. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Bench())
                .addSubcommand(new EchoCommand())
                .addSubcommand(new BlocksCommand())
                .addSubcommand(new ThreadsCommand())
                .addSubcommand(new IdleCommand());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        addHelp(line);
        line.getSubcommands().values().forEach(Bench::addHelp);
        line.setExecutionExceptionHandler((failure, failed, parsed) -> {
            failed.getErr().println("bench: " + failure.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        });
        line.setParameterExceptionHandler(Bench::refuse);
        return line;
    }

    private static void addHelp(CommandLine line) {
        line.getCommandSpec()
                .addOption(CommandLine.Model.OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("says this")
                        .build());
    }

    /** Returns the path of perilune.jar, which the launcher says. */
    static String jar() {
        return System.getProperty(JAR, JAR);
    }

    private static int refuse(CommandLine.ParameterException failure, String[] words) {
        PrintWriter err = failure.getCommandLine().getErr();
        if (failure instanceof CommandLine.UnmatchedArgumentException
                && failure.getCommandLine().getParent() == null) {
            err.println("bench: there is no bench '" + words[0]
                    + "': there are echo, blocks, threads, idle, rtt, bulk and loss");
        } else {
            err.println("bench: " + failure.getMessage());
            err.println("See './perilune bench --help', and './perilune bench echo --help'.");
        }
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
