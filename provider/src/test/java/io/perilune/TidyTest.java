package io.perilune;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The house rules that no other tool of the build holds. Each failure names the files to mend. */
class TidyTest {

    private static final Path TOP = Path.of("..");
    private static final int LINES_MAX = 800;
    /** A little more than Java has: a command that is cut is harder to read than a long one. */
    private static final int COLUMNS_MAX = 130;

    /** In two parts, so that this file does not find itself. */
    private static final Pattern UNFINISHED = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|X" + "XX)\\b");

    private static final Pattern SAYS_NOTHING = Pattern.compile(".*(Manager|Helper|Utils?)\\.java");

    private static List<Path> files(String... endings) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(TOP, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                String name = folder.getFileName().toString();
                return name.equals("target") || name.equals(".git")
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (Stream.of(endings).anyMatch(file.toString()::endsWith)) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return files;
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = files(".java", ".c", ".h", ".sh", "/perilune");
        assertThat(sources).hasSizeGreaterThan(200);
        return sources;
    }

    private static List<String> lines(Path file, Predicate<String> wrong) throws IOException {
        List<String> found = new ArrayList<>();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            if (wrong.test(lines.get(i))) {
                found.add(file + ":" + (i + 1) + ": " + lines.get(i).strip());
            }
        }
        return found;
    }

    @Test
    void noFileIsLongerThanAReaderCanHold() throws IOException {
        for (Path file : sources()) {
            assertThat(Files.readAllLines(file)).as("split %s", file).hasSizeLessThanOrEqualTo(LINES_MAX);
        }
    }

    @Test
    void nothingIsLeftForLater() throws IOException {
        List<String> left = new ArrayList<>();
        for (Path file : sources()) {
            left.addAll(lines(file, line -> UNFINISHED.matcher(line).find()));
        }
        assertThat(left).as("finish it, or leave it out").isEmpty();
    }

    /** Spotless sees to Java's lines. */
    @Test
    void linesOfOtherFilesFitTheScreen() throws IOException {
        List<String> wide = new ArrayList<>();
        for (Path file : files(".c", ".h", ".sh", "/perilune")) {
            wide.addAll(lines(file, line -> line.length() > COLUMNS_MAX || line.endsWith(" ") || line.contains("\t")));
        }
        assertThat(wide)
                .as("%d columns, no tabs, no blanks at the end", COLUMNS_MAX)
                .isEmpty();
    }

    @Test
    void everyPackageOfTheProductSaysWhatItIs() throws IOException {
        for (Path file : files(".java")) {
            if (file.toString().contains("/src/main/java/")) {
                Path about = file.resolveSibling("package-info.java");
                assertThat(about).as("the package of %s", file).exists();
                assertThat(Files.readString(about)).startsWith("/**");
            }
        }
    }

    @Test
    void everyFileIsNamedForWhatItIs() throws IOException {
        assertThat(files(".java")).as("name what it does").noneMatch(file -> SAYS_NOTHING
                .matcher(file.getFileName().toString())
                .matches());
    }

    @Test
    void nobodySignsAndNoFileRepeatsTheLicence() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : sources()) {
            found.addAll(lines(file, line -> line.contains("@" + "author") || line.contains("Copy" + "right")));
        }
        assertThat(found).isEmpty();
    }
}
