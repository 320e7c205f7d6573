package io.perilune.agent;

import java.lang.instrument.Instrumentation;

/**
 * What the JVM calls, by {@code -javaagent:perilune.jar=key=value,...} or when somebody attaches (the package
 * specification of java.lang.instrument). Never throws: whatever fails, the program runs on the kernel, with one line
 * that says why.
 */
public final class Agent {

    private Agent() {}

    /** Called before the program's main method. */
    public static void premain(String arguments, Instrumentation instrumentation) {
        Capture.start(arguments, instrumentation);
    }

    /** Called in a running JVM, each time that somebody attaches. */
    public static void agentmain(String arguments, Instrumentation instrumentation) {
        Capture.start(arguments, instrumentation);
    }
}
