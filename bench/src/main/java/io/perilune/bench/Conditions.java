package io.perilune.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Under which conditions stacks are compared: printed with each result, since they are not the same for all. */
final class Conditions {

    private static final double BUSY = 0.1;
    private static final int PERCENT = 100;
    private static final List<String> OFFLOADS = List.of(
            "tx-checksumming", "tcp-segmentation-offload", "generic-segmentation-offload", "generic-receive-offload");

    private Conditions() {}

    /** Returns what is known before the first run; takes a second, in which the load is looked at. */
    static List<String> before(Testbed testbed, Collection<Stack> stacks, Client client, Map<String, String> settings)
            throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                "machine: %d cores, Linux %s, Java %s; server pinned to core %d, client to core %d",
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version"),
                System.getProperty("java.version"),
                PairRun.SERVER_CORE,
                PairRun.SERVER_CORE + 1));
        double busy = Load.busy();
        lines.add(String.format(Locale.ROOT, "load before the start: %.0f %% of all cores", busy * PERCENT));
        if (busy > BUSY) {
            lines.add("WARNING: other programs use the cores, and make all figures worse and less sure");
        }
        if (stacks.stream().anyMatch(stack -> !stack.isPerilune())) {
            lines.add("kernel: loopback, MTU "
                    + testbed.inside("cat", "/sys/class/net/lo/mtu") + ", "
                    + testbed.inside("ethtool", "-k", "lo")
                            .lines()
                            .map(String::strip)
                            .filter(line -> OFFLOADS.stream().anyMatch(line::startsWith))
                            .collect(Collectors.joining(", ")));
        }
        if (stacks.stream().anyMatch(Stack::isPerilune)) {
            lines.add("Perilune: memif, MTU " + settings.getOrDefault("mtu", "1500")
                    + ", no offloads: each checksum is computed and checked, each segment a frame; poll="
                    + settings.getOrDefault("poll", "adaptive")
                    + settings.entrySet().stream()
                            .filter(entry -> !List.of("mtu", "poll").contains(entry.getKey()))
                            .map(entry -> ", " + entry)
                            .collect(Collectors.joining()));
            lines.add(
                    "UNEQUAL: the kernel's loopback passes up to 64 KiB at a time and computes no checksum; the client of"
                            + " all of Perilune's rows is " + client.description());
        }
        return lines;
    }
}
