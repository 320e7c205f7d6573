package io.perilune.dpdk;

import java.io.IOException;

/** DPDK's environment in this process. */
final class Eal {

    private Eal() {}

    /**
     * Starts it, or does nothing if it runs: DPDK does this once a process, so the first link's needs decide.
     *
     * @throws IOException with DPDK's reason
     */
    static synchronized void start(String[] arguments) throws IOException {
        NativeLoader.load();
        Native.ealStart(arguments);
    }

    /** Returns the end of DPDK's log, for whoever looks for the cause of trouble. */
    static String log() {
        return Native.ealLog();
    }
}
