package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.HttpEcho;
import io.perilune.compat.programs.HttpFetch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The JDK's HTTP server under curl, and its HTTP clients before a server on the kernel. */
class HttpTest {

    private static final String PORT = "8000";
    private static final String URL = "http://" + Testbed.APPLICATION + ":" + PORT + "/echo";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"default", "pool"})
    void theServerEchoesBodiesOfManySizesToCurl(String executor) throws Exception {
        try (Testbed bed = new Testbed()) {
            Program server = bed.application(HttpEcho.class, Testbed.APPLICATION, PORT, executor);
            server.awaitLine("ready");
            for (int length : new int[] {0, 1, 1448, 65_536, 3_000_000}) {
                Path body = folder.resolve("body-" + length);
                byte[] content = new byte[length];
                new Random(length).nextBytes(content);
                Files.write(body, content);
                Path answer = folder.resolve("answer-" + length);
                curl(bed, "--data-binary", "@" + body, "-o", answer.toString(), URL);
                if (length > 0) {
                    assertThat(answer).hasSameBinaryContentAs(body);
                }
            }
            server.terminate();
        }
    }

    @Test
    void theServerKeepsAConnectionForSeveralRequests() throws Exception {
        try (Testbed bed = new Testbed()) {
            Program server = bed.application(HttpEcho.class, Testbed.APPLICATION, PORT, "pool");
            server.awaitLine("ready");
            String[] heads =
                    curl(bed, "-D", "-", "-d", "one", URL, "-d", "two", URL).split("\n");
            assertThat(heads).filteredOn(line -> line.startsWith("X-peer-port")).hasSize(2);
            assertThat(heads)
                    .filteredOn(line -> line.startsWith("X-peer-port"))
                    .containsOnly(heads[indexOf(heads, "X-peer-port")]);
            server.terminate();
        }
    }

    @Test
    void theServerClosesAConnectionOfHttp10() throws Exception {
        try (Testbed bed = new Testbed()) {
            Program server = bed.application(HttpEcho.class, Testbed.APPLICATION, PORT, "default");
            server.awaitLine("ready");
            assertThat(curl(bed, "-v", "--http1.0", "-d", "old", URL))
                    .contains("POST /echo HTTP/1.0")
                    .contains("HTTP/1.1 200 OK")
                    .contains("Closing connection")
                    .contains("old");
            server.terminate();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theServerAnswersWhileManyClientsAsk(int queues) throws Exception {
        Path counters = folder.resolve("counters");
        try (Testbed bed = new Testbed()) {
            Program server = bed.application(
                    Map.of("queues", "" + queues, "report", counters.toString()),
                    HttpEcho.class,
                    Testbed.APPLICATION,
                    PORT,
                    "pool");
            server.awaitLine("ready");
            String report = bed.peerCommand("wrk", "-t", "1", "-c", "64", "-d", "3s", URL)
                    .awaitSuccess();
            assertThat(report).contains("requests in").doesNotContain("Socket errors", "Non-2xx");
            assertThat(curl(bed, "-d", "still there", URL)).isEqualTo("still there");
            server.terminate();
            if (bed.isPerilune()) {
                long steered = OneJvmTest.counter(counters, "steered.frames");
                assertThat(steered > 0).as("frames between shards: %d", steered).isEqualTo(queues > 1);
                assertThat(OneJvmTest.counter(counters, "tcp.resets.sent")).isZero();
            }
        }
    }

    @Test
    void bothClientsExchangeBodiesWithAServerOnTheKernel() throws Exception {
        try (Testbed bed = new Testbed()) {
            Program server = bed.peer(HttpEcho.class, "0.0.0.0", PORT, "pool");
            server.awaitLine("ready");
            assertThat(bed.application(HttpFetch.class, Testbed.PEER, PORT).awaitSuccess())
                    .isEqualTo("HttpClient: 7 in turn, 40 at once\nHttpURLConnection: 7 in turn");
            server.terminate();
        }
    }

    @Test
    void theHttpClientsConnectionsAreTheUserSpaceStacks() throws Exception {
        Path report = folder.resolve("report");
        assertThat(fetch("client", report)).startsWith("HttpClient: ");
        assertThat(OneJvmTest.counter(report, "tcp.connects")).isPositive();
        assertThat(OneJvmTest.counter(report, "tx.bytes")).isGreaterThan(6_000_000);
    }

    /** It is made of java.net.Socket, which asks no provider: it works, on the kernel, and Perilune is never started. */
    @Test
    void theOldClientsConnectionsAreTheKernels() throws Exception {
        Path report = folder.resolve("report");
        assertThat(fetch("connection", report)).startsWith("HttpURLConnection: ");
        assertThat(report).doesNotExist();
    }

    private static String fetch(String client, Path report) throws Exception {
        try (Testbed bed = new Testbed(true)) {
            // The tap is this program's: without it, the kernel would have no way to the server's address.
            bed.peerCommand("ip", "addr", "add", Testbed.PEER + "/32", "dev", "lo")
                    .awaitSuccess();
            Program server = bed.peer(HttpEcho.class, "0.0.0.0", PORT, "pool");
            server.awaitLine("ready");
            Map<String, String> settings = Map.of("required", "true", "report", report.toString());
            String output = bed.application(settings, HttpFetch.class, Testbed.PEER, PORT, client)
                    .awaitSuccess();
            server.terminate();
            return output;
        }
    }

    private static int indexOf(String[] lines, String beginning) {
        for (int i = 0; i < lines.length; i++) {
            if (lines[i].startsWith(beginning)) {
                return i;
            }
        }
        throw new AssertionError("no line " + beginning);
    }

    private static String curl(Testbed bed, String... arguments) throws Exception {
        String[] command = new String[arguments.length + 5];
        System.arraycopy(new String[] {"curl", "-sS", "--fail", "--max-time", "60"}, 0, command, 0, 5);
        System.arraycopy(arguments, 0, command, 5, arguments.length);
        return bed.peerCommand(command).awaitSuccess();
    }
}
