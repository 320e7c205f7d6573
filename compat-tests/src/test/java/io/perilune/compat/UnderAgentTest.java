package io.perilune.compat;

import io.perilune.compat.apps.TomcatServer;
import io.perilune.compat.apps.UndertowServer;
import io.perilune.compat.apps.UrlClient;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs of the web that know of nothing, in JVMs that know of the agent only. */
class UnderAgentTest {

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
