package io.perilune.agent;

import java.lang.instrument.Instrumentation;

/**
 * What the JVM calls, by {@code -javaagent:perilune.jar=key=value,...} or when somebody attaches (the package
 * specification of java.lang.instrument). Never throws: whatever fails, the program runs on the kernel, with one line
 * that says why.
 */
public final class Agent {

    /** The system property that tells who attached what became of it. */
    static final String STATUS_PROPERTY = "io.perilune.agent";

    private static boolean prepared;

    private Agent() {}

    /** Called before the program's main method. */
    public static void premain(String arguments, Instrumentation instrumentation) {
        start(arguments, instrumentation, false);
    }

    /** Called in a running JVM, each time that somebody attaches. */
    public static void agentmain(String arguments, Instrumentation instrumentation) {
        start(arguments, instrumentation, true);
    }

    private static synchronized void start(String arguments, Instrumentation instrumentation, boolean running) {
        try {
            if (!prepared) {
                // Before any class of channels is loaded: what names one of ours may load it.
                JdkModules.open(instrumentation);
                instrumentation.addTransformer(new OurClasses());
                NativeAccess.take(instrumentation);
                prepared = true;
            }
            System.setProperty(STATUS_PROPERTY, Capture.start(arguments, instrumentation, running));
        } catch (Exception | LinkageError e) {
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            System.setProperty(STATUS_PROPERTY, "failed: " + reason);
            System.err.println("perilune: warning: everything stays on the kernel: " + reason);
        }
    }
}
