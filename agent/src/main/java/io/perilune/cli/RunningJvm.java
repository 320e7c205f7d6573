package io.perilune.cli;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.stream.Stream;

/** A JVM of this machine, reached by the JDK's attach API (com.sun.tools.attach). */
final class RunningJvm {

    private static final String STATUS_PROPERTY = "io.perilune.agent";
    private static final String FAILED = "failed: ";
    private static final String REFUSED = "refused: ";

    private RunningJvm() {}

    /**
     * Has a JVM load this jar's agent with the given arguments.
     *
     * @return what became of it, in one line
     * @throws IOException in words, if it cannot be reached or its agent could not do it
     */
    static String loadAgent(String pid, String arguments) throws IOException {
        VirtualMachine machine = attach(pid);
        try {
            machine.loadAgent(OwnJar.path().toString(), arguments);
            Properties properties = machine.getSystemProperties();
            String status = properties.getProperty(STATUS_PROPERTY, FAILED + "it did not say what became of it");
            if (status.startsWith(FAILED) || status.startsWith(REFUSED)) {
                throw new IOException("JVM " + pid + ": " + status.substring(status.indexOf(' ') + 1));
            }
            return status;
        } catch (AgentLoadException | AgentInitializationException e) {
            throw new IOException("JVM " + pid + " does not load the agent: " + e.getMessage(), e);
        } finally {
            machine.detach();
        }
    }

    private static VirtualMachine attach(String pid) throws IOException {
        ensureJvm(pid);
        try {
            return VirtualMachine.attach(pid);
        } catch (AttachNotSupportedException | IOException e) {
            throw new IOException(
                    "JVM " + pid + " cannot be reached: " + e.getMessage() + ". Is there a JVM of that number (`jps`"
                            + " lists them), run by this user, and not started with -XX:+DisableAttachMechanism?",
                    e);
        }
    }

    /** The JDK's API of 17 sends a signal that ends whatever is no JVM. */
    private static void ensureJvm(String pid) throws IOException {
        Path maps = Path.of("/proc", pid, "maps");
        if (!Files.exists(maps)) {
            throw new IOException("there is no process " + pid + "; `jps` lists the JVMs");
        }
        try (Stream<String> lines = Files.lines(maps)) {
            if (lines.noneMatch(line -> line.endsWith("libjvm.so"))) {
                throw new IOException("process " + pid + " is no JVM; `jps` lists those that are");
            }
        } catch (UncheckedIOException e) {
            throw new IOException("process " + pid + " lets this user not look at it: " + e.getMessage(), e);
        } catch (AccessDeniedException e) {
            throw new IOException("process " + pid + " belongs to another user: attach as that user, or as root", e);
        }
    }
}
