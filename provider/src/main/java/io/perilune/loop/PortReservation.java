package io.perilune.loop;

import java.net.InetSocketAddress;

/** A local port that is held in the user-space stack until it is used or closed. Any thread. */
public final class PortReservation implements AutoCloseable {

    private PortReservation() {}

    /** The address asked for, with the port that was given. */
    public InetSocketAddress local() {
        throw new UnsupportedOperationException();
    }

    /** Gives the port back unless a connect or listen has taken it over. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
