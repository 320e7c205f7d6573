package io.perilune.cli;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The environment variable that every JVM reads, however it is started: with it, each below a command has the agent. ({@code
 * JDK_JAVA_OPTIONS} is read by the {@code java} command alone, and not by programs that bring a JVM in another way, as
 * those of jpackage and jsvc do.)
 */
final class JavaToolOptions {

    static final String VARIABLE = "JAVA_TOOL_OPTIONS";

    private JavaToolOptions() {}

    /**
     * Returns the variable's value with the agent in it, behind what is there.
     *
     * @param before its value, null for none
     * @throws IOException in words, if a JVM could not read the jar's path there
     */
    static String withAgent(String before, Path jar) throws IOException {
        String option = "-javaagent:" + jar;
        if (option.indexOf('=') >= 0) {
            throw new IOException("a JVM takes an agent's path to end at '=': put " + jar + " elsewhere");
        }
        if (option.indexOf('"') >= 0 && option.indexOf('\'') >= 0) {
            throw new IOException("quotes of both kinds are in " + jar + ": put it elsewhere");
        }
        // A JVM splits the value at white space, and keeps together what is in quotes of either kind.
        if (option.matches("(?s).*[\\s\"'].*")) {
            String quote = option.indexOf('"') >= 0 ? "'" : "\"";
            option = quote + option + quote;
        }
        if (before == null || before.isBlank()) {
            return option;
        }
        return (" " + before + " ").contains(" " + option + " ") ? before : before + " " + option;
    }
}
