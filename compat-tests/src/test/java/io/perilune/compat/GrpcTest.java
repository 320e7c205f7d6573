package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.GrpcClient;
import io.perilune.compat.apps.GrpcServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** gRPC on its shaded Netty, plain and by TLS: calls in turn and at once, streams, many channels. */
@Tag("slow")
class GrpcTest {

    /** Left to itself, gRPC takes Netty's native epoll transport, which asks no selector provider. */
    private static final List<String> NIO = List.of("-Dio.grpc.netty.shaded.io.netty.transport.noNative=true");

    private static final long BYTES_EACH = 30_000_000;

    @TempDir
    private Path folder;

    @Test
    void theServerAnswersAClientOnTheKernel() throws Exception {
        try (Testbed bed = new Testbed()) {
            String keys = WebServer.makeKeys(bed, folder);
            Program server = bed.library(settings(), NIO, GrpcServer.class.getName(), Testbed.APPLICATION, keys);
            server.awaitLine("ready");
            check(
                    Testbed.APPLICATION,
                    bed.peerLibrary(NIO, GrpcClient.class.getName(), Testbed.APPLICATION, keys)
                            .awaitSuccess());
            server.terminate();
            checkCounters(bed);
        }
    }

    @Test
    void theClientIsAnsweredByAServerOnTheKernel() throws Exception {
        try (Testbed bed = new Testbed()) {
            String keys = WebServer.makeKeys(bed, folder);
            Program server = bed.peerLibrary(NIO, GrpcServer.class.getName(), "0.0.0.0", keys);
            server.awaitLine("ready");
            check(
                    Testbed.PEER,
                    bed.library(settings(), NIO, GrpcClient.class.getName(), Testbed.PEER, keys)
                            .awaitSuccess());
            server.terminate();
            checkCounters(bed);
        }
    }

    /** It prefers Netty's native transport, a copy of it with another name: the agent turns that off, and says so. */
    @Test
    void underTheAgentNoFlagIsNeeded() throws Exception {
        List<String> agent = List.of("-javaagent:" + System.getProperty("perilune.test.jar") + "=required=true,report="
                + folder.resolve("report"));
        try (Testbed bed = new Testbed()) {
            String keys = WebServer.makeKeys(bed, folder);
            Program server = bed.peerLibrary(agent, GrpcServer.class.getName(), Testbed.APPLICATION, keys);
            server.awaitLine("ready");
            check(
                    Testbed.APPLICATION,
                    bed.peerLibrary(NIO, GrpcClient.class.getName(), Testbed.APPLICATION, keys)
                            .awaitSuccess());
            assertThat(server.terminate()).containsOnlyOnce("perilune: Netty's native transports are off");
            checkCounters(bed);
        }
    }

    private Map<String, String> settings() {
        return Map.of("required", "true", "report", folder.resolve("report").toString());
    }

    private static void check(String address, String output) {
        assertThat(output.lines())
                .contains(
                        "grpc://" + address + ":9000: 7 in turn, 200 at once",
                        "grpcs://" + address + ":9001: 7 in turn, 200 at once",
                        "grpc: 2000 from the server, 2000 each way",
                        "grpcs: 2000 from the server, 2000 each way",
                        "50 channels");
    }

    private void checkCounters(Testbed bed) throws Exception {
        if (bed.isPerilune()) {
            Path report = folder.resolve("report");
            assertThat(OneJvmTest.counter(report, "tcp.connections.established"))
                    .isGreaterThanOrEqualTo(52);
            assertThat(OneJvmTest.counter(report, "tx.bytes")).isGreaterThan(2 * BYTES_EACH);
            assertThat(OneJvmTest.counter(report, "rx.bytes")).isGreaterThan(2 * BYTES_EACH);
        }
    }
}
