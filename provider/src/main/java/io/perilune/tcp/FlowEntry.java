package io.perilune.tcp;

import io.perilune.time.Timer;

/**
 * What the {@link ConnectionTable} finds by addresses and ports: a connection, a half-open one, or one in TIME-WAIT. It
 * is its own node on the timer wheel. Owned by the shard's driver.
 */
abstract class FlowEntry extends Timer {

    long localHigh;
    long localLow;
    long remoteHigh;
    long remoteLow;
    /** Local port in the high half, remote port in the low half. */
    int ports;

    int hash;

    /**
     * Whether a socket with these options may be bound to the local port, on which nobody listens any more, while this
     * is there. A half-open connection does not outlive its listener, and so has no say.
     */
    boolean tolerates(boolean reuseAddress, boolean reusePort) {
        return true;
    }

    final boolean matches(long localHigh, long localLow, long remoteHigh, long remoteLow, int ports) {
        return this.ports == ports
                && this.remoteLow == remoteLow
                && this.localLow == localLow
                && this.remoteHigh == remoteHigh
                && this.localHigh == localHigh;
    }

    final void copyTuple(FlowEntry other) {
        localHigh = other.localHigh;
        localLow = other.localLow;
        remoteHigh = other.remoteHigh;
        remoteLow = other.remoteLow;
        ports = other.ports;
        hash = other.hash;
    }

    final int localPortNumber() {
        return ports >>> 16;
    }

    final int remotePortNumber() {
        return ports & 0xFFFF;
    }
}
