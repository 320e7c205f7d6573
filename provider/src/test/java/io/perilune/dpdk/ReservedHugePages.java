package io.perilune.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Huge pages that the machine sets aside for the length of a test. */
final class ReservedHugePages implements AutoCloseable {

    private static final Path RESERVED = Path.of("/proc/sys/vm/nr_hugepages");
    private static final Path FREE = Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");

    private final long before;

    /** Notes how many there are, which will be so again. */
    ReservedHugePages() throws IOException {
        before = read(RESERVED);
    }

    /** Sets so many aside beside those that are in use. */
    void reserve(long count) throws IOException {
        Files.writeString(RESERVED, Long.toString(read(RESERVED) - read(FREE) + count));
        if (read(FREE) < count) {
            throw new IOException("the machine has no " + count + " huge pages to give");
        }
    }

    private static long read(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).trim());
    }

    @Override
    public void close() throws IOException {
        Files.writeString(RESERVED, Long.toString(before));
    }
}
