package io.perilune.compat;

import io.perilune.compat.apps.JettyServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jetty: HTTP and TLS. */
class JettyTest {

    @TempDir
    private Path folder;

    @Test
    void theServerServesTheKernelsClients() throws Exception {
        try (WebServer server = new WebServer(folder, JettyServer.class)) {
            server.givesBackBodies(0, 1, 1448, 65_536, 10_000_000)
                    .servesLargeFiles()
                    .keepsConnections()
                    .closesWhenAsked()
                    .speaksTlsToOpenssl()
                    .survivesClientsThatLeave()
                    .answersManyConnections("2s")
                    .endsAsUserSpaceTcp(200);
        }
    }
}
