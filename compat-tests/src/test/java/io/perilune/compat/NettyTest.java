package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.NettyClient;
import io.perilune.compat.apps.NettyServer;
import io.perilune.compat.programs.ManyConnections;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Netty's NIO transport: echo, HTTP and TLS, as a server and as a client. */
class NettyTest {

    @TempDir
    private Path folder;

    @Test
    void theServerServesTheKernelsClients() throws Exception {
        try (WebServer server = new WebServer(folder, NettyServer.class)) {
            server.givesBackBodies(0, 1, 1448, 65_536, 10_000_000)
                    .servesLargeFiles()
                    .keepsConnections()
                    .closesWhenAsked()
                    .speaksTlsToOpenssl()
                    .survivesClientsThatLeave()
                    .answersManyConnections("2s");
            assertThat(server.bed()
                            .peer(ManyConnections.class, Testbed.APPLICATION, "7000", "500")
                            .awaitSuccess())
                    .isEqualTo("all 500 echoed");
            server.endsAsUserSpaceTcp(700);
        }
    }

    @Test
    void theClientIsServedByAServerOnTheKernel() throws Exception {
        WebClient.run(
                folder,
                NettyClient.class,
                NettyServer.class,
                "echo://198.18.0.1:7000",
                "echos://198.18.0.1:7001",
                "http://198.18.0.1:8000/echo",
                "https://198.18.0.1:8443/echo");
    }
}
