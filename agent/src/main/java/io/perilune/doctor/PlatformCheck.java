package io.perilune.doctor;

import java.util.ArrayList;
import java.util.List;

/** The system, the JVM and the processor. */
final class PlatformCheck implements Check {

    /** What x86-64-v2 has beyond x86-64, by the kernel's names: pni is SSE3. */
    private static final List<String> V2 = List.of("cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3");

    private static final int JAVA_MIN = 17;
    private static final int JAVA_MAX = 25;

    @Override
    public List<Finding> look(Machine machine) {
        return List.of(system(machine), java(machine), processor(machine), cores());
    }

    private static Finding system(Machine machine) {
        String found = machine.property("os.name") + " on " + machine.property("os.arch");
        String kernel = machine.line("/proc/sys/kernel/osrelease");
        if (!found.equals("Linux on amd64")) {
            return Finding.failed("system", found, "Perilune runs on Linux on x86-64: take another machine");
        }
        return Finding.ok("system", found + (kernel.isEmpty() ? "" : ", kernel " + kernel));
    }

    private static Finding java(Machine machine) {
        String found = machine.property("java.vm.name") + " " + machine.property("java.version") + " in "
                + machine.property("java.home");
        int feature = Runtime.Version.parse(machine.property("java.version")).feature();
        if (feature < JAVA_MIN) {
            return Finding.failed("java", found, "take a JDK from " + JAVA_MIN + " to " + JAVA_MAX);
        }
        if (feature > JAVA_MAX) {
            return Finding.advice(
                    "java",
                    found,
                    "Perilune was tried on JDK " + JAVA_MIN + " to " + JAVA_MAX
                            + ": `perilune selftest` tells whether it" + " runs on this one");
        }
        return Finding.ok("java", found);
    }

    private static Finding processor(Machine machine) {
        String model = machine.field("/proc/cpuinfo", "model name");
        List<String> flags = List.of(machine.field("/proc/cpuinfo", "flags").split("\\s+", -1));
        List<String> missing = new ArrayList<>(V2);
        missing.removeAll(flags);
        if (!missing.isEmpty()) {
            return Finding.failed(
                    "processor",
                    (model.isEmpty() ? "no model" : model) + ", without " + String.join(", ", missing),
                    "Perilune needs x86-64-v2: a processor since about 2009, or a virtual machine that shows its"
                            + " features (qemu -cpu host)");
        }
        return Finding.ok("processor", model + ", x86-64-v2");
    }

    private static Finding cores() {
        int count = Runtime.getRuntime().availableProcessors();
        String found = count + " for this JVM";
        return count > 1
                ? Finding.ok("cores", found)
                : Finding.advice(
                        "cores",
                        found,
                        "peers on the same machine and the JVM's own threads wait for this one: give it two or more"
                                + " (docker run --cpus 2), or set poll=sleep");
    }
}
