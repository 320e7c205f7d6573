package io.perilune.compat;

import io.perilune.compat.apps.VertxClient;
import io.perilune.compat.apps.VertxServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vert.x: HTTP, TLS and HTTP/2, as a server and as a client. */
@Tag("slow")
class VertxTest {

    @TempDir
    private Path folder;

    @Test
    void theServerServesTheKernelsClients() throws Exception {
        try (WebServer server = new WebServer(folder, VertxServer.class)) {
            server.givesBackBodies(0, 1, 1448, 65_536, 10_000_000)
                    .servesLargeFiles()
                    .keepsConnections()
                    .closesWhenAsked()
                    .speaksHttp2()
                    .speaksTlsToOpenssl()
                    .survivesClientsThatLeave()
                    .answersManyConnections("2s")
                    .endsAsUserSpaceTcp(200);
        }
    }

    @Test
    void theClientIsServedByAServerOnTheKernel() throws Exception {
        WebClient.run(
                folder,
                VertxClient.class,
                VertxServer.class,
                "http://198.18.0.1:8000/echo",
                "https://198.18.0.1:8443/echo");
    }
}
