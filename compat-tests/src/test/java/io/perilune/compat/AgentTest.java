package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.NioEcho;
import io.perilune.compat.programs.SocketEcho;
import io.perilune.compat.programs.SocketExchange;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** Programs that know of nothing, and whose JVM knows of an agent only. */
class AgentTest {

    private static final String PORT = "7000";
    private static final String CONNECTIONS = "50";

    @TempDir
    private Path folder;

    private List<String> java(String settings, Class<?> program, String... arguments) {
        List<String> command = new ArrayList<>();
        Collections.addAll(command, System.getProperty("java.home") + "/bin/java", "-ea", "-Xcheck:jni", "-Xmx256m");
        command.add("-javaagent:" + System.getProperty("perilune.test.jar") + "=" + settings);
        Collections.addAll(command, "-cp", System.getProperty("perilune.test.programs"), program.getName());
        Collections.addAll(command, arguments);
        return command;
    }

    private static List<String> onTheKernel(Class<?> program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx256m"));
        Collections.addAll(command, "-cp", System.getProperty("perilune.test.programs"), program.getName());
        Collections.addAll(command, arguments);
        return command;
    }

    private String report() {
        return "required=true,report=" + folder.resolve("report");
    }

    private long established() throws Exception {
        return OneJvmTest.counter(folder.resolve("report"), "tcp.connections.established");
    }

    @Test
    void aServerSocketServesBothWorlds() throws Exception {
        try (Namespace namespace = new Namespace();
                Program server = namespace.start(java(report(), SocketEcho.class, "0.0.0.0", PORT))) {
            server.awaitLine("ready");
            for (String address : List.of(Testbed.APPLICATION, "127.0.0.1")) {
                try (Program client = namespace.start(onTheKernel(SocketExchange.class, address, PORT, CONNECTIONS))) {
                    assertThat(client.awaitSuccess()).endsWith("all " + CONNECTIONS + " echoed");
                }
            }
            assertThat(server.terminate()).doesNotContain("warning");
        }
        assertThat(established()).isEqualTo(Long.parseLong(CONNECTIONS));
    }

    @Test
    void socketsReachBothWorlds() throws Exception {
        try (Namespace namespace = new Namespace();
                Program server = namespace.start(onTheKernel(SocketEcho.class, "0.0.0.0", PORT))) {
            server.awaitLine("ready");
            try (Program client =
                    namespace.start(java(report(), SocketExchange.class, Testbed.PEER, PORT, CONNECTIONS))) {
                assertThat(client.awaitSuccess()).endsWith("all " + CONNECTIONS + " echoed");
            }
            assertThat(established()).isEqualTo(Long.parseLong(CONNECTIONS));
            try (Program client =
                    namespace.start(java(report(), SocketExchange.class, "127.0.0.1", PORT, CONNECTIONS))) {
                assertThat(client.awaitSuccess()).endsWith("all " + CONNECTIONS + " echoed");
            }
            assertThat(established()).isZero();
        }
    }

    @Test
    void channelsAreCaptured() throws Exception {
        try (Namespace namespace = new Namespace();
                Program server = namespace.start(java(report(), NioEcho.class, Testbed.APPLICATION, PORT))) {
            server.awaitLine("ready");
            try (Program client =
                    namespace.start(onTheKernel(SocketExchange.class, Testbed.APPLICATION, PORT, CONNECTIONS))) {
                client.awaitSuccess();
            }
            server.terminate();
        }
        assertThat(established()).isEqualTo(Long.parseLong(CONNECTIONS));
    }

    @Test
    void anAgentThatIsToldNonsenseLeavesTheProgramOnTheKernel() throws Exception {
        try (Namespace namespace = new Namespace();
                Program server = namespace.start(onTheKernel(SocketEcho.class, "0.0.0.0", PORT))) {
            server.awaitLine("ready");
            try (Program client =
                    namespace.start(java("nonsense=1", SocketExchange.class, "127.0.0.1", PORT, CONNECTIONS))) {
                assertThat(client.awaitSuccess())
                        .startsWith("perilune: warning: everything stays on the kernel: perilune.nonsense")
                        .endsWith("all " + CONNECTIONS + " echoed");
            }
        }
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_24) // which were the first to refuse it
    void whereNativeCodeIsRefusedTheProgramStaysOnTheKernel() throws Exception {
        List<String> command = java("", SocketExchange.class, "127.0.0.1", PORT, CONNECTIONS);
        command.add(1, "--illegal-native-access=deny");
        try (Namespace namespace = new Namespace();
                Program server = namespace.start(onTheKernel(SocketEcho.class, "0.0.0.0", PORT))) {
            server.awaitLine("ready");
            try (Program client = namespace.start(command)) {
                assertThat(client.awaitSuccess())
                        .startsWith(
                                "perilune: warning: everything stays on the kernel: perilune.link=tap cannot be opened: this JVM refuses")
                        .endsWith("all " + CONNECTIONS + " echoed");
            }
        }
    }
}
