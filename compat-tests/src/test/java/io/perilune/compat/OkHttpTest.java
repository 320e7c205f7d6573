package io.perilune.compat;

import io.perilune.compat.apps.OkHttpApp;
import io.perilune.compat.apps.UndertowServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OkHttp under the agent: HTTP/1.1, plain and by TLS. */
@Tag("slow")
class OkHttpTest {

    @TempDir
    private Path folder;

    @Test
    void theClientUnderTheAgentIsServedByAServerOnTheKernel() throws Exception {
        WebClient.runUnderAgent(
                folder,
                OkHttpApp.class,
                UndertowServer.class,
                "http://198.18.0.1:8000/echo",
                "https://198.18.0.1:8443/echo");
    }
}
