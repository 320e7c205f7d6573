package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.JedisClient;
import io.perilune.compat.apps.LettuceClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients of Redis under the agent, before Debian's Redis on the kernel: plain, and by TLS. */
@Tag("slow")
class RedisTest {

    /** What each client's values come to, at least, in each direction. */
    private static final long BYTES = 20_000_000;

    @TempDir
    private Path folder;

    @Test
    void jedisIsServedByAServerOnTheKernel() throws Exception {
        assertThat(run(JedisClient.class, 46)).isEqualTo("done, plain\ndone, by TLS\ngave up as told");
    }

    @Test
    void lettuceIsServedByAServerOnTheKernel() throws Exception {
        assertThat(run(LettuceClient.class, 106)).endsWith("done, plain\ndone, by TLS");
    }

    private String run(Class<?> client, long connections) throws Exception {
        Path report = folder.resolve("report");
        try (Testbed bed = new Testbed()) {
            String keys = WebServer.makeKeys(bed, folder);
            startServer(bed);
            String output = bed.underAgent(
                            Map.of("required", "true", "report", report.toString()),
                            client.getName(),
                            Testbed.PEER,
                            keys,
                            Testbed.NOBODY)
                    .awaitSuccess();
            bed.assertUserSpace(report, connections, BYTES, BYTES);
            return output;
        }
    }

    private void startServer(Testbed bed) throws IOException, InterruptedException {
        bed.peerCommand(
                        "redis-server",
                        "--protected-mode",
                        "no",
                        "--save",
                        "",
                        "--dir",
                        folder.toString(),
                        "--tls-port",
                        "6380",
                        "--tls-auth-clients",
                        "no",
                        "--tls-ca-cert-file",
                        folder.resolve("certificate.pem").toString(),
                        "--tls-cert-file",
                        folder.resolve("certificate.pem").toString(),
                        "--tls-key-file",
                        WebServer.exportKey(bed, folder).toString())
                .awaitText("Ready to accept connections");
    }
}
