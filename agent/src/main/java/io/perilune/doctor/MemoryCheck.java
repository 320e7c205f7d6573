package io.perilune.doctor;

import io.perilune.config.Setting;
import java.util.ArrayList;
import java.util.List;

/** Memory for packets: on huge pages where there are enough, and within what this process may have. */
final class MemoryCheck implements Check {

    private static final String HUGE = "/sys/kernel/mm/hugepages/hugepages-2048kB/";
    private static final long MIB = 1 << 20;
    private static final int HUGE_PAGE_MIB = 2;
    /** What DPDK and the drivers need besides, and what a small JVM does, roughly. */
    private static final long DPDK_MIB = 80;

    private static final long JVM_MIB = 128;
    /** Version 1 of control groups says a number of this size where there is no limit. */
    private static final long NO_LIMIT = 1L << 60;

    @Override
    public List<Finding> look(Machine machine) {
        long packets = machine.settingsOrDefaults().number(Setting.MEMORY) / MIB + DPDK_MIB;
        return List.of(memory(machine, packets), hugePages(machine, packets), locked(machine, packets));
    }

    private static Finding memory(Machine machine, long packetsMib) {
        long available = kib(machine.field("/proc/meminfo", "MemAvailable")) >> 10;
        List<String> found = new ArrayList<>();
        if (available > 0) {
            found.add(available + " MiB available");
        }
        long limit = groupLimit(machine);
        if (limit > 0) {
            found.add("limit of the control group " + limit / MIB + " MiB");
        }
        long least = limit > 0 && (available <= 0 || limit / MIB < available) ? limit / MIB : available;
        String text = found.isEmpty() ? "the kernel does not say" : String.join(", ", found);
        if (least > 0 && least < packetsMib + JVM_MIB) {
            return Finding.advice(
                    "memory",
                    text,
                    "packets take " + packetsMib
                            + " MiB beside Java's heap: give it more (docker run --memory 1g), or set" + " memory=16m");
        }
        return Finding.ok("memory", text);
    }

    private static long groupLimit(Machine machine) {
        long limit = machine.number("/sys/fs/cgroup/memory.max");
        if (limit < 0) {
            limit = machine.number("/sys/fs/cgroup/memory/memory.limit_in_bytes");
        }
        return limit < NO_LIMIT ? limit : -1;
    }

    private static Finding hugePages(Machine machine, long packetsMib) {
        long free = machine.number(HUGE + "free_hugepages");
        long all = machine.number(HUGE + "nr_hugepages");
        if (free * HUGE_PAGE_MIB >= packetsMib) {
            return Finding.ok("huge pages", free + " of " + all + " free, of 2 MiB: packets are on them");
        }
        long wanted = (packetsMib + HUGE_PAGE_MIB - 1) / HUGE_PAGE_MIB;
        String found = all <= 0 ? "none" : free + " of " + all + " free, of 2 MiB";
        return Finding.ok(
                "huge pages",
                found + ": packets are on ordinary pages, which does (for huge ones: sysctl vm.nr_hugepages="
                        + (Math.max(all, 0) + wanted) + ")");
    }

    private static Finding locked(Machine machine, long packetsMib) {
        String[] limits = machine.lines("/proc/self/limits").stream()
                .filter(line -> line.startsWith("Max locked memory"))
                .findFirst()
                .map(line ->
                        line.substring("Max locked memory".length()).strip().split("\\s+", -1))
                .orElse(new String[] {""});
        String limit = limits[0];
        boolean enough = machine.may(Capability.CAP_IPC_LOCK) || limit.equals("unlimited");
        String text = limit.matches("[0-9]{1,18}") ? Long.parseLong(limit) / 1024 + " KiB" : limit;
        if (enough || limit.isEmpty()) {
            return Finding.ok("locked memory", limit.isEmpty() ? "the kernel does not say" : text);
        }
        boolean card = machine.settingsOrDefaults().text(Setting.LINK).startsWith("pci:");
        if (card && limit.matches("[0-9]{1,18}") && Long.parseLong(limit) / MIB < packetsMib) {
            return Finding.advice(
                    "locked memory",
                    text,
                    "a card reaches only memory that is locked, some " + packetsMib
                            + " MiB: ulimit -l unlimited, LimitMEMLOCK="
                            + "infinity in a systemd service, or docker run --ulimit memlock=-1");
        }
        return Finding.ok("locked memory", text + ", which only link=pci: needs more of");
    }

    private static long kib(String text) {
        String digits = text.replaceAll("[^0-9]", "");
        return digits.isEmpty() ? -1 : Long.parseLong(digits);
    }
}
