package io.perilune.doctor;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Prints findings as they come, and what they come to. One thread. */
public final class Report {

    private static final String ROW = "%-14s %-7s %s%n";

    private final PrintWriter out;
    private final List<Finding> findings = new ArrayList<>();

    /** Prints the head of the table. */
    public Report(PrintWriter out) {
        this.out = out;
        out.printf(ROW, "CHECK", "RESULT", "FOUND");
        out.flush();
    }

    /** Prints a row. */
    public void add(Finding finding) {
        findings.add(finding);
        out.printf(ROW, finding.check(), finding.result().word(), finding.found());
        out.flush();
    }

    /** Prints the advice and, in the last line, what it all comes to, which it returns. */
    public Verdict end() {
        for (Finding finding : findings) {
            if (!finding.advice().isEmpty()) {
                out.printf("%n%s: %s%n  %s%n", finding.check(), finding.found(), finding.advice());
            }
        }
        Verdict verdict = Verdict.of(findings);
        out.printf("%n%s%n", verdict.words());
        out.flush();
        return verdict;
    }
}
