package io.perilune.loop;

import java.net.InetSocketAddress;

/** A listening socket of the user-space stack. Any thread. */
public final class UserListener {

    private UserListener() {}

    /** UserSocket.ACCEPTABLE or 0. */
    public int readyOps() {
        throw new UnsupportedOperationException();
    }

    public void addListener(ReadyListener listener) {
        throw new UnsupportedOperationException();
    }

    public void removeListener(ReadyListener listener) {
        throw new UnsupportedOperationException();
    }

    /** The oldest established connection, or null; never blocks. */
    public UserSocket accept() {
        throw new UnsupportedOperationException();
    }

    public InetSocketAddress localAddress() {
        throw new UnsupportedOperationException();
    }

    public void close() {
        throw new UnsupportedOperationException();
    }
}
