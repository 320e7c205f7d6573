package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.Together;
import io.perilune.compat.programs.Transfer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example of a proxy that forwards without copying: ten megabytes each way through it, and the stack's counters. */
class ZeroCopyProxyTest {

    private static final String PROXY = "io.perilune.examples.ZeroCopyProxy";
    private static final String FRONT = "7000";
    private static final String BEHIND = "7001";
    private static final long LENGTH = 10_000_000;

    @TempDir
    private Path folder;

    @Test
    void itForwardsBetweenTwoOfTheKernelWithoutACopy() throws Exception {
        Path report = folder.resolve("report");
        try (Testbed bed = new Testbed(true)) {
            Program proxy = bed.example(
                    Map.of("required", "true", "report", report.toString()),
                    PROXY,
                    Testbed.APPLICATION,
                    FRONT,
                    Testbed.PEER,
                    BEHIND);
            proxy.awaitLine("ready");
            Program server = bed.peer(Transfer.class, "server", "0.0.0.0", BEHIND, "" + LENGTH, "duplex");
            server.awaitLine("ready");
            Program client = bed.peer(Transfer.class, "client", Testbed.APPLICATION, FRONT, "" + LENGTH, "duplex");
            assertThat(client.awaitSuccess()).contains("received " + LENGTH + " bytes");
            assertThat(server.awaitSuccess()).contains("received " + LENGTH + " bytes");
            proxy.terminate();
        }
        assertThat(OneJvmTest.counter(report, "bytes.zero-copy")).isEqualTo(4 * LENGTH);
        assertThat(OneJvmTest.counter(report, "bytes.copied.rx")).isZero();
        assertThat(OneJvmTest.counter(report, "bytes.copied.tx")).isZero();
        assertThat(OneJvmTest.counter(report, "bytes.copied.link"))
                .isGreaterThan(4 * LENGTH)
                .isEqualTo(OneJvmTest.counter(report, "tx.bytes") + OneJvmTest.counter(report, "rx.bytes"));
        assertThat(Files.readAllLines(report)).contains("bytes.copied.link.by tap");
    }

    /** The interfaces are there for a program however the stack came under it. The others' copies are counted too. */
    @ParameterizedTest
    @ValueSource(strings = {"property", "agent"})
    void itForwardsOverTheLoopbackLink(String way) throws Exception {
        Path report = folder.resolve("report");
        Map<String, String> settings = Map.of(
                "required", "true", "link", "none", "loopback", "user", "drain", "1s", "report", report.toString());
        runTogether(way.equals("agent") ? Testbed.agent(settings) : Testbed.perilune(settings));
        assertThat(OneJvmTest.counter(report, "bytes.zero-copy")).isEqualTo(4 * LENGTH);
        assertThat(OneJvmTest.counter(report, "bytes.copied.rx")).isEqualTo(2 * LENGTH);
        assertThat(OneJvmTest.counter(report, "bytes.copied.tx")).isEqualTo(2 * LENGTH);
        assertThat(Files.readAllLines(report)).contains("bytes.copied.link.by loopback");
    }

    @Test
    void itCopiesWhereTheConnectionsAreTheKernels() throws Exception {
        Path report = folder.resolve("report");
        Map<String, String> settings = Map.of("required", "true", "link", "none", "report", report.toString());
        runTogether(Testbed.agent(settings));
        assertThat(OneJvmTest.counter(report, "bytes.zero-copy")).isZero();
        assertThat(OneJvmTest.counter(report, "tcp.connections.established")).isZero();
    }

    private static void runTogether(List<String> options) throws Exception {
        List<String> command = new ArrayList<>(Testbed.example(options, Together.class.getName()));
        command.addAll(List.of(PROXY, "127.0.0.1", FRONT, "127.0.0.1", BEHIND, "+"));
        command.addAll(List.of(Transfer.class.getName(), "server", "127.0.0.1", BEHIND, "" + LENGTH, "duplex", "+"));
        command.addAll(List.of(Transfer.class.getName(), "client", "127.0.0.1", FRONT, "" + LENGTH, "duplex"));
        try (Namespace namespace = new Namespace()) {
            String output = namespace.start(command).awaitSuccess();
            assertThat(output.split("received " + LENGTH + " bytes", -1))
                    .as(output)
                    .hasSize(3);
        }
    }
}
