package io.perilune.doctor;

import java.util.List;

/** What all findings come to. */
public enum Verdict {
    /** All is well. */
    PASSED("PASSED", 0),
    /** Perilune runs, but not all of it, or worse than it could. */
    PASSED_WITH_ISSUES("PASSED WITH ISSUES", 0),
    /** Perilune does not run, or not rightly. */
    FAILED("FAILED", 1);

    private final String words;
    private final int exitCode;

    Verdict(String words, int exitCode) {
        this.words = words;
        this.exitCode = exitCode;
    }

    /** Returns that of the worst finding. */
    public static Verdict of(List<Finding> findings) {
        Verdict worst = PASSED;
        for (Finding finding : findings) {
            if (finding.result() == Finding.Result.FAILED) {
                return FAILED;
            }
            if (finding.result() == Finding.Result.ADVICE) {
                worst = PASSED_WITH_ISSUES;
            }
        }
        return worst;
    }

    /** Returns it as printed. */
    public String words() {
        return words;
    }

    /** Returns what a command that comes to this ends with. */
    public int exitCode() {
        return exitCode;
    }
}
