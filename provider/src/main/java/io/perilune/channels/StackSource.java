package io.perilune.channels;

import io.perilune.loop.UserStack;
import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.channels.spi.SelectorProvider;

/** Where channels get the two worlds from. Implemented by the composition root. Any thread. */
public interface StackSource {

    /**
     * Returns the JDK's own provider, never null.
     *
     * @throws IOException if it cannot be found
     */
    SelectorProvider kernelProvider() throws IOException;

    /**
     * Returns the user-space stack, which is started by the first call, or null when everything runs on the kernel.
     *
     * @throws IOException if it cannot start although {@code perilune.required} says that it must
     */
    UserStack stackOrNull() throws IOException;

    /**
     * Returns the descriptor that is readable while one of a kernel selector's channels is ready, or {@link
     * io.perilune.link.Sleeper#NO_DESCRIPTOR} when it cannot be known.
     */
    int epollDescriptor(Selector kernelSelector);
}
