package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.RedisClients;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jedis and Lettuce under the agent, before Debian's Redis on the kernel. */
@Tag("slow")
class RedisTest {

    @TempDir
    private Path folder;

    @Test
    void theClientsUseAServerOnTheKernel() throws Exception {
        Path report = folder.resolve("report");
        try (Testbed bed = new Testbed()) {
            bed.addPeerAddress();
            bed.peerCommand(
                            "redis-server",
                            "--bind",
                            Testbed.PEER,
                            "--protected-mode",
                            "no",
                            "--save",
                            "",
                            "--dir",
                            folder.toString())
                    .awaitText("Ready to accept connections");
            String output = bed.underAgent(
                            Map.of("required", "true", "report", report.toString()),
                            RedisClients.class.getName(),
                            "redis://" + Testbed.PEER + ":6379")
                    .awaitSuccess();
            assertThat(output.lines())
                    .contains(
                            "jedis, large value: true",
                            "jedis, in turn: 1000",
                            "jedis, pipelined: 10000",
                            "jedis, nothing comes in a second: null",
                            "jedis, heard: hello",
                            "lettuce, at once: 10000",
                            "lettuce, large value: true",
                            "lettuce, heard: hello");
        }
        assertThat(OneJvmTest.counter(report, "tcp.connections.established")).isGreaterThanOrEqualTo(6);
        assertThat(OneJvmTest.counter(report, "tx.bytes")).isGreaterThan(10_000_000);
        assertThat(OneJvmTest.counter(report, "rx.bytes")).isGreaterThan(10_000_000);
    }
}
