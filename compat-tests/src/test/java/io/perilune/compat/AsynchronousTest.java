package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.perilune.compat.programs.AsynchronousEcho;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The provider of asynchronous channels is installed as the JDK's javadoc says; both ends are in one JVM. */
class AsynchronousTest {

    private static final String PORT = "7000";
    private static final int CONNECTIONS = 20;
    private static final int LAST_JDK_WITH_POLICIES = 23;
    private static final String SERVICE = "java.nio.channels.spi.AsynchronousChannelProvider";
    private static final String PROVIDER = "io.perilune.PeriluneAsynchronousChannelProvider";

    @TempDir
    private Path folder;

    @Test
    void byTheSystemProperty() throws Exception {
        assertThat(run(List.of("-D" + SERVICE + "=" + PROVIDER)))
                .contains("provider " + PROVIDER)
                .endsWith("all " + CONNECTIONS + " echoed");
        assertThat(established()).isGreaterThanOrEqualTo(2L * CONNECTIONS);
    }

    @Test
    void byAFileInMetaInfServices() throws Exception {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(SERVICE), PROVIDER + "\n");
        assertThat(run(List.of("-Xbootclasspath/a:" + folder)))
                .contains("provider " + PROVIDER)
                .endsWith("all " + CONNECTIONS + " echoed");
        assertThat(established()).isGreaterThanOrEqualTo(2L * CONNECTIONS);
    }

    @Test
    void theModuleJavaBaseIsEnough() throws Exception {
        assertThat(run(List.of("-D" + SERVICE + "=" + PROVIDER, "--limit-modules=java.base")))
                .endsWith("all " + CONNECTIONS + " echoed");
        assertThat(established()).isGreaterThanOrEqualTo(2L * CONNECTIONS);
    }

    @Test
    void aPolicyThatGrantsSocketsIsEnough() throws Exception {
        assertThat(run(policy("connect,accept,listen,resolve"))).endsWith("all " + CONNECTIONS + " echoed");
        assertThat(established()).isGreaterThanOrEqualTo(2L * CONNECTIONS);
    }

    @Test
    void aPolicyHoldsForAcceptsThatWait() throws Exception {
        try (Program program = start(policy("connect,listen,resolve"))) {
            assertThat(program.awaitEnd()).isNotZero();
            assertThat(program.output())
                    .contains("Caused by: java.security.AccessControlException: access denied"
                            + " (\"java.net.SocketPermission\" \"127.0.0.1:");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "3", "-1"})
    void thePropertiesOfTheDefaultGroupCount(String initialSize) throws Exception {
        assertThat(run(List.of(
                        "-D" + SERVICE + "=" + PROVIDER,
                        "-Djava.nio.channels.DefaultThreadPool.threadFactory="
                                + AsynchronousEcho.NamedThreads.class.getName(),
                        "-Djava.nio.channels.DefaultThreadPool.initialSize=" + initialSize)))
                .contains("accepted by thread of the program's own")
                .endsWith("all " + CONNECTIONS + " echoed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"initialSize=many", "threadFactory=no.such.Factory", "threadFactory=java.lang.String"})
    void aPropertyThatCannotBeIsAnError(String property) throws Exception {
        List<String> options =
                List.of("-D" + SERVICE + "=" + PROVIDER, "-Djava.nio.channels.DefaultThreadPool." + property);
        try (Program program = start(options)) {
            assertThat(program.awaitEnd()).isNotZero();
            assertThat(program.output())
                    .contains("java.lang.Error: Value of property 'java.nio.channels.DefaultThreadPool.");
        }
    }

    private List<String> policy(String actions) throws Exception {
        assumeTrue(Runtime.version().feature() <= LAST_JDK_WITH_POLICIES, "this JDK has no security policies");
        Path policy = folder.resolve("policy");
        Files.writeString(policy, "grant { permission java.net.SocketPermission \"*\", \"" + actions + "\"; };\n");
        return List.of("-D" + SERVICE + "=" + PROVIDER, "-Djava.security.manager", "-Djava.security.policy==" + policy);
    }

    private long established() throws Exception {
        return OneJvmTest.counter(folder.resolve("report"), "tcp.connections.established");
    }

    private String run(List<String> options) throws Exception {
        try (Program program = start(options)) {
            return program.awaitSuccess();
        }
    }

    private Program start(List<String> options) throws Exception {
        List<String> all = new ArrayList<>(Testbed.perilune(Map.of(
                "link", "none",
                "loopback", "user",
                "required", "true",
                "report", folder.resolve("report").toString())));
        all.addAll(options);
        List<String> command = Testbed.java(all, AsynchronousEcho.class, "127.0.0.1", PORT, "" + CONNECTIONS);
        return new Program(new ProcessBuilder(command));
    }
}
