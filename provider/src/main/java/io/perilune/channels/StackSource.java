package io.perilune.channels;

import io.perilune.loop.UserStack;
import java.nio.channels.Selector;
import java.nio.channels.spi.SelectorProvider;

/** Where channels get the two worlds from. Implemented by the composition root. Any thread. */
public interface StackSource {

    /** Returns the JDK's own provider, never null. */
    SelectorProvider kernelProvider();

    /** Returns the user-space stack, which is started by the first call, or null when everything runs on the kernel. */
    UserStack stackOrNull();

    /**
     * Returns the descriptor that is readable while one of a kernel selector's channels is ready, or {@link
     * io.perilune.link.Sleeper#NO_DESCRIPTOR} when it cannot be known.
     */
    int epollDescriptor(Selector kernelSelector);
}
