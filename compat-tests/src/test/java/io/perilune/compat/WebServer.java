package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A web server on the provider under test, and what the kernel's clients ask of it: it serves the files below
 * {@code files/} and gives back what is posted to {@code /echo}, on port 8000 and, with TLS, on 8443.
 */
final class WebServer implements AutoCloseable {

    private static final String HTTP = "http://" + Testbed.APPLICATION + ":8000";
    private static final String HTTPS = "https://" + Testbed.APPLICATION + ":8443";
    private static final List<String> BOTH = List.of(HTTP, HTTPS);
    private static final int LARGE = 50_000_000;

    private final Path folder;
    private final Path report;
    private final Path certificate;
    private final Testbed bed = new Testbed();
    private final Program server;
    private long exchanged;

    /** Starts it: a program that takes ADDRESS KEYS ROOT and prints "ready". */
    WebServer(Path folder, Class<?> program) throws Exception {
        this(folder, program, false);
    }

    /** Starts it likewise, on the provider or by the agent. */
    WebServer(Path folder, Class<?> program, boolean byAgent) throws Exception {
        this.folder = folder;
        report = folder.resolve("report");
        certificate = folder.resolve("certificate.pem");
        try {
            Files.createDirectories(folder.resolve("root/files"));
            write(folder.resolve("root/files/small"), 1000);
            write(folder.resolve("root/files/large"), LARGE);
            Map<String, String> settings = Map.of("required", "true", "report", report.toString());
            String name = program.getName();
            String keys = makeKeys(bed, folder);
            String root = folder.resolve("root").toString();
            server = byAgent
                    ? bed.underAgent(settings, name, Testbed.APPLICATION, keys, root)
                    : bed.library(settings, List.of(), name, Testbed.APPLICATION, keys, root);
            server.awaitLine("ready");
        } catch (IOException | InterruptedException | AssertionError e) {
            bed.close();
            throw e;
        }
    }

    /** Makes a key pair and a certificate for both addresses, and returns the file. */
    static String makeKeys(Testbed bed, Path folder) throws IOException, InterruptedException {
        String keys = folder.resolve("keys.p12").toString();
        String keytool = System.getProperty("java.home") + "/bin/keytool";
        String[] common = {"-keystore", keys, "-storepass", Keys.PASSWORD, "-alias", "server"};
        String names = "SAN=IP:" + Testbed.APPLICATION + ",IP:" + Testbed.PEER;
        bed.peerCommand(join(
                        new String[] {
                            keytool,
                            "-genkeypair",
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=perilune",
                            "-ext",
                            names,
                            "-validity",
                            "9"
                        },
                        common))
                .awaitSuccess();
        String file = folder.resolve("certificate.pem").toString();
        bed.peerCommand(join(new String[] {keytool, "-exportcert", "-rfc", "-file", file}, common))
                .awaitSuccess();
        return keys;
    }

    /** Returns a file with the key alone, as programs that are not Java want it, of those in the folder. */
    static Path exportKey(Testbed bed, Path folder) throws IOException, InterruptedException {
        Path key = folder.resolve("key.pem");
        String password = "pass:" + Keys.PASSWORD;
        String keys = folder.resolve("keys.p12").toString();
        bed.peerCommand("openssl", "pkcs12", "-in", keys, "-passin", password, "-nodes", "-nocerts", "-out", "" + key)
                .awaitSuccess();
        return key;
    }

    /** Posts bodies of many sizes, each on a connection of its own, and compares what comes back. */
    WebServer givesBackBodies(int... lengths) throws Exception {
        for (String base : BOTH) {
            for (int length : lengths) {
                Path body = write(folder.resolve("body"), length);
                Path answer = folder.resolve("answer");
                Files.write(answer, new byte[0]);
                curl("--data-binary", "@" + body, "-o", answer.toString(), base + "/echo");
                assertSame(answer, body);
                exchanged += length;
            }
        }
        return this;
    }

