package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A client on the provider under test, before a server on the kernel. */
final class WebClient {

    /** What it posts over each protocol, see {@link io.perilune.compat.apps.Exchange}. */
    private static final long BYTES_EACH = 30_000_000;

    private WebClient() {}

    /** Runs it, and finds that it did its exchange over each of these, and did so over Perilune's TCP. */
    static void run(Path folder, Class<?> client, Class<?> server, String... uris) throws Exception {
        run(folder, false, client, server, uris);
    }

    /** The same, by the agent. */
    static void runUnderAgent(Path folder, Class<?> client, Class<?> server, String... uris) throws Exception {
        run(folder, true, client, server, uris);
    }

    private static void run(Path folder, boolean byAgent, Class<?> client, Class<?> server, String... uris)
            throws Exception {
        try (Testbed bed = new Testbed()) {
            String keys = WebServer.makeKeys(bed, folder);
            Files.createDirectories(folder.resolve("files")); // which some servers must find
            Path report = folder.resolve("report");
            bed.peerLibrary(List.of(), server.getName(), "0.0.0.0", keys, folder.toString())
                    .awaitLine("ready");
            Map<String, String> settings = Map.of("required", "true", "report", report.toString());
            Program program = byAgent
                    ? bed.underAgent(settings, client.getName(), Testbed.PEER, keys)
                    : bed.library(settings, List.of(), client.getName(), Testbed.PEER, keys);
            String output = program.awaitSuccess();
            for (String uri : uris) {
                assertThat(output.lines()).contains(uri + ": 7 in turn, 200 at once");
            }
            if (bed.isPerilune()) {
                assertThat(OneJvmTest.counter(report, "tcp.connects")).isGreaterThanOrEqualTo(uris.length);
                assertThat(OneJvmTest.counter(report, "tx.bytes")).isGreaterThan(uris.length * BYTES_EACH);
                assertThat(OneJvmTest.counter(report, "rx.bytes")).isGreaterThan(uris.length * BYTES_EACH);
            }
        }
    }
}
