package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.JettyServer;
import io.perilune.compat.apps.TomcatServer;
import io.perilune.compat.apps.UndertowServer;
import io.perilune.compat.apps.UrlClient;
import io.perilune.compat.programs.HttpEcho;
import io.perilune.compat.programs.UnkindServer;
import io.perilune.compat.programs.UrlPatience;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs of the web that know of nothing, in JVMs that know of the agent only. */
class UnderAgentTest {

    /** What {@link UrlPatience} exchanges at least, in each direction. */
    private static final long CHUNKED = 3_000_000;

    @TempDir
    private Path folder;

    @Test
    void httpUrlConnectionIsServedByAServerOnTheKernel() throws Exception {
        WebClient.runUnderAgent(
                folder,
                UrlClient.class,
                UndertowServer.class,
                "http://198.18.0.1:8000/echo",
                "https://198.18.0.1:8443/echo");
    }

    @Test
    void httpUrlConnectionKeepsConnectionsAndGivesUpInTime() throws Exception {
        Path report = folder.resolve("report");
        try (Testbed bed = new Testbed()) {
            bed.peer(HttpEcho.class, "0.0.0.0", "8000", "pool").awaitLine("ready");
            bed.peer(UnkindServer.class, "0.0.0.0").awaitLine("ready");
            String output = bed.underAgent(
                            Map.of("required", "true", "report", report.toString()),
                            UrlPatience.class.getName(),
                            Testbed.PEER,
                            "8000",
                            "8001",
                            Testbed.NOBODY)
                    .awaitSuccess();
            assertThat(output).isEqualTo("patient enough");
            bed.assertUserSpace(report, 4, CHUNKED, CHUNKED);
        }
    }

    @Test
    void jettyServesTheKernelsClients() throws Exception {
        try (WebServer server = new WebServer(folder, JettyServer.class, true)) {
            server.givesBackBodies(0, 1, 65_536, 10_000_000)
                    .servesLargeFiles()
                    .keepsConnections()
                    .speaksTlsToOpenssl()
                    .answersManyConnections("2s")
                    .endsAsUserSpaceTcp(100);
        }
    }

    @Test
    void tomcatServesTheKernelsClients() throws Exception {
        try (WebServer server = new WebServer(folder, TomcatServer.class, true)) {
            server.givesBackBodies(0, 1, 65_536, 10_000_000)
                    .servesLargeFiles()
                    .keepsConnections()
                    .speaksTlsToOpenssl()
                    .answersManyConnections("2s")
                    .endsAsUserSpaceTcp(100);
        }
    }
}
