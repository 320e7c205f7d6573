package io.perilune.dpdk;

import io.perilune.link.Sleeper;
import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.channels.spi.SelectorProvider;

/**
 * What the JDK shows to native code only: its module boundaries do not hold there. Needs a library of its own, which
 * needs nothing but libc: where DPDK's cannot be loaded, the kernel's sockets still can be had.
 */
public final class JdkInternals {

    private static final NativeLibrary LIBRARY = new NativeLibrary("libperilune-jdk.so");

    private static SelectorProvider kernelProvider;

    private JdkInternals() {}

    /**
     * Returns the JDK's own provider, though the system's default may be another. Any thread.
     *
     * @throws IOException if it cannot be had: on another system than Linux on x86-64, unless {@code --add-exports
     *     java.base/sun.nio.ch=ALL-UNNAMED} shows it to Java
     */
    public static synchronized SelectorProvider kernelProvider() throws IOException {
        if (kernelProvider == null) {
            kernelProvider = findProvider();
        }
        return kernelProvider;
    }

    /**
     * Returns the descriptor that is readable when one of the JDK's selectors has something ready, or {@link
     * Sleeper#NO_DESCRIPTOR} if it is none that is known. Any thread.
     */
    public static int epollDescriptor(Selector kernelSelector) {
        return LIBRARY.isLoaded() ? descriptor(kernelSelector) : Sleeper.NO_DESCRIPTOR;
    }

    /**
     * Has a task run when the JVM exits in order, after all of the program's shutdown hooks have ended: what they still
     * send and receive is served till then. Any thread.
     *
     * @throws IOException if this cannot be had: the task will not be run
     */
    public static void runAfterShutdownHooks(Runnable task) throws IOException {
        LIBRARY.load();
        if (!last(task)) {
            throw new IOException("this JDK has no place behind the shutdown hooks, or another has taken it");
        }
    }

    private static SelectorProvider findProvider() throws IOException {
        try {
            LIBRARY.load();
            return provider();
        } catch (IOException e) {
            try {
                return (SelectorProvider) Class.forName("sun.nio.ch.DefaultSelectorProvider")
                        .getMethod("get")
                        .invoke(null);
            } catch (ReflectiveOperationException hidden) {
                e.addSuppressed(hidden);
                throw new IOException(
                        "the JDK's own channels cannot be reached: " + e.getMessage()
                                + "; without the library java needs --add-exports java.base/sun.nio.ch=ALL-UNNAMED",
                        e);
            }
        }
    }

    private static native SelectorProvider provider();

    private static native int descriptor(Selector kernelSelector);

    private static native boolean last(Runnable task);
}
