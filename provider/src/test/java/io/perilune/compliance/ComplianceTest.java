package io.perilune.compliance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the tables of requirements against the tests. {@code -Dperilune.compliance=write} writes the names of the tests
 * into the tables, and the pages, before it checks them.
 */
class ComplianceTest {

    private static final String REMEDY = "run ComplianceTest with -Dperilune.compliance=write";
    private static final String ROOT = "io.perilune.";

    /** An annotation and the method that bears it. */
    private record Shown(Rfc rfc, Method method) {

        String name() {
            String type = method.getDeclaringClass().getName().replace('$', '.');
            return type.substring(ROOT.length()) + "#" + method.getName();
        }
    }

    private static final List<Shown> SHOWN = findAll();

    @BeforeAll
    static void write() throws IOException {
        if ("write".equals(System.getProperty("perilune.compliance"))) {
            for (ComplianceTable table : ComplianceTable.readAll()) {
                String text = table.withTests(byLabel(table.number)).text();
                Files.writeString(ComplianceTable.file(table.number), text);
            }
            Files.writeString(CompliancePages.OF_STANDARD, standardPage());
            Files.writeString(CompliancePages.OF_OTHERS, otherPage());
        }
    }

    static List<Integer> numbers() throws IOException {
        return ComplianceTable.readAll().stream().map(table -> table.number).toList();
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void everyRequirementIsShownByATestOrHasAReason(int number) throws IOException {
        ComplianceTable table = ComplianceTable.read(number);
        List<String> open = table.rows.stream()
                .filter(row -> row.tests().isEmpty() && row.reason().isBlank())
                .map(Requirement::label)
                .toList();
        assertThat(open).as("labels with neither test nor reason").isEmpty();
        List<String> labels = table.rows.stream().map(Requirement::label).toList();
        assertThat(labels).isNotEmpty().doesNotHaveDuplicates();
        assertThat(table.rows.stream().map(Requirement::words)).noneMatch(String::isBlank);
        assertThat(table.rows.stream().map(Requirement::section)).allMatch(s -> s.matches("[0-9A-Z]+(\\.[0-9]+)*"));
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void theTestsThatTheTableNamesAreThoseThatNameIt(int number) throws IOException {
        ComplianceTable table = ComplianceTable.read(number);
        assertThat(Files.readString(ComplianceTable.file(number)))
                .as(REMEDY)
                .isEqualTo(table.withTests(byLabel(number)).text());
    }

    @Test
    void thePagesAreMadeOfTheTables() throws IOException {
        assertThat(Files.readString(CompliancePages.OF_STANDARD)).as(REMEDY).isEqualTo(standardPage());
        assertThat(Files.readString(CompliancePages.OF_OTHERS)).as(REMEDY).isEqualTo(otherPage());
    }

    @Test
    void everyAnnotationNamesARowOfItsSection() throws IOException {
        for (Shown shown : SHOWN) {
            assertThat(ComplianceTable.file(shown.rfc.number()))
                    .as("the table of RFC %d, which %s names", shown.rfc.number(), shown.name())
                    .exists();
            ComplianceTable table = ComplianceTable.read(shown.rfc.number());
            for (String label : shown.rfc.label()) {
                List<String> sections = table.rows.stream()
                        .filter(row -> row.label().equals(label))
                        .map(Requirement::section)
                        .toList();
                assertThat(sections)
                        .as("the section of %s, which %s names", label, shown.name())
                        .containsExactly(shown.rfc.section());
            }
        }
    }

    @Test
    void onlyTestsAreAnnotated() {
        assertThat(SHOWN).isNotEmpty().allSatisfy(shown -> assertThat(shown.method.isAnnotationPresent(Test.class)
                        || shown.method.isAnnotationPresent(ParameterizedTest.class))
                .as(shown.name())
                .isTrue());
    }

    /** RFC 9293, appendix B: the labels run without gaps. */
    @Test
    void noLabelOfAppendixBIsMissing() throws IOException {
        List<String> all = new ArrayList<>();
        addLabels(all, "MUST-", 69);
        addLabels(all, "SHLD-", 31);
        addLabels(all, "MAY-", 18);
        addLabels(all, "REC-", 1);
        List<String> present = ComplianceTable.read(9293).rows.stream()
                .map(Requirement::label)
                .filter(label -> !label.contains("/"))
                .toList();
        assertThat(present).containsExactlyInAnyOrderElementsOf(all);
    }

    private static void addLabels(List<String> labels, String kind, int last) {
        for (int i = 1; i <= last; i++) {
            labels.add(kind + i);
        }
    }

    private static String standardPage() throws IOException {
        return CompliancePages.standard(ComplianceTable.read(CompliancePages.STANDARD));
    }

    private static String otherPage() throws IOException {
        return CompliancePages.others(ComplianceTable.readAll().stream()
                .filter(table -> table.number != CompliancePages.STANDARD)
                .toList());
    }

    private static Map<String, SortedSet<String>> byLabel(int number) {
        Map<String, SortedSet<String>> tests = new TreeMap<>();
        for (Shown shown : SHOWN) {
            if (shown.rfc.number() == number) {
                for (String label : shown.rfc.label()) {
                    tests.computeIfAbsent(label, key -> new TreeSet<>()).add(shown.name());
                }
            }
        }
        return tests;
    }

    private static List<Shown> findAll() {
        List<Shown> all = new ArrayList<>();
        try {
            Path root = Path.of(ComplianceTest.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            List<Path> files;
            try (Stream<Path> walk = Files.walk(root)) {
                files = walk.filter(file -> file.toString().endsWith(".class")).toList();
            }
            for (Path file : files) {
                String name = root.relativize(file).toString().replace('/', '.');
                Class<?> type = Class.forName(
                        name.substring(0, name.length() - ".class".length()),
                        false,
                        ComplianceTest.class.getClassLoader());
                for (Method method : type.getDeclaredMethods()) {
                    for (Rfc rfc : method.getAnnotationsByType(Rfc.class)) {
                        all.add(new Shown(rfc, method));
                    }
                }
            }
        } catch (Exception e) {
            throw new IllegalStateException("the test classes cannot be searched", e);
        }
        return all;
    }
}
