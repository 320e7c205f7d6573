package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code java -jar perilune.jar}. */
class CommandLineTest {

    private static final int WRONG = 2;

    @Test
    void helpSaysWhatThereIsAskedOrNot() throws Exception {
        assertThat(run(0, "--help"))
                .startsWith("Usage: perilune")
                .contains("run", "doctor", "selftest", "settings", "--version");
        assertThat(run(0)).isEqualTo(run(0, "--help"));
        assertThat(run(0, "help", "settings")).contains("perilune settings").contains("Lists all settings");
    }

    @Test
    void theVersionIsTheBuilds() throws Exception {
        assertThat(run(0, "--version")).matches("Perilune [0-9]+\\.[0-9]+\\.[0-9]+(-SNAPSHOT)?");
    }

    @Test
    void settingsAreThoseOfTheReadme() throws Exception {
        List<String> keys = run(0, "settings")
                .lines()
                .skip(1)
                .filter(line -> !line.startsWith(" "))
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
        List<String> readme = Files.readAllLines(Path.of("../README.md")).stream()
                .dropWhile(line -> !line.startsWith("| key | default |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> line.substring(3, line.indexOf('`', 3)))
                .toList();
        assertThat(keys).hasSizeGreaterThan(10).isEqualTo(readme);
    }

    @Test
    void whatMakesNoSenseEndsWithTwo() throws Exception {
        assertThat(run(WRONG, "dance")).contains("'dance'").contains("Usage: perilune");
        assertThat(run(WRONG, "--fast")).contains("--fast").contains("Usage: perilune");
        assertThat(run(WRONG, "run")).contains("COMMAND").contains("Usage: perilune run");
        assertThat(run(WRONG, "run", "-o", "link", "--", "true")).contains("KEY=VALUE");
        assertThat(run(WRONG, "settings", "more")).contains("more").contains("Usage: perilune settings");
    }

    private static String run(int code, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java", "-jar", System.getProperty("perilune.test.jar")));
        Collections.addAll(command, arguments);
        try (Program program = new Program(new ProcessBuilder(command))) {
            assertThat(program.awaitEnd()).as(program.output()).isEqualTo(code);
            return program.output();
        }
    }
}
