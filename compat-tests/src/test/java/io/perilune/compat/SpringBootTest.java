package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Spring Boot executable jar under the agent: jars within the jar, a class loader of its own, the wildcard address. */
class SpringBootTest {

    private static final String PORT = "8080";
    private static final int LENGTH = 3_000_000;

    @TempDir
    private Path folder;

    @Test
    void itServesBothWorlds() throws Exception {
        Path report = folder.resolve("report");
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx256m"));
        command.addAll(Testbed.agent(Map.of("required", "true", "report", report.toString())));
        command.addAll(List.of("-jar", System.getProperty("perilune.test.spring-boot"), "--server.port=" + PORT));
        Path body = folder.resolve("body");
        byte[] bytes = new byte[LENGTH];
        new Random(1).nextBytes(bytes);
        Files.write(body, bytes);
        try (Namespace namespace = new Namespace()) {
            Program program = namespace.start(command).awaitText("Started PagesApplication");
            for (String address : List.of(Testbed.APPLICATION, "127.0.0.1")) {
                String url = "http://" + address + ":" + PORT;
                assertThat(curl(namespace, url + "/pages/" + LENGTH)).hasSize(LENGTH);
                assertThat(curl(namespace, url + "/pages/0")).isEmpty();
                assertThat(curl(
                                namespace,
                                url + "/echo",
                                "--data-binary",
                                "@" + body,
                                "-H",
                                "Content-Type: application/octet-stream"))
                        .isEqualTo(bytes);
            }
            namespace
                    .start(List.of(
                            "wrk", "-t1", "-c20", "-d1s", "http://" + Testbed.APPLICATION + ":" + PORT + "/pages/9"))
                    .awaitSuccess();
            assertThat(program.terminate()).doesNotContain("perilune: warning");
        }
        assertThat(OneJvmTest.counter(report, "tcp.connections.established")).isGreaterThanOrEqualTo(23);
        assertThat(OneJvmTest.counter(report, "tx.bytes")).isGreaterThan(2 * LENGTH);
    }

    private byte[] curl(Namespace namespace, String url, String... options) throws Exception {
        Path fetched = folder.resolve("fetched");
        Files.write(fetched, new byte[0]); // curl writes none for an empty body
        List<String> command =
                new ArrayList<>(List.of("curl", "-sS", "--fail", "--max-time", "60", "-o", fetched.toString(), url));
        command.addAll(List.of(options));
        namespace.start(command).awaitSuccess();
        return Files.readAllBytes(fetched);
    }
}
