package io.perilune;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the documents say of the code is so. */
class DocumentsTest {

    private static final Path README = Path.of("../README.md");
    private static final Path ARCHITECTURE = Path.of("ARCHITECTURE.md");
    private static final Pattern FILE = Pattern.compile("`([A-Za-z0-9/_-]+\\.(java|c))`");

    @Test
    void theReadmesTableOfSettingsIsThatOfTheCode() throws IOException {
        List<String> table = Files.readAllLines(README).stream()
                .dropWhile(line -> !line.startsWith("| key | default |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .toList();
        assertThat(table)
                .containsExactlyElementsOf(
                        Arrays.stream(Setting.values()).map(DocumentsTest::row).toList());
    }

    @Test
    void everyFileThatThePageOnTheArchitectureNamesIsThere() throws IOException {
        List<String> named = new ArrayList<>();
        Matcher matcher = FILE.matcher(Files.readString(ARCHITECTURE));
        while (matcher.find()) {
            named.add(matcher.group(1));
        }
        assertThat(named).hasSizeGreaterThan(30).allSatisfy(file -> assertThat(path(file))
                .exists());
    }

    @Test
    void everyPackageThatThePageOnTheArchitectureOrdersIsThere() throws IOException {
        String order = Files.readAllLines(ARCHITECTURE).stream()
                .filter(line -> line.contains("<- memory <-"))
                .findFirst()
                .orElseThrow();
        List<String> packages = Arrays.stream(order.replace("<- root", "").split("<-|,"))
                .map(String::strip)
                .toList();
        assertThat(packages).hasSize(12).allSatisfy(name -> assertThat(sources().resolve(name))
                .isDirectory());
    }

    private static String row(Setting setting) {
        String value = setting.defaultValue().isEmpty() ? "" : "`" + setting.defaultValue() + "`";
        String text = setting.kind().allowed() + " | " + setting.sentence();
        return "| `" + setting.key() + "` | " + value + " | " + text.replace("server|client", "server\\|client") + " |";
    }

    private static Path path(String file) {
        if (!file.endsWith(".c")) {
            return sources().resolve(file);
        }
        Path name = Path.of(file).getFileName();
        return Path.of("../native-src/src").resolve(name);
    }

    private static Path sources() {
        return Path.of("src/main/java/io/perilune");
    }
}
