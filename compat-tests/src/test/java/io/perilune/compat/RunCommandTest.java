package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.Probe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code java -jar perilune.jar run}: a command, and every JVM that it starts on Perilune. */
class RunCommandTest {

    private static final String JAVA = System.getProperty("java.home") + "/bin/java";
    private static final String CLASSES = System.getProperty("perilune.test.programs");
    private static final int CANNOT_START = 127;

    @TempDir
    private Path folder;

    private static Program startFrom(String jar, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(JAVA, "-jar", jar, "run"));
        Collections.addAll(command, arguments);
        return new Program(new ProcessBuilder(command));
    }

    private static Program start(String... arguments) throws Exception {
        return startFrom(System.getProperty("perilune.test.jar"), arguments);
    }

    /** Runs a script that starts two JVMs, one after the other, of which the last writes a report of its stack. */
    private void assertThatJvmsBelowAreOnPerilune(String jar) throws Exception {
        Path report = folder.resolve("the report");
        String line = JAVA + " -cp " + CLASSES + " " + Probe.class.getName();
        try (Program program = startFrom(
                jar,
                "-o",
                "link=none",
                "-o",
                "loopback=user",
                "--option",
                "required=true",
                "--option=report=" + report,
                "--",
                "sh",
                "-c",
                line + " && " + line)) {
            assertThat(program.awaitSuccess())
                    .startsWith("Picked up JAVA_TOOL_OPTIONS: ")
                    .doesNotContain("fails", "WARNING")
                    .endsWith("works: 40\nworks: 41");
        }
        assertThat(OneJvmTest.counter(report, "tcp.connections.established")).isEqualTo(4);
    }

    @Test
    void everyJvmBelowTheCommandIsOnPerilune() throws Exception {
        assertThatJvmsBelowAreOnPerilune(System.getProperty("perilune.test.jar"));
    }

    @Test
    void theJarMayBeInAFolderWithSpacesAndAnApostropheInItsName() throws Exception {
        Path jar = Files.createDirectory(folder.resolve("its user's own")).resolve("perilune.jar");
        Files.copy(Path.of(System.getProperty("perilune.test.jar")), jar);
        assertThatJvmsBelowAreOnPerilune(jar.toString());
    }

    @Test
    void aFolderThatNoJvmReadsAsAnAgentsIsNamed() throws Exception {
        Path jar = Files.createDirectory(folder.resolve("a=b")).resolve("perilune.jar");
        Files.copy(Path.of(System.getProperty("perilune.test.jar")), jar);
        try (Program program = startFrom(jar.toString(), "--", "true")) {
            assertThat(program.awaitEnd()).isEqualTo(1);
            assertThat(program.output()).contains("'='", jar.toString());
        }
    }

    @Test
    void itEndsWithTheCommandsCode() throws Exception {
        try (Program program = start("--", "sh", "-c", "echo -- \"$@\"; exit 7", "sh", "-o", "--option")) {
            assertThat(program.awaitEnd()).isEqualTo(7);
            assertThat(program.output()).isEqualTo("-- -o --option");
        }
        try (Program program = start("/no/such/command")) {
            assertThat(program.awaitEnd()).isEqualTo(CANNOT_START);
            assertThat(program.output()).contains("/no/such/command");
        }
    }

    @Test
    void aSignalEndsTheCommandWhichHasTheLastWord() throws Exception {
        Path told = folder.resolve("told");
        String script = "trap 'echo to end >" + told + "; exit 143' TERM; echo ready; while :; do sleep 0.1; done";
        try (Program program = start("sh", "-c", script)) {
            program.awaitLine("ready").terminate();
            assertThat(told).hasContent("to end");
        }
    }
}
