package io.perilune.compat.programs;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Writes the tree of files that the demonstration serves: sizes at the borders, names that need care, one seed. */
public final class FileTree {

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private FileTree() {}

    /** Writes it: FOLDER SEED. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        Random random = new Random(Long.parseLong(arguments[1]));
        write(folder.resolve("empty"), 0, random);
        write(folder.resolve("one-byte"), 1, random);
        write(folder.resolve("1-kib"), KIB, random);
        write(folder.resolve("one-segment"), 1460, random);
        write(folder.resolve("64-kib-less-one"), 64 * KIB - 1, random);
        write(folder.resolve("a name with spaces.bin"), 10_000, random);
        write(folder.resolve("100%.bin"), 20_000, random);
        write(folder.resolve("1-mib"), MIB, random);
        write(folder.resolve("16-mib"), 16 * MIB, random);
        write(folder.resolve("64-mib"), 64 * MIB, random);
        for (int i = 0; i < 20; i++) {
            write(folder.resolve("nested/level " + i % 3 + "/" + i), random.nextInt(200 * KIB), random);
        }
    }

    private static void write(Path file, int length, Random random) throws IOException {
        Files.createDirectories(file.getParent());
        byte[] block = new byte[64 * KIB];
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (int left = length; left > 0; left -= block.length) {
                random.nextBytes(block);
                out.write(block, 0, Math.min(left, block.length));
            }
        }
    }
}
