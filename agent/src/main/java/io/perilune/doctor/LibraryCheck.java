package io.perilune.doctor;

import io.perilune.dpdk.NativeLoader;
import java.io.IOException;
import java.util.List;

/** Whether the native library loads, into this JVM. */
final class LibraryCheck implements Check {

    /** What loads it. */
    interface Loader {
        void load() throws IOException;
    }

    private final Loader loader;

    LibraryCheck() {
        this(NativeLoader::load);
    }

    LibraryCheck(Loader loader) {
        this.loader = loader;
    }

    @Override
    public List<Finding> look(Machine machine) {
        try {
            loader.load();
        } catch (IOException e) {
            return List.of(Finding.failed("library", e.getMessage(), advice(machine, e.getMessage())));
        }
        return List.of(Finding.ok("library", "the native library loads, and fits the classes"));
    }

    private static String advice(Machine machine, String message) {
        if (message.contains("libnuma") || message.contains("libbsd")) {
            return "apt-get install -y libnuma1 libbsd0 (on Fedora: dnf install numactl-libs libbsd)";
        }
        if (message.contains("failed to map segment") || message.contains("Operation not permitted")) {
            return "programs may not be run from " + machine.property("java.io.tmpdir")
                    + ", a mount with noexec: give the JVM another by -Djava.io.tmpdir=FOLDER";
        }
        return "take the jar as it was built, on Linux on x86-64 with glibc";
    }
}
