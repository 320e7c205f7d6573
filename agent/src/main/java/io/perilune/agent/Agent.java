package io.perilune.agent;

import java.io.File;
import java.lang.instrument.Instrumentation;
import java.net.URISyntaxException;
import java.util.jar.JarFile;

/**
 * What the JVM calls, by {@code -javaagent:perilune.jar=key=value,...} or when somebody attaches (the package
 * specification of java.lang.instrument). Never throws: whatever fails, the program runs on the kernel, with one line
 * that says why.
 *
 * <p>This class is the program's class loader's. All else must be the JDK's own, as classes of java.base will call it: so
 * the jar joins the boot class path first, and the rest is found there.
 */
public final class Agent {

    private static final String CAPTURE = "io.perilune.agent.Capture";

    private Agent() {}

    /** Called before the program's main method. */
    public static void premain(String arguments, Instrumentation instrumentation) {
        start(arguments, instrumentation);
    }

    /** Called in a running JVM, each time that somebody attaches. */
    public static void agentmain(String arguments, Instrumentation instrumentation) {
        start(arguments, instrumentation);
    }

    private static void start(String arguments, Instrumentation instrumentation) {
        try {
            try (JarFile jar = new JarFile(ownJar())) {
                instrumentation.appendToBootstrapClassLoaderSearch(jar);
            }
            Class.forName(CAPTURE, true, null)
                    .getMethod("start", String.class, Instrumentation.class)
                    .invoke(null, arguments, instrumentation);
        } catch (Throwable e) { // the program must not fail for the agent's sake, whatever this is
            System.err.println("perilune: warning: everything stays on the kernel: the agent cannot start: " + e);
        }
    }

    private static File ownJar() throws URISyntaxException {
        return new File(
                Agent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
