package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.HazelcastMember;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hazelcast: a cluster of two members in two namespaces, which share no network but a memif between their JVMs. */
@Tag("slow")
class HazelcastTest {

    private static final String FIRST = "198.18.0.2";
    private static final String SECOND = "198.18.0.3";

    @TempDir
    private Path folder;

    @Test
    void twoMembersKeepAMapOverMemif() throws Exception {
        try (Namespace one = new Namespace();
                Namespace other = new Namespace()) {
            Path reportOfFirst = folder.resolve("first");
            Path reportOfSecond = folder.resolve("second");
            Program first = one.start(member("server", FIRST, reportOfFirst, "first"));
            first.awaitLine("ready");
            Program second = other.start(member("client", SECOND, reportOfSecond, "second"));
            assertThat(second.awaitSuccess().lines()).contains("two members keep 2001 entries");
            first.terminate();
            for (Path report : List.of(reportOfFirst, reportOfSecond)) {
                assertThat(OneJvmTest.counter(report, "tcp.connections.established"))
                        .isPositive();
                assertThat(OneJvmTest.counter(report, "tx.bytes") + OneJvmTest.counter(report, "rx.bytes"))
                        .isGreaterThan(7_000_000);
            }
        }
    }

    private List<String> member(String side, String address, Path report, String role) {
        List<String> options = new ArrayList<>(Testbed.perilune(Map.of(
                "link",
                "memif:" + folder.resolve("memif") + "," + side,
                "address",
                address + "/24",
                "required",
                "true",
                "report",
                report.toString())));
        // Left to itself, Hazelcast takes the address of one of the kernel's interfaces.
        options.add("-Dhazelcast.local.localAddress=" + address);
        return Testbed.library(options, HazelcastMember.class.getName(), role, FIRST);
    }
}
