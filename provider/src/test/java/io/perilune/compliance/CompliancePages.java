package io.perilune.compliance;

import java.nio.file.Path;
import java.util.List;

/** The two pages to read: one of TCP's standard, one of the RFCs beside it. */
final class CompliancePages {

    /** TCP's standard. */
    static final int STANDARD = 9293;

    static final Path OF_STANDARD = Path.of("RFC9293.md");
    static final Path OF_OTHERS = Path.of("RFCs.md");

    private static final String WORDS =
            """
            What is asked, in our words, and the tests that show it; or why it is not so. Labels such as MUST-58 are the RFC's; those of
            the form section/number are ours, for what it says without one. Names of tests are below `src/test/java/io/perilune/`.

            `ComplianceTest` makes this page of `src/test/resources/compliance` and of the tests' `@Rfc`, and fails when they differ; with
            `-Dperilune.compliance=write` it writes both anew.
            """;

    private CompliancePages() {}

    /** Returns the page of the standard. */
    static String standard(ComplianceTable table) {
        StringBuilder page = new StringBuilder("# RFC 9293: " + table.title + "\n\n" + WORDS + "\n");
        page.append(count(table)).append(" [RFCs.md](RFCs.md) has the RFCs beside it.\n");
        table.render(page, "##");
        return page.toString();
    }

    /** Returns the page of the others. */
    static String others(List<ComplianceTable> tables) {
        StringBuilder page = new StringBuilder("# The RFCs beside RFC 9293\n\n" + WORDS);
        page.append("\nRFC 1122 §4.2 is all in [RFC 9293](RFC9293.md), which took its requirements over.\n");
        for (ComplianceTable table : tables) {
            page.append("\n## RFC ")
                    .append(table.number)
                    .append(": ")
                    .append(table.title)
                    .append("\n\n");
            page.append(count(table)).append('\n');
            table.render(page, "###");
        }
        return page.toString();
    }

    private static String count(ComplianceTable table) {
        long partly = table.rows.size() - table.shown() - table.notDone();
        return "Shown: " + table.shown() + ". Shown in part: " + partly + ". Not done: " + table.notDone() + ".";
    }
}
