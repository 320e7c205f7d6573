package io.perilune.loop;

import io.perilune.config.Setting;
import io.perilune.config.Settings;

/**
 * Does at the orderly end of the JVM what the kernel would do after it (D9): brings what was written to the peers,
 * closes all sockets in order, and all that in bounded time.
 */
public final class DrainOnExit implements Runnable {

    private final UserStack stack;
    private final long mostNs;

    /** Makes it; whoever knows when the JVM exits runs it. */
    public DrainOnExit(UserStack stack, Settings settings) {
        this.stack = stack;
        this.mostNs = settings.number(Setting.DRAIN);
    }

    @Override
    public void run() {
        long startNs = System.nanoTime();
        // First only wait: where this is one hook of several, others may still use their sockets.
        stack.drain(mostNs);
        stack.closeSockets();
        stack.drain(mostNs - (System.nanoTime() - startNs));
        stack.close();
    }
}
