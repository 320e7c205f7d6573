package io.perilune.compat;

import io.perilune.compat.apps.ApacheClassicClient;
import io.perilune.compat.apps.ApacheClient;
import io.perilune.compat.apps.UndertowServer;
import io.perilune.compat.apps.VertxServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Apache HttpClient 5: the asynchronous one, by HTTP/1.1 and HTTP/2, and under the agent the classic one. */
@Tag("slow")
class ApacheClientTest {

    @TempDir
    private Path folder;

    @Test
    void theClientIsServedByAServerOnTheKernel() throws Exception {
        WebClient.run(
                folder,
                ApacheClient.class,
                VertxServer.class,
                "http://198.18.0.1:8000/echo",
                "https://198.18.0.1:8443/echo");
    }

    @Test
    void theClassicClientUnderTheAgentIsServedByAServerOnTheKernel() throws Exception {
        WebClient.runUnderAgent(
                folder,
                ApacheClassicClient.class,
                UndertowServer.class,
                "http://198.18.0.1:8000/echo",
                "https://198.18.0.1:8443/echo");
    }
}
