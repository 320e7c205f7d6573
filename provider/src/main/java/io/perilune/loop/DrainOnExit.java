package io.perilune.loop;

import io.perilune.config.Setting;
import io.perilune.config.Settings;

/**
 * Does at the orderly end of the JVM what the kernel would do after it (D9): brings what was written to the peers, closes
 * all sockets in order, and all that in bounded time.
 */
public final class DrainOnExit implements Runnable {

    private final UserStack stack;
    private final long mostNs;

    /** Makes it; {@link #install} has the JVM run it. */
    public DrainOnExit(UserStack stack, Settings settings) {
        this.stack = stack;
        this.mostNs = settings.number(Setting.DRAIN);
    }

    /**
     * Has it run when the JVM exits.
     *
     * @throws IllegalStateException if the JVM is about to exit already
     */
    public void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(null, this, "perilune-drain", 0, false));
    }

    @Override
    public void run() {
        long startNs = System.nanoTime();
        // First only wait: other hooks may still use their sockets.
        stack.drain(mostNs);
        stack.closeSockets();
        stack.drain(mostNs - (System.nanoTime() - startNs));
        stack.close();
    }
}
