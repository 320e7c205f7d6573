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

    /** Begins the status where nothing is captured; whoever finds our provider without us leaves it at that. */
    private static final String FAILED = "failed: ";
    /** Begins it where all stays as it was. */
    private static final String REFUSED = "refused: ";

    private static boolean prepared;
    private static boolean captured;

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
            tell(Capture.start(arguments, instrumentation, running));
            captured = true;
        } catch (Throwable e) { // whatever it is: thrown on, it would end the program
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            boolean on = isOn();
            System.err.println(
                    "perilune: warning: everything stays " + (on ? "as it is: " : "on the kernel: ") + reason);
            tell((on ? REFUSED : FAILED) + reason);
        }
    }

    /** Whether an earlier call has captured something. */
    private static boolean isOn() {
        return captured && Capture.isOn();
    }

    private static void tell(String status) {
        try {
            System.setProperty(STATUS_PROPERTY, status);
        } catch (SecurityException e) {
            // A policy that grants us nothing: the warning has been printed, and who attached learns that nothing was
            // said.
            assert status.startsWith(FAILED) : e;
        }
    }
}
