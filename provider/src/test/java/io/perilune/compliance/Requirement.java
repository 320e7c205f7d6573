package io.perilune.compliance;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One row of a table: a requirement in our words, the tests that show it, and where none does, or not all of it, why.
 *
 * @param label the RFC's own, as MUST-58, or section/number where the RFC has none
 * @param level MUST, SHOULD NOT, MAY... or empty
 * @param section where it is in the RFC
 * @param words what is asked, in our words
 * @param tests package-relative names, as {@code tcp.TcpStatesTest.Established#method}, in order
 * @param reason why it is not done, or what the tests leave open; empty if nothing
 */
record Requirement(String label, String level, String section, String words, List<String> tests, String reason) {

    private static final int COLUMNS = 6;

    /** Reads a line of the file. */
    static Requirement parse(String line) {
        String[] columns = line.split("\t", -1);
        if (columns.length != COLUMNS) {
            throw new IllegalArgumentException(columns.length + " columns instead of " + COLUMNS + ": " + line);
        }
        List<String> tests = Arrays.stream(columns[4].split(" "))
                .filter(name -> !name.isEmpty())
                .toList();
        return new Requirement(columns[0], columns[1], columns[2], columns[3], tests, columns[5]);
    }

    /** Returns the same row with other tests. */
    Requirement withTests(List<String> others) {
        return new Requirement(label, level, section, words, others, reason);
    }

    /** Returns the line of the file. */
    String line() {
        return String.join("\t", label, level, section, words, String.join(" ", tests), reason);
    }

    /** Returns the line of the page's table. */
    String row() {
        String shown = tests.stream().map(Requirement::shortName).collect(Collectors.joining("<br>"));
        String outcome = tests.isEmpty() ? "no: " + reason : reason.isEmpty() ? shown : shown + "<br>but: " + reason;
        return "| " + label + " | " + level + " | " + words.replace("|", "\\|") + " | " + outcome.replace("|", "\\|")
                + " |";
    }

    private static String shortName(String test) {
        return "`" + test + "`";
    }
}
