package io.perilune.compat;

import io.perilune.compat.apps.UndertowServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Undertow: HTTP, TLS, HTTP/2, files by transferTo. */
@Tag("slow")
class UndertowTest {

    @TempDir
    private Path folder;

    @Test
    void theServerServesTheKernelsClients() throws Exception {
        try (WebServer server = new WebServer(folder, UndertowServer.class)) {
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
}
