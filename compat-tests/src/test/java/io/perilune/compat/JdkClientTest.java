package io.perilune.compat;

import io.perilune.compat.apps.JdkClient;
import io.perilune.compat.apps.VertxServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JDK's HttpClient: HTTP/1.1 and HTTP/2, plain and by TLS. */
class JdkClientTest {

    @TempDir
    private Path folder;

    @Test
    void theClientIsServedByAServerOnTheKernel() throws Exception {
        WebClient.run(
                folder,
                JdkClient.class,
                VertxServer.class,
                "http://198.18.0.1:8000/echo",
                "https://198.18.0.1:8443/echo");
    }
}
