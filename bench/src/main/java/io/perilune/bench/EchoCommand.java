package io.perilune.bench;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench echo}. */
@Command(
        name = "echo",
        sortOptions = false,
        description = "Messages sent back, each when the one before has come back: what a message costs.")
final class EchoCommand extends InterfacesCommand {

    @Option(
            names = "--sizes",
            paramLabel = "BYTES[,BYTES...]",
            split = ",",
            hideParamSyntax = true,
            defaultValue = "64,4096,65536",
            description = "how long the messages are (default: ${DEFAULT-VALUE})")
    private List<Integer> sizes;

    /** Made by picocli's user. */
    EchoCommand() {
        super(Service.ECHO);
    }

    @Override
    List<Integer> lengths() {
        return sizes;
    }
}