    /** Fetches a file that no buffer holds, several times at once. */
    WebServer servesLargeFiles() throws Exception {
        for (String base : BOTH) {
            List<Program> fetches = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                fetches.add(start("-o", folder.resolve("fetched" + i).toString(), base + "/files/large"));
            }
            for (int i = 0; i < fetches.size(); i++) {
                fetches.get(i).awaitSuccess();
                assertSame(folder.resolve("fetched" + i), folder.resolve("root/files/large"));
                exchanged += LARGE;
            }
        }
        return this;
    }

    /** Sends two requests in turn and finds that only the first opened a connection. */
    WebServer keepsConnections() throws Exception {
        for (String base : BOTH) {
            String url = base + "/files/small";
            String nothing = "/dev/null";
            assertThat(curl("-w", "opened %{num_connects}\\n", "-o", nothing, url, "-o", nothing, url)
                            .lines())
                    .containsExactly("opened 1", "opened 0");
        }
        return this;
    }

    /** Speaks HTTP/1.0, and HTTP/1.1 with "Connection: close", and finds that the server closes. */
    WebServer closesWhenAsked() throws Exception {
        assertThat(curl("-v", "--http1.0", "-d", "old", HTTP + "/echo")).contains(" 200 ", "Closing connection", "old");
        for (String base : BOTH) {
            assertThat(curl("-v", "--http1.1", "-H", "Connection: close", "-d", "new", base + "/echo"))
                    .contains(" 200 ", "Closing connection", "new");
        }
        return this;
    }

    /** Fetches by openssl's client, which checks the certificate and ends only when the server has closed. */
    WebServer speaksTlsToOpenssl() throws Exception {
        for (String version : List.of("-tls1_2", "-tls1_3")) {
            String output = bed.peerCommand(
                            "timeout",
                            "30",
                            "sh",
                            "-c",
                            "printf 'POST /echo HTTP/1.1\\r\\nHost: 198.18.0.2\\r\\nConnection: close\\r\\nContent-Length: 5\\r\\n\\r\\nhello'"
                                    + " | openssl s_client -ign_eof " + version + " -CAfile " + certificate
                                    + " -connect " + Testbed.APPLICATION + ":8443")
                    .awaitSuccess();
            assertThat(output).contains("Verify return code: 0 (ok)", "HTTP/1.1 200", "hello");
        }
        return this;
    }

    /** Begins large downloads and leaves; the next client must not notice. */
    WebServer survivesClientsThatLeave() throws Exception {
        for (String base : BOTH) {
            for (int i = 0; i < 5; i++) {
                String output = bed.peerCommand(
                                "sh",
                                "-c",
                                "curl -sS --max-time 60 --cacert " + certificate + " " + base
                                        + "/files/large 2>/dev/null | head -c 100000 | wc -c")
                        .awaitSuccess();
                assertThat(output).isEqualTo("100000");
            }
            assertThat(curl("-d", "still there", base + "/echo")).isEqualTo("still there");
        }
        return this;
    }

    /** Has wrk ask over many connections at once, prints how much it got answered, and finds no error. */
    WebServer answersManyConnections(String seconds) throws Exception {
        for (String base : BOTH) {
            String output = bed.peerCommand("wrk", "-t", "1", "-c", "100", "-d", seconds, base + "/files/small")
                    .awaitSuccess();
            assertThat(output).contains("requests in").doesNotContain("Socket errors", "Non-2xx");
            String rate = output.lines()
                    .filter(line -> line.startsWith("Requests/sec"))
                    .findFirst()
                    .orElseThrow();
            System.out.println((bed.isPerilune() ? "Perilune " : "kernel ") + base + ": " + rate);
        }
        return this;
    }

    /** Speaks HTTP/2, by TLS as negotiated. */
    WebServer speaksHttp2() throws Exception {
        Path body = write(folder.resolve("body"), 3_000_000);
        Path answer = folder.resolve("answer");
        assertThat(curl(
                        "--http2",
                        "-w",
                        "version %{http_version}",
                        "--data-binary",
                        "@" + body,
                        "-o",
                        answer.toString(),
                        HTTPS + "/echo"))
                .isEqualTo("version 2");
        assertSame(answer, body);
        return this;
    }

    /** Ends it and finds that all of this went over Perilune's TCP, at least as many connections and bytes. */
    void endsAsUserSpaceTcp(long connections) throws Exception {
        server.terminate();
        if (bed.isPerilune()) {
            assertThat(OneJvmTest.counter(report, "tcp.connections.established"))
                    .isGreaterThanOrEqualTo(connections);
            assertThat(OneJvmTest.counter(report, "tx.bytes")).isGreaterThan(exchanged);
        }
    }

    /** Returns where the server and its peers are. */
    Testbed bed() {
        return bed;
    }

    private static void assertSame(Path actual, Path expected) throws IOException {
        assertThat(Files.mismatch(actual, expected))
                .as("where %s differs from %s", actual, expected)
                .isEqualTo(-1);
    }

    private String curl(String... arguments) throws Exception {
        return start(arguments).awaitSuccess();
    }

    private Program start(String... arguments) throws Exception {
        return bed.peerCommand(join(
                new String[] {"curl", "-sS", "--fail", "--max-time", "60", "--cacert", certificate.toString()},
                arguments));
    }

    private static String[] join(String[] one, String... other) {
        List<String> all = new ArrayList<>(List.of(one));
        Collections.addAll(all, other);
        return all.toArray(new String[0]);
    }

    private static Path write(Path file, int length) throws IOException {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        return Files.write(file, content);
    }

    @Override
    public void close() {
        bed.close();
    }
}
