package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.AsynchronousExchange;
import io.perilune.compat.programs.NioEcho;
import io.perilune.compat.programs.Providers;
import io.perilune.compat.programs.SocketEcho;
import io.perilune.compat.programs.SocketExchange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
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
    void asynchronousChannelsReachBothWorlds() throws Exception {
        try (Namespace namespace = new Namespace();
                Program server = namespace.start(onTheKernel(SocketEcho.class, "0.0.0.0", PORT))) {
            server.awaitLine("ready");
            for (String address : List.of(Testbed.PEER, "127.0.0.1")) {
                try (Program client =
                        namespace.start(java(report(), AsynchronousExchange.class, address, PORT, CONNECTIONS))) {
                    assertThat(client.awaitSuccess()).endsWith("all " + CONNECTIONS + " echoed");
                }
                assertThat(established()).isEqualTo(address.equals(Testbed.PEER) ? Long.parseLong(CONNECTIONS) : 0);
            }
            try (Program client = namespace.start(
                    java(report() + ",capture=nio,socket", AsynchronousExchange.class, "127.0.0.1", PORT, "1"))) {
                assertThat(client.awaitSuccess()).endsWith("all 1 echoed");
            }
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

    @Test
    @EnabledForJreRange(max = JRE.JAVA_23) // the last that have policies
    void whereAPolicyGrantsTheAgentNothingTheProgramStaysOnTheKernel() throws Exception {
        Path policy = Files.writeString(
                folder.resolve("policy"),
                "grant codeBase \"file:" + System.getProperty("perilune.test.programs")
                        + "/-\" { permission java.security.AllPermission; };\n");
        List<String> command = java("", SocketExchange.class, "127.0.0.1", PORT, CONNECTIONS);
        command.addAll(1, List.of("-Djava.security.manager", "-Djava.security.policy==" + policy));
        try (Namespace namespace = new Namespace();
                Program server = namespace.start(onTheKernel(SocketEcho.class, "0.0.0.0", PORT))) {
            server.awaitLine("ready");
            try (Program client = namespace.start(command)) {
                assertThat(client.awaitSuccess())
                        .contains("perilune: warning: everything stays on the kernel: access denied")
                        .endsWith("all " + CONNECTIONS + " echoed");
            }
        }
    }

    private String providers(List<String> command) throws Exception {
        try (Namespace namespace = new Namespace();
                Program program = namespace.start(command)) {
            return program.awaitSuccess();
        }
    }

    @Test
    void nothingOfDpdkIsLoadedBeforeSomethingNeedsIt() throws Exception {
        assertThat(providers(java("required=true", Providers.class)))
                .contains("at the start: no DPDK")
                .contains("after asking for the provider: no DPDK")
                .contains("after a channel: DPDK");
    }

    @Test
    void onlyWhatIsToBeCapturedIs() throws Exception {
        assertThat(providers(java("capture=socket", Providers.class)))
                .contains("channels: sun.nio.ch.")
                .contains("after a socket on localhost/127.0.0.1: DPDK");
        assertThat(providers(java("capture=nio", Providers.class)))
                .contains("channels: io.perilune.PeriluneSelectorProvider")
                .contains("after a socket on localhost/127.0.0.1: no DPDK")
                .contains("after a channel: DPDK");
    }

    @Test
    void whatIsToBeCapturedIsChecked() throws Exception {
        assertThat(providers(java("capture=nio,sockets", Providers.class)))
                .containsOnlyOnce("warning")
                .startsWith("perilune: warning: everything stays on the kernel: perilune.capture=nio,sockets")
                .contains("nio, socket, async")
                .contains("after a channel: no DPDK");
    }

    @Test
    void theJarInTheClassPathIsEnoughForChannels() throws Exception {
        List<String> command = onTheKernel(Providers.class);
        String classPath = System.getProperty("perilune.test.programs");
        command.set(command.indexOf(classPath), classPath + ":" + System.getProperty("perilune.test.jar"));
        assertThat(providers(command)).contains("channels: io.perilune.PeriluneSelectorProvider");
    }

    @Test
    void programsInJarsAndModulesAreTaken() throws Exception {
        Path jar = folder.resolve("app.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Providers.class.getName());
        String file = Providers.class.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            out.putNextEntry(new ZipEntry(file));
            Files.copy(Path.of(System.getProperty("perilune.test.programs"), file), out);
        }
        String agent = "-javaagent:" + System.getProperty("perilune.test.jar") + "=required=true";
        String java = System.getProperty("java.home") + "/bin/java";
        assertThat(providers(List.of(java, agent, "-jar", jar.toString())))
                .contains("channels: io.perilune.PeriluneSelectorProvider")
                .contains("module: null");
        String main = "app/" + Providers.class.getName();
        assertThat(providers(List.of(java, agent, "-p", jar.toString(), "-m", main)))
                .contains("channels: io.perilune.PeriluneSelectorProvider")
                .contains("after a channel: DPDK")
                .contains("module: app");
    }
}
