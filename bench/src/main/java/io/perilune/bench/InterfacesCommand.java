package io.perilune.bench;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Compares the interfaces of a program in one thread. */
abstract class InterfacesCommand extends MessagesCommand {

    @Option(
            names = "--stacks",
            paramLabel = "STACK[,STACK...]",
            split = ",",
            hideParamSyntax = true,
            converter = Converter.class,
            completionCandidates = Names.class,
            description = "which: ${COMPLETION-CANDIDATES} (default: all)")
    private List<Stack> stacks = Stack.INTERFACES;

    InterfacesCommand(Service service) {
        super(service);
    }

    @Override
    final List<Stack> stacks() {
        return stacks;
    }

    @Override
    final Report report(Results results) {
        return new InterfacesReport(results);
    }

    /** Their names, for picocli, which makes it. */
    static final class Names extends ArrayList<String> {

        /** Made by picocli. */
        Names() {
            super(Stack.labels(Stack.INTERFACES));
        }
    }

    /** Finds one by its name, for picocli, which makes it. */
    static final class Converter extends StackConverter {

        /** Made by picocli. */
        Converter() {
            super(Stack.INTERFACES);
        }
    }
}
