package io.perilune.doctor;

import java.util.Objects;

/**
 * What a check found. Immutable.
 *
 * @param check what was looked at
 * @param result whether it is well
 * @param found what is there, in a line
 * @param advice what to do about it: empty if it is well
 */
public record Finding(String check, Result result, String found, String advice) {

    /** How well it is. */
    public enum Result {
        /** Nothing is to be done. */
        OK("ok"),
        /** Perilune runs, but not all of it, or worse than it could. */
        ADVICE("advice"),
        /** Perilune does not run. */
        FAILED("failed");

        private final String word;

        Result(String word) {
            this.word = word;
        }

        /** Returns its word in the table. */
        public String word() {
            return word;
        }
    }

    /** Makes one; what is not well has advice. */
    public Finding {
        Objects.requireNonNull(found);
        if ((result == Result.OK) != advice.isEmpty()) {
            throw new IllegalArgumentException(check + " is " + result + " with the advice '" + advice + "'");
        }
    }

    /** Returns one that is well. */
    public static Finding ok(String check, String found) {
        return new Finding(check, Result.OK, found, "");
    }

    /** Returns one that could be better. */
    public static Finding advice(String check, String found, String advice) {
        return new Finding(check, Result.ADVICE, found, advice);
    }

    /** Returns one with which nothing works. */
    public static Finding failed(String check, String found, String advice) {
        return new Finding(check, Result.FAILED, found, advice);
    }
}
