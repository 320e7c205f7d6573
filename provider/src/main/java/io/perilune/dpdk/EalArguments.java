package io.perilune.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What DPDK's environment is started with. Immutable. */
final class EalArguments {

    private static final Path FREE_HUGE_PAGES = Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
    private static final int HUGE_PAGE_MIB = 2;

    private EalArguments() {}

    /**
     * Returns the arguments for a link.
     *
     * @param memoryMib how much memory the link needs, in MiB
     * @param link what is to be opened first: the PCI bus is scanned only for a PCI device
     * @param extra further arguments, separated by blanks, appended so that they win
     * @throws IOException if the kernel does not say which CPUs there are
     */
    static String[] of(long memoryMib, LinkName link, String extra) throws IOException {
        return of(memoryMib, link, extra, freeHugePages());
    }

    static String[] of(long memoryMib, LinkName link, String extra, long freeHugePages) throws IOException {
        List<String> arguments = new ArrayList<>();
        // One lcore that floats over the CPUs this process has: no worker threads, and nothing is pinned.
        arguments.add("--lcores=0@(" + allowedCpus() + ")");
        if (freeHugePages * HUGE_PAGE_MIB >= memoryMib) {
            arguments.add("--in-memory");
            arguments.add("--single-file-segments");
        } else {
            arguments.add("--no-huge");
            arguments.add("-m");
            arguments.add(Long.toString(memoryMib));
            arguments.add("--no-shconf");
        }
        arguments.add("--file-prefix=perilune-" + ProcessHandle.current().pid());
        arguments.add("--no-telemetry");
        if (link.kind() == LinkName.Kind.PCI) {
            arguments.add("-a");
            arguments.add(link.target());
        } else {
            arguments.add("--no-pci");
            arguments.add("--iova-mode=va");
        }
        for (String argument : extra.trim().split("\\s+", -1)) {
            if (!argument.isEmpty()) {
                arguments.add(argument);
            }
        }
        return arguments.toArray(new String[0]);
    }

    private static long freeHugePages() {
        try {
            return Long.parseLong(Files.readString(FREE_HUGE_PAGES).trim());
        } catch (IOException | NumberFormatException e) {
            return 0; // a kernel without huge pages, or one that does not say: do without
        }
    }

    private static String allowedCpus() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
            if (line.startsWith("Cpus_allowed_list:")) {
                return line.substring(line.indexOf(':') + 1).trim();
            }
        }
        throw new IOException("/proc/thread-self/status does not say which CPUs this thread may use");
    }
}
