package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.PostgresClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL's JDBC driver under the agent, before Debian's PostgreSQL on the kernel. */
@Tag("slow")
class PostgresTest {

    @TempDir
    private Path folder;

    @Test
    void theDriverUsesAServerOnTheKernel() throws Exception {
        Path report = folder.resolve("report");
        try (Testbed bed = new Testbed()) {
            bed.addPeerAddress();
            start(bed);
            String output = bed.underAgent(
                            Map.of("required", "true", "report", report.toString()),
                            PostgresClient.class.getName(),
                            "jdbc:postgresql://" + Testbed.PEER + ":5432/postgres?user=postgres")
                    .awaitSuccess();
            assertThat(output.lines())
                    .contains(
                            "batch: 100000",
                            "by cursor: 100000",
                            "copied: 100000, 100000",
                            "large value: true",
                            "cancelled: 57014",
                            "notified: something",
                            "by 20 connections: 4000");
        }
        assertThat(OneJvmTest.counter(report, "tcp.connections.established")).isGreaterThanOrEqualTo(23);
        assertThat(OneJvmTest.counter(report, "tx.bytes")).isGreaterThan(10_000_000);
        assertThat(OneJvmTest.counter(report, "rx.bytes")).isGreaterThan(10_000_000);
    }

    /** It refuses to run as root. */
    private void start(Testbed bed) throws Exception {
        Path data = folder.resolve("data");
        Files.createDirectory(data);
        bed.peerCommand("chown", "postgres", data.toString()).awaitSuccess();
        bed.peerCommand("chmod", "755", folder.toString()).awaitSuccess();
        String programs = programs().toString();
        bed.peerCommand(
                        "runuser",
                        "-u",
                        "postgres",
                        "--",
                        programs + "/initdb",
                        "-D",
                        data.toString(),
                        "-A",
                        "trust",
                        "--no-sync")
                .awaitSuccess();
        Files.writeString(data.resolve("pg_hba.conf"), "host all all 198.18.0.0/24 trust\n");
        bed.peerCommand(
                        "runuser",
                        "-u",
                        "postgres",
                        "--",
                        programs + "/postgres",
                        "-D",
                        data.toString(),
                        "-h",
                        Testbed.PEER,
                        "-k",
                        data.toString(),
                        "-c",
                        "log_line_prefix=",
                        "-c",
                        "fsync=off")
                .awaitLine("LOG:  database system is ready");
    }

    private static Path programs() throws IOException {
        try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
            return versions.sorted().reduce((one, other) -> other).orElseThrow().resolve("bin");
        }
    }
}
