package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.perilune.compat.programs.InOneJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JVMs that have, or may do, less than others; both ends of the connections are in them, over the loopback link. */
class RestrictedJvmTest {

    private static final String PORT = "7000";
    private static final String CONNECTIONS = "20";
    private static final int LAST_JDK_WITH_POLICIES = 23;

    @TempDir
    private Path folder;

    @Test
    void theModuleJavaBaseIsEnough() throws Exception {
        assertThat(run(List.of("--limit-modules=java.base"))).contains("all " + CONNECTIONS + " echoed");
        assertThat(OneJvmTest.counter(folder.resolve("report"), "tcp.connections.established"))
                .isGreaterThanOrEqualTo(2 * Long.parseLong(CONNECTIONS));
    }

    @Test
    void aPolicyThatGrantsSocketsIsEnough() throws Exception {
        assertThat(run(policy("permission java.net.SocketPermission \"*\", \"connect,accept,listen,resolve\";")))
                .contains("all " + CONNECTIONS + " echoed");
        assertThat(OneJvmTest.counter(folder.resolve("report"), "tcp.connections.established"))
                .isGreaterThanOrEqualTo(2 * Long.parseLong(CONNECTIONS));
    }

    @Test
    void aPolicyHoldsInUserSpace() throws Exception {
        List<String> listening =
                policy("permission java.net.SocketPermission \"localhost:1024-\", \"accept,listen,resolve\";");
        try (Program program = start(listening)) {
            assertThat(program.awaitEnd()).isNotZero();
            assertThat(program.output())
                    .contains("java.security.AccessControlException: access denied"
                            + " (\"java.net.SocketPermission\" \"127.0.0.1:" + PORT + "\" \"connect,resolve\")");
        }
    }

    private List<String> policy(String permission) throws Exception {
        assumeTrue(Runtime.version().feature() <= LAST_JDK_WITH_POLICIES, "this JDK has no security policies");
        Path policy = folder.resolve("policy");
        Files.writeString(policy, "grant { " + permission + " };\n");
        return List.of("-Djava.security.manager", "-Djava.security.policy==" + policy);
    }

    private String run(List<String> options) throws Exception {
        try (Program program = start(options)) {
            return program.awaitSuccess();
        }
    }

    private Program start(List<String> options) throws Exception {
        List<String> all = new ArrayList<>(options);
        all.addAll(Testbed.perilune(Map.of(
                "link", "none",
                "loopback", "user",
                "required", "true",
                "report", folder.resolve("report").toString())));
        List<String> command = Testbed.java(all, InOneJvm.class, "127.0.0.1", PORT, CONNECTIONS);
        return new Program(new ProcessBuilder(command));
    }
}
