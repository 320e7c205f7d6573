package io.perilune.dpdk;

import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.channels.spi.SelectorProvider;

/** What the JDK shows to native code only: its module boundaries do not hold there. Needs the library, not DPDK. */
public final class JdkInternals {

    private JdkInternals() {}

    /**
     * Returns the JDK's own provider, though the system's default may be another. Any thread.
     *
     * @throws IOException if the native library does not load
     */
    public static SelectorProvider kernelProvider() throws IOException {
        NativeLoader.load();
        return Native.kernelProvider();
    }

    /**
     * Returns the descriptor that is readable when one of the JDK's selectors has something ready, or {@link
     * io.perilune.link.Sleeper#NO_DESCRIPTOR} if it is none that is known. Any thread; the selector came from {@link
     * #kernelProvider}, so the library is loaded.
     */
    public static int epollDescriptor(Selector kernelSelector) {
        return Native.epollDescriptor(kernelSelector);
    }
}
