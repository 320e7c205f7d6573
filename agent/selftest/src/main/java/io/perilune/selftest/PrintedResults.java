package io.perilune.selftest;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** Prints what became of each test, a line for each and a trace for each that failed. JUnit's threads. */
final class PrintedResults implements TestExecutionListener {

    private final PrintStream out;

    PrintedResults(PrintStream to) {
        out = new PrintStream(to, true, StandardCharsets.UTF_8);
    }

    void world(String name) {
        out.println("world " + name);
    }

    void frames(long count) {
        out.println("frames " + count);
    }

    void end() {
        out.println("end");
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        out.println("skipped " + name(test) + ": " + line(reason));
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        Throwable cause = result.getThrowable().orElse(null);
        String message =
                cause == null ? "" : ": " + line(cause.getMessage() == null ? cause.toString() : cause.getMessage());
        switch (result.getStatus()) {
            case SUCCESSFUL:
                if (test.isTest()) {
                    out.println("passed " + name(test));
                }
                break;
            case ABORTED:
                out.println("skipped " + name(test) + message);
                break;
            default:
                // A class fails by what is around its tests: that counts as a test.
                StringWriter trace = new StringWriter();
                if (cause != null) {
                    cause.printStackTrace(new PrintWriter(trace, true));
                }
                out.println("failed " + name(test) + message + "\n"
                        + trace.toString().indent(4));
                break;
        }
    }

    private static String name(TestIdentifier test) {
        String described = test.getDisplayName();
        return test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(MethodSource.class::cast)
                .map(source -> simple(source.getClassName()) + "." + source.getMethodName()
                        + (described.startsWith(source.getMethodName()) ? "" : " " + line(described)))
                .orElse(line(described));
    }

    private static String simple(String className) {
        return className.substring(className.lastIndexOf('.') + 1);
    }

    private static String line(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
