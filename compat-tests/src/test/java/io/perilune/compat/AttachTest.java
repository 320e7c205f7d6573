package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.AgentComesAndGoes;
import io.perilune.compat.programs.LateChannels;
import io.perilune.compat.programs.Load;
import io.perilune.compat.programs.NioEcho;
import io.perilune.compat.programs.Pages;
import io.perilune.compat.programs.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent that comes to a JVM which has been running, and leaves it again. */
class AttachTest {

    private static final String PORT = "7000";
    private static final int CONNECTIONS = 20;

    @TempDir
    private Path folder;

    private static List<String> java(Class<?> program, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        Collections.addAll(command, "-ea", "-Xmx256m", "-cp", System.getProperty("perilune.test.programs"));
        command.add(program.getName());
        Collections.addAll(command, arguments);
        return command;
    }

    private static String perilune(Namespace namespace, String command, Program running, String... settings)
            throws Exception {
        List<String> words = new ArrayList<>();
        words.add(System.getProperty("java.home") + "/bin/java");
        Collections.addAll(words, "-jar", System.getProperty("perilune.test.jar"), command, "" + running.pid());
        Collections.addAll(words, settings);
        try (Program attaching = namespace.start(words)) {
            return attaching.awaitSuccess();
        }
    }

    private String report() {
        return "report=" + folder.resolve("report");
    }

    private long established() throws Exception {
        return OneJvmTest.counter(folder.resolve("report"), "tcp.connections.established");
    }

    @Test
    void selectorsThatWereThereTakeChannelsOfBothWorlds() throws Exception {
        try (Namespace namespace = new Namespace();
                Program server = namespace.start(java(NioEcho.class, "0.0.0.0", PORT));
                Program client =
                        namespace.start(java(LateChannels.class, PORT, "" + CONNECTIONS, "127.0.0.1", Testbed.PEER))) {
            server.awaitLine("ready");
            client.awaitLine("ready");
            assertThat(perilune(namespace, "attach", client, "required=true", report()))
                    .isEqualTo("perilune: captured: nio, socket, async");
            client.awaitSuccess();
            assertThat(client.output()).endsWith("all echoed");
        }
        // What was registered before it was connected had to become the kernel's.
        assertThat(established()).isEqualTo(CONNECTIONS);
    }

    @Test
    void whatIsOpenLivesOnWhenTheAgentGoesAndWhatIsOpenedThenIsTheKernels() throws Exception {
        try (Namespace namespace = new Namespace()) {
            namespace.addAddress(Testbed.PEER);
            try (Program server = namespace.start(java(NioEcho.class, "0.0.0.0", PORT));
                    Program program = namespace.start(java(AgentComesAndGoes.class, Testbed.PEER, PORT))) {
                server.awaitLine("ready");
                program.awaitLine("ready");
                perilune(namespace, "attach", program, "required=true", report());
                program.awaitLine("with the agent: io.perilune.PeriluneSelectorProvider");
                perilune(namespace, "detach", program);
                program.awaitLine("without it: sun.nio.ch.");
                try (Program wrong = namespace.start(List.of(
                        System.getProperty("java.home") + "/bin/java",
                        "-jar",
                        System.getProperty("perilune.test.jar"),
                        "attach",
                        "" + program.pid(),
                        "mtu=many"))) {
                    assertThat(wrong.awaitEnd()).isEqualTo(1);
                    assertThat(wrong.output()).contains("perilune.mtu=many");
                }
                assertThat(perilune(namespace, "attach", program, "mtu=1400"))
                        .endsWith("; the stack runs already, and keeps its settings");
                program.awaitLine("with it again: io.perilune.PeriluneSelectorProvider");
                program.awaitSuccess();
            }
        }
        assertThat(established()).isEqualTo(4);
    }

    @Test
    void noRequestFailsWhenTheAgentComesAndGoes() throws Exception {
        Path stop = folder.resolve("stop");
        String backend = "http://" + Testbed.PEER + ":7001";
        try (Namespace namespace = new Namespace()) {
            namespace.addAddress(Testbed.PEER);
            try (Program pages = namespace.start(java(Pages.class, "7001"));
                    Program proxy = namespace.start(java(Proxy.class, PORT, backend))) {
                pages.awaitLine("ready");
                proxy.awaitLine("ready");
                String before = "http://127.0.0.1:" + PORT;
                try (Program load = namespace.start(
                        java(Load.class, stop.toString(), before + "/client", before + "/connection"))) {
                    load.awaitLine("answered 200");
                    assertThat(perilune(namespace, "attach", proxy, "required=true", report()))
                            .startsWith("perilune: captured");
                    awaitMore(load, 500);
                    assertThat(perilune(namespace, "detach", proxy)).isEqualTo("perilune: detached");
                    awaitMore(load, 500);
                    Files.createFile(stop);
                    assertThat(load.awaitSuccess()).endsWith("answered");
                }
                assertThat(proxy.terminate()).doesNotContain("failed");
            }
        }
        assertThat(established()).isPositive();
    }

    private static void awaitMore(Program load, int requests) throws InterruptedException {
        String last = load.output().lines().reduce("", (before, line) -> line);
        int sum = Integer.parseInt(last.replace("answered ", ""));
        load.awaitLine("answered " + (sum + requests));
    }
}
