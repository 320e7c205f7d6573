package io.perilune.compliance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The requirements of one RFC, as a file of rows and as a page to read. */
final class ComplianceTable {

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
        return Path.of("src/test/resources/compliance/rfc" + number + ".tsv");
    }

    static Path page(int number) {
        return Path.of("RFC" + number + ".md");
    }

    /** Returns the same table with the tests that are given by label. */
    ComplianceTable withTests(Map<String, TreeSet<String>> byLabel) {
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

    /** Returns the text of the page. */
    String rendered() {
        long tested = rows.stream()
                .filter(row -> !row.tests().isEmpty() && row.reason().isEmpty())
                .count();
        long partly = rows.stream()
                .filter(row -> !row.tests().isEmpty() && !row.reason().isEmpty())
                .count();
        StringBuilder page = new StringBuilder();
        page.append("# RFC ").append(number).append(": ").append(title).append("\n\n");
        page.append("What the RFC asks, in our words, and the test that shows it; or why it is not so. ");
        page.append("Labels are the RFC's; those of the form\nsection/number are ours, for what it says without one. ");
        page.append("Names of tests are below `src/test/java/io/perilune/`.\n\n");
        page.append("Shown: ").append(tested).append(". Shown in part: ").append(partly);
        page.append(". Not done: ").append(rows.size() - tested - partly).append(".\n\n");
        page.append("`ComplianceTest` makes this page of `")
                .append(file(number))
                .append("` and of the tests'\n");
        page.append("`@Rfc`, and fails when they differ; with `-Dperilune.compliance=write` it writes both anew.\n");
        String section = null;
        for (Requirement row : rows) {
            if (!row.section().equals(section)) {
                section = row.section();
                page.append("\n## §").append(section).append("\n\n");
                page.append("| label | level | what is asked | tests |\n| --- | --- | --- | --- |\n");
            }
            page.append(row.row()).append('\n');
        }
        return page.toString();
    }
}
