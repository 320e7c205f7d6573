package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.ManyConnections;
import io.perilune.compat.programs.NioEcho;
import io.perilune.compat.programs.Stall;
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

    @ParameterizedTest
    @ValueSource(strings = {"turns", "duplex"})
    void itForwardsBetweenTwoOfTheKernelWithoutACopy(String order) throws Exception {
        Path report = folder.resolve("report");
        try (Testbed bed = new Testbed(true)) {
            Program proxy = startProxy(bed, report);
            Program server = bed.peer(Transfer.class, "server", "0.0.0.0", BEHIND, "" + LENGTH, order);
            server.awaitLine("ready");
            Program client = bed.peer(Transfer.class, "client", Testbed.APPLICATION, FRONT, "" + LENGTH, order);
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

    private static Program startProxy(Testbed bed, Path report) throws Exception {
        return bed.example(
                        Map.of("required", "true", "report", report.toString()),
                        PROXY,
                        Testbed.APPLICATION,
                        FRONT,
                        Testbed.PEER,
                        BEHIND)
                .awaitLine("ready");
    }

    /** What one side does not take is held, not lost, and nobody else waits for it. */
    @Test
    void aConnectionWhoseClientDoesNotReadHoldsUpNoOther() throws Exception {
        Path report = folder.resolve("report");
        try (Testbed bed = new Testbed(true)) {
            Program proxy = startProxy(bed, report);
            bed.peer(NioEcho.class, "0.0.0.0", BEHIND).awaitLine("ready");
            assertThat(bed.peer(Stall.class, Testbed.APPLICATION, FRONT, "300").awaitSuccess())
                    .containsPattern("stalled after [0-9]{6,8} bytes")
                    .contains("all 300 echoed")
                    .contains("came back");
            proxy.terminate();
        }
        assertThat(OneJvmTest.counter(report, "tcp.connections.established")).isGreaterThanOrEqualTo(2 * 301);
        assertThat(OneJvmTest.counter(report, "bytes.copied.rx")).isZero();
        assertThat(OneJvmTest.counter(report, "bytes.copied.tx")).isZero();
    }

    /** Nobody is behind it: who connects is reset, and the next is served when somebody is. */
    @Test
    void whoCannotBeForwardedIsTurnedAway() throws Exception {
        Path report = folder.resolve("report");
        try (Testbed bed = new Testbed(true)) {
            Program proxy = startProxy(bed, report);
            Program refused = bed.peer(ManyConnections.class, Testbed.APPLICATION, FRONT, "1");
            assertThat(refused.awaitEnd()).as(refused.output()).isNotZero();
            bed.peer(NioEcho.class, "0.0.0.0", BEHIND).awaitLine("ready");
            assertThat(bed.peer(ManyConnections.class, Testbed.APPLICATION, FRONT, "1")
                            .awaitSuccess())
                    .contains("all 1 echoed");
            proxy.terminate();
        }
    }

    @Test
    void theReadmesProgramEchoesWithoutACopy() throws Exception {
        String readme = Files.readString(Path.of("../README.md"));
        int begin = readme.indexOf("import io.perilune.zerocopy.PacketBytes;");
        Path program = folder.resolve("ZeroCopyEcho.java");
        Files.writeString(program, readme.substring(begin, readme.indexOf("```", begin)));
        Path report = folder.resolve("report");
        try (Testbed bed = new Testbed(true)) {
            Program echo = bed.source(
                    Map.of("required", "true", "report", report.toString()), program, Testbed.APPLICATION, FRONT);
            echo.awaitLine("ready");
            assertThat(bed.peer(ManyConnections.class, Testbed.APPLICATION, FRONT, "1")
                            .awaitSuccess())
                    .contains("all 1 echoed");
            echo.awaitSuccess();
        }
        assertThat(OneJvmTest.counter(report, "bytes.zero-copy")).isEqualTo(2 * 9_000);
        assertThat(OneJvmTest.counter(report, "bytes.copied.rx")).isZero();
        assertThat(OneJvmTest.counter(report, "bytes.copied.tx")).isZero();
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
