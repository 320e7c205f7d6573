package io.perilune.bench;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code bench blocks}. */
@Command(
        name = "blocks",
        sortOptions = false,
        description = "Blocks of 4 KiB read by their number, from a server that has 1024 of them in memory.")
final class BlocksCommand extends InterfacesCommand {

    private static final int BLOCK_LENGTH = 4096;

    /** Made by picocli's user. */
    BlocksCommand() {
        super(Service.BLOCKS);
    }

    @Override
    List<Integer> lengths() {
        return List.of(BLOCK_LENGTH);
    }
}
