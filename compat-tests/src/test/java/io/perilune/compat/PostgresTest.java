package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.PostgresClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL's JDBC driver under the agent, before a real server on the kernel: plain, and by TLS. */
@Tag("slow")
class PostgresTest {

    /** What the client's large values and copied table come to, at least, in each direction. */
    private static final long BYTES = 15_000_000;
    /** Its connections at once; a few more come and go before. */
    private static final long CONNECTIONS = 50;

    @TempDir
    private Path folder;

    @Test
    void theDriverIsServedByAServerOnTheKernel() throws Exception {
        try (Testbed bed = new Testbed()) {
            WebServer.makeKeys(bed, folder);
            PostgresServer server = new PostgresServer(bed, folder);
            try {
                for (String tls : List.of("disable", "verify-full")) {
                    Path report = folder.resolve("report-" + tls);
                    Program client = bed.underAgent(
                            Map.of("required", "true", "report", report.toString()),
                            PostgresClient.class.getName(),
                            Testbed.PEER,
                            tls,
                            folder.resolve("certificate.pem").toString());
                    assertThat(client.awaitSuccess()).endsWith("done, " + tls);
                    bed.assertUserSpace(report, CONNECTIONS, BYTES, BYTES);
                }
            } finally {
                server.stop();
            }
        }
    }
}
