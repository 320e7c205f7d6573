package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher, as a user types it. */
class LauncherTest {

    private static final Path TOP = Path.of("..").toAbsolutePath().normalize();
    private static final String JAVA = System.getProperty("java.home") + "/bin/java";
    private static final String CLASSES = System.getProperty("perilune.test.programs");
    private static final String WORKS = "works: 40\nworks: 41";
    private static final int WRONG = 2;

    @TempDir
    private Path folder;

    @Test
    void itRunsAProgramByItsJavaCommandInAnyFolder() throws Exception {
        try (Namespace namespace = new Namespace()) {
            String output = run(namespace, "-o", "required=true", "--", JAVA, "-cp", CLASSES, Probe.class.getName())
                    .awaitSuccess();
            assertThat(output).endsWith(WORKS);
        }
    }

    @Test
    void itRunsAScriptThatStartsJava() throws Exception {
        Path script = folder.resolve("start it");
        Files.writeString(script, "#!/bin/sh\nexec " + JAVA + " -cp " + CLASSES + " " + Probe.class.getName() + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        Path report = folder.resolve("the report");
        try (Namespace namespace = new Namespace()) {
            String output = run(
                            namespace,
                            "-o",
                            "required=true",
                            "--option",
                            "loopback=user",
                            "--option=report=" + report,
                            "--",
                            script.toString())
                    .awaitSuccess();
            assertThat(output).endsWith(WORKS);
            assertThat(Files.readAllLines(report)).anyMatch(line -> line.matches("loopback\\.frames [1-9][0-9]*"));
        }
    }

    @Test
    void whatTheVariableHadStaysInIt() throws Exception {
        try (Program program = start(
                "env",
                "JAVA_TOOL_OPTIONS=-Da=b",
                TOP + "/perilune",
                "run",
                "--",
                "sh",
                "-c",
                "echo $JAVA_TOOL_OPTIONS")) {
            assertThat(program.awaitSuccess())
                    .startsWith("-Da=b ")
                    .contains("-javaagent:" + TOP)
                    .contains("perilune.jar");
        }
    }

    @Test
    void theCommandTakesTheLaunchersPlaceWithItsCodeAndSignals() throws Exception {
        try (Program program = start(TOP + "/perilune", "run", "sh", "-c", "exit 7")) {
            assertThat(program.awaitEnd()).isEqualTo(7);
        }
        try (Program program = start(TOP + "/perilune", "run", "sh", "-c", "echo ready; exec sleep 100")) {
            program.awaitLine("ready").terminate();
        }
    }

    @Test
    void whatTheJarDoesTheLauncherDoes() throws Exception {
        try (Program program = start(TOP + "/perilune", "doctor", "-o", "mtu=12")) {
            assertThat(program.awaitEnd()).isEqualTo(1);
            assertThat(program.output()).contains("perilune.mtu=12").endsWith("FAILED");
        }
    }

    @Test
    void itWorksFromAFolderWithSpacesInItsName() throws Exception {
        Path link = folder.resolve("a folder");
        Files.createSymbolicLink(link, TOP);
        try (Program program = start(link + "/perilune", "help")) {
            assertThat(program.awaitSuccess()).startsWith("usage: ./perilune COMMAND");
        }
    }

    @Test
    void itSaysWhatIsWrongWithACommandAndEndsWithTwo() throws Exception {
        assertWrong("there is no command 'dance'", "dance");
        assertWrong("test knows no option --most", "test", "--most");
        assertWrong("run takes a command", "run");
        assertWrong("run knows no option --fast", "run", "--fast", "--", "java");
        assertWrong("'link' is not KEY=VALUE", "run", "-o", "link", "--", "java");
        assertWrong("-o takes KEY=VALUE", "run", "-o");
    }

    @Test
    void aWrongSettingIsNamedByTheProgramItself() throws Exception {
        try (Namespace namespace = new Namespace()) {
            String output = run(namespace, "-o", "lnk=tap", "--", JAVA, "-cp", CLASSES, Probe.class.getName())
                    .awaitSuccess();
            assertThat(output)
                    .contains("perilune.lnk (environment) is not a setting")
                    .endsWith(WORKS);
        }
    }

    @Test
    void withoutRootItSaysWhatToType() throws Exception {
        for (String command : List.of("demo", "test", "bench")) {
            try (Program program = start("unshare", "--user", TOP + "/perilune", command)) {
                assertThat(program.awaitEnd()).isEqualTo(WRONG);
                assertThat(program.output())
                        .contains("makes network namespaces and taps, which needs root. Type: sudo ")
                        .endsWith("/perilune " + command);
            }
        }
    }

    @Test
    void withoutTunItSaysHowToGetIt() throws Exception {
        String hidden = "mount --bind " + folder + " /dev/net && exec " + TOP + "/perilune demo";
        try (Program program = start("unshare", "--mount", "sh", "-c", hidden)) {
            assertThat(program.awaitEnd()).isEqualTo(WRONG);
            assertThat(program.output()).contains("there is no /dev/net/tun. Type: modprobe tun");
        }
    }

    @Test
    void withoutAptItNamesWhatIsMissing() throws Exception {
        assertThat(buildWithout("maven", ""))
                .contains("missing: maven (Debian's names), and there is no apt-get to install them");
    }

    @Test
    void withoutRootForAptItSaysWhatToType() throws Exception {
        fake("apt-get", "exit 0");
        assertThat(buildWithout("maven", "unshare --user "))
                .contains("missing: maven. As root, type: apt-get install -y --no-install-recommends maven");
    }

    @Test
    void anAptThatFailsIsQuoted() throws Exception {
        fake("apt-get", "echo no route to the mirror; exit 100");
        assertThat(buildWithout("maven", ""))
                .contains("installing maven", "no route to the mirror", "apt-get could not install them");
    }

    /** Builds where nothing but these commands is there; returns what it said when it gave up. */
    private String buildWithout(String missing, String prefix) throws Exception {
        Path commands = Files.createDirectories(folder.resolve("commands"));
        for (String name : List.of(
                "bash",
                "sh",
                "dirname",
                "readlink",
                "id",
                "mktemp",
                "tail",
                "rm",
                "unshare",
                "javac",
                "gcc",
                "make",
                "objcopy",
                "pkg-config")) {
            Path command = commands.resolve(name);
            if (!Files.exists(command)) {
                Files.writeString(command, "#!/bin/sh\nexec " + find(name) + " \"$@\"\n");
                assertThat(command.toFile().setExecutable(true)).isTrue();
            }
        }
        String line = "PATH=" + commands + " exec " + prefix + TOP + "/perilune build";
        try (Program program = start("/bin/sh", "-c", line)) {
            assertThat(program.awaitEnd()).as(missing).isEqualTo(WRONG);
            return program.output();
        }
    }

    private void fake(String name, String script) throws IOException {
        Path command = Files.createDirectories(folder.resolve("commands")).resolve(name);
        Files.writeString(command, "#!/bin/sh\n" + script + "\n");
        assertThat(command.toFile().setExecutable(true)).isTrue();
    }

    private static Path find(String command) {
        return Arrays.stream(System.getenv("PATH").split(":"))
                .map(directory -> Path.of(directory, command))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + command + " in the PATH"));
    }

    private static void assertWrong(String message, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(TOP + "/perilune"));
        Collections.addAll(command, arguments);
        try (Program program = start(command.toArray(new String[0]))) {
            assertThat(program.awaitEnd()).isEqualTo(WRONG);
            assertThat(program.output()).contains(message);
        }
    }

    private static Program start(String... command) throws IOException {
        return new Program(new ProcessBuilder(command).directory(Path.of("/").toFile()));
    }

    private static Program run(Namespace namespace, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(TOP + "/perilune", "run"));
        Collections.addAll(command, arguments);
        return namespace.start(command);
    }
}
