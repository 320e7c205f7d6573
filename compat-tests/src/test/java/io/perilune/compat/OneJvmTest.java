package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.InOneJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ends of the connections in one JVM: over the loopback link, never over the tap. */
class OneJvmTest {

    private static final String PORT = "7000";
    private static final int CONNECTIONS = 100;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {Testbed.APPLICATION, "127.0.0.1", "127.7.7.7"})
    void theOwnAddressAndTheUserSpaceLoopbackConnectTheJvmWithItself(String address) throws Exception {
        Path report = folder.resolve("report");
        assertThat(run(address, "user", report)).isEqualTo("all " + CONNECTIONS + " echoed");
        assertThat(counter(report, "loopback.frames")).isGreaterThan(10L * CONNECTIONS);
        assertThat(counter(report, "tcp.connections.established")).isGreaterThanOrEqualTo(2L * CONNECTIONS);
        assertThat(counter(report, "tx.frames")).isLessThan(20);
    }

    @Test
    void theLoopbackStaysOnTheKernelByDefault() throws Exception {
        Path report = folder.resolve("report");
        assertThat(run("127.0.0.1", "kernel", report)).isEqualTo("all " + CONNECTIONS + " echoed");
        assertThat(counter(report, "tcp.connections.established")).isZero();
    }

    private static String run(String address, String loopback, Path report) throws Exception {
        try (Testbed bed = new Testbed(true)) {
            Map<String, String> settings =
                    Map.of("required", "true", "loopback", loopback, "report", report.toString());
            String output = bed.application(settings, InOneJvm.class, address, PORT, "" + CONNECTIONS)
                    .awaitSuccess();
            return output.substring(output.indexOf('\n') + 1);
        }
    }

    static long counter(Path report, String key) throws Exception {
        return Files.readAllLines(report).stream()
                .filter(line -> line.startsWith(key + " "))
                .mapToLong(line -> Long.parseLong(line.substring(key.length() + 1)))
                .findFirst()
                .orElseThrow();
    }
}
