package io.perilune.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench threads}. */
@Command(
        name = "threads",
        sortOptions = false,
        description = {
            "Messages sent back by one event loop, by a boss and four workers, and by a thread for each connection, platform or"
                    + " virtual: the same programs on both stacks.",
            "All threads of a server share one core. Virtual threads need a JDK of 21 or later to run this."
        })
final class ThreadsCommand extends MessagesCommand {

    @Option(
            names = "--sizes",
            paramLabel = "BYTES[,BYTES...]",
            split = ",",
            hideParamSyntax = true,
            defaultValue = "64",
            description = "how long the messages are (default: ${DEFAULT-VALUE})")
    private List<Integer> sizes;

    @Option(
            names = "--stacks",
            paramLabel = "STACK[,STACK...]",
            split = ",",
            hideParamSyntax = true,
            converter = Converter.class,
            completionCandidates = Names.class,
            description = "which: ${COMPLETION-CANDIDATES} (default: all that this JDK can run)")
    private List<Stack> stacks =
            Stack.THREADS.stream().filter(Stack::isPossible).collect(Collectors.toList());

    /** Made by picocli's user. */
    ThreadsCommand() {
        super(Service.ECHO);
    }

    @Override
    List<Integer> lengths() {
        return sizes;
    }

    @Override
    List<Stack> stacks() {
        return stacks;
    }

    @Override
    Report report(Results results) {
        return new ThreadsReport(results);
    }

    /** Their names, for picocli, which makes it. */
    static final class Names extends ArrayList<String> {

        /** Made by picocli. */
        Names() {
            super(Stack.labels(Stack.THREADS));
        }
    }

    /** Finds one by its name, for picocli, which makes it. */
    static final class Converter extends StackConverter {

        /** Made by picocli. */
        Converter() {
            super(Stack.THREADS);
        }
    }
}
