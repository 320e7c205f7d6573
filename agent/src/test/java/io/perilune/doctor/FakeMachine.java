package io.perilune.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** A machine on which all is well, in a folder; a test takes from it what its case lacks. */
final class FakeMachine {

    static final String STATUS = "/proc/self/status";
    static final String ROUTES = "/proc/net/route";
    static final String DEVICES = "/proc/net/dev";

    private static final String ROUTE_HEAD =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

    private final Path root;
    private final Properties properties = new Properties();
    private final Map<String, String> environment = new HashMap<>();

    FakeMachine(Path root) throws IOException {
        this.root = root;
        properties.setProperty("os.name", "Linux");
        properties.setProperty("os.arch", "amd64");
        properties.setProperty("java.version", "17.0.9");
        properties.setProperty("java.home", "/jdk");
        properties.setProperty("java.vm.name", "A VM");
        file("/proc/sys/kernel/osrelease", "6.1.0\n");
        file(
                "/proc/cpuinfo",
                "processor\t: 0\nmodel name\t: A Processor\nflags\t\t: fpu cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3 fpu\n");
        status("0", "000001ffffffffff", "0");
        file("/proc/self/limits", "Max locked memory         8388608              8388608              bytes     \n");
        file("/proc/meminfo", "MemTotal:       8000000 kB\nMemAvailable:   4194304 kB\n");
        file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "100\n");
        file("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "128\n");
        file("/dev/net/tun", "");
        file(DEVICES, "Inter-|   Receive\n face |bytes\n    lo: 0\n  eth0: 12345\n");
        routes("eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                + "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
        file("/proc/net/if_inet6", "00000000000000000000000000000001 01 80 10 80 lo\n");
        file("/proc/net/protocols", "protocol  size\nXDP       1024\n");
        file("/sys/kernel/iommu_groups/0/type", "DMA\n");
    }

    FakeMachine file(String absolute, String text) throws IOException {
        Path path = root.resolve(absolute.substring(1));
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        return this;
    }

    FakeMachine without(String absolute) throws IOException {
        Files.delete(root.resolve(absolute.substring(1)));
        return this;
    }

    FakeMachine status(String uid, String capabilities, String seccomp) throws IOException {
        return file(
                STATUS,
                "Name:\tjava\nUid:\t" + uid + "\t" + uid + "\t" + uid + "\t" + uid + "\nCapPrm:\t0\nCapEff:\t"
                        + capabilities + "\nSeccomp:\t" + seccomp + "\n");
    }

    FakeMachine routes(String lines) throws IOException {
        return file(ROUTES, ROUTE_HEAD + lines);
    }

    FakeMachine property(String name, String value) {
        properties.setProperty(name, value);
        return this;
    }

    FakeMachine variable(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Path path(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    Machine machine() {
        return new Machine(root, properties, environment);
    }
}
