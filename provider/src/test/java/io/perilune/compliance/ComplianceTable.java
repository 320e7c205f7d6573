package io.perilune.compliance;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** The requirements of one RFC, as a file of rows and as a page to read. */
final class ComplianceTable {

    private static final Path DIRECTORY = Path.of("src/test/resources/compliance");

    final int number;
    final String title;
    final List<Requirement> rows;

    private ComplianceTable(int number, String title, List<Requirement> rows) {
        this.number = number;
        this.title = title;
        this.rows = rows;
    }

    /** Reads the table of an RFC: a first line with its title, a second with the names of the columns, then rows. */
    static ComplianceTable read(int number) throws IOException {
        List<String> lines = Files.readAllLines(file(number));
        List<Requirement> rows = new ArrayList<>();
        for (String line : lines.subList(2, lines.size())) {
            rows.add(Requirement.parse(line));
        }
        return new ComplianceTable(number, lines.get(0), rows);
    }

    static Path file(int number) {
        return DIRECTORY.resolve("rfc" + number + ".tsv");
    }

    /** Returns the tables of all RFCs, by their numbers. */
    static List<ComplianceTable> readAll() throws IOException {
        List<Integer> numbers = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(DIRECTORY, "rfc*.tsv")) {
            for (Path file : files) {
                numbers.add(Integer.valueOf(file.getFileName().toString().replaceAll("[^0-9]", "")));
            }
        }
        Collections.sort(numbers);
        List<ComplianceTable> tables = new ArrayList<>();
        for (int number : numbers) {
            tables.add(read(number));
        }
        return tables;
    }

    /** Returns the same table with the tests that are given by label. */
    ComplianceTable withTests(Map<String, SortedSet<String>> byLabel) {
        List<Requirement> others = rows.stream()
                .map(row -> row.withTests(List.copyOf(byLabel.getOrDefault(row.label(), new TreeSet<>()))))
                .toList();
        return new ComplianceTable(number, title, others);
    }

    /** Returns the text of the file. */
    String text() {
        StringBuilder text = new StringBuilder(title).append('\n');
        text.append("label\tlevel\tsection\twords\ttests\treason\n");
        rows.forEach(row -> text.append(row.line()).append('\n'));
        return text.toString();
    }

    /** Returns the rows that are shown by tests and leave nothing open. */
    long shown() {
        return rows.stream()
                .filter(row -> !row.tests().isEmpty() && row.reason().isEmpty())
                .count();
    }

    /** Returns the rows that no test shows. */
    long notDone() {
        return rows.stream().filter(row -> row.tests().isEmpty()).count();
    }

    /** Appends the sections, as headings of the given depth and tables. */
    void render(StringBuilder page, String heading) {
        String section = null;
        for (Requirement row : rows) {
            if (!row.section().equals(section)) {
                section = row.section();
                page.append('\n').append(heading).append(" §").append(section).append("\n\n");
                page.append("| label | level | what is asked | tests |\n| --- | --- | --- | --- |\n");
            }
            page.append(row.row()).append('\n');
        }
    }
}
