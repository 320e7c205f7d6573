package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code java -jar perilune.jar doctor} and {@code selftest}, on this machine and with less than it has. */
class SelfTestCommandTest {

    private static final String TESTS = "[0-9]{3} tests passed(, [0-9]+ left out)?";
    private static final String LOOPBACK = "(?m)^loopback +ok +" + TESTS + ", [0-9]+ s$";
    private static final String TAP = "(?m)^over a tap +ok +" + TESTS + ", [0-9]{4,} frames, [0-9]+ s$";

    @TempDir
    private Path folder;

    private Path interfaces;

    @BeforeEach
    void listInterfaces() throws Exception {
        interfaces = folder.resolve("interfaces");
        Files.writeString(interfaces, names());
    }

    /** The machine is as it was: nothing is left in the folder for temporary files, and no interface. */
    @AfterEach
    void nothingIsLeft() throws Exception {
        assertThat(names()).isEqualTo(Files.readString(interfaces));
        try (Stream<Path> files = Files.list(temporary())) {
            assertThat(files).isEmpty();
        }
    }

    private static String names() throws Exception {
        return Files.readString(Path.of("/proc/net/dev")).replaceAll("(?m):.*$", "");
    }

    private Path temporary() throws Exception {
        return Files.createDirectories(folder.resolve("temporary"));
    }

    private String run(int code, List<String> before, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(before);
        Collections.addAll(
                command,
                System.getProperty("java.home") + "/bin/java",
                "-XX:-UsePerfData",
                "-Djava.io.tmpdir=" + temporary(),
                "-jar",
                System.getProperty("perilune.test.jar"));
        Collections.addAll(command, arguments);
        try (Program program = new Program(new ProcessBuilder(command))) {
            assertThat(program.awaitEnd()).as(program.output()).isEqualTo(code);
            return program.output();
        }
    }

    @Test
    void doctorPassesWhereTheTestsCanRun() throws Exception {
        assertThat(run(0, List.of(), "doctor"))
                .containsPattern("(?m)^library +ok ")
                .containsPattern("(?m)^tap +ok ")
                .containsPattern("\nPASSED( WITH ISSUES)?$")
                .doesNotContain("WARNING");
    }

    @Test
    void doctorSaysWhatAUserWithoutRightsCanDo() throws Exception {
        assertThat(run(0, List.of("unshare", "--user"), "doctor"))
                .containsPattern("(?m)^tap +advice +.*CAP_NET_ADMIN")
                .contains("run as root (sudo)")
                .endsWith("PASSED WITH ISSUES");
    }

    @Test
    void doctorFailsWithAWrongSetting() throws Exception {
        assertThat(run(1, List.of(), "doctor", "-o", "link=rope"))
                .containsPattern("(?m)^settings +failed +perilune.link=rope")
                .endsWith("FAILED");
        assertThat(run(1, List.of("env", "PERILUNE_NONSENSE=1"), "doctor"))
                .contains("perilune.nonsense (environment)")
                .endsWith("FAILED");
    }

    @Test
    void selftestPassesOverTheLoopbackAndATap() throws Exception {
        assertThat(run(0, List.of("env", "JAVA_TOOL_OPTIONS=-Da=b"), "selftest"))
                .containsPattern("(?m)^library +ok ")
                .containsPattern(LOOPBACK)
                .containsPattern(TAP)
                .containsPattern("\nPASSED( WITH ISSUES)?$")
                .doesNotContain("failed");
    }

    @Test
    void selftestLeavesOutWhatAUserWithoutRightsCannotDo() throws Exception {
        assertThat(run(0, List.of("unshare", "--user"), "selftest"))
                .containsPattern(LOOPBACK)
                .containsPattern("(?m)^over a tap +advice +not tried: no network namespace")
                .endsWith("PASSED WITH ISSUES");
    }

    @Test
    void selftestSaysHowToGetTheDeviceOfTaps() throws Exception {
        String hidden = "mount --bind " + temporary() + " /dev/net && exec \"$@\"";
        assertThat(run(0, List.of("unshare", "--mount", "sh", "-c", hidden, "sh"), "selftest"))
                .containsPattern(LOOPBACK)
                .containsPattern("(?m)^over a tap +advice +not tried: there is no /dev/net/tun$")
                .contains("modprobe tun")
                .endsWith("PASSED WITH ISSUES");
    }
}
