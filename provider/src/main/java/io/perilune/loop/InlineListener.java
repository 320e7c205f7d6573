package io.perilune.loop;

import io.perilune.tcp.TcpSocketOptions;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;

/**
 * A listening socket, on each shard, whose connections become inline sockets in the turn in which their handshake is
 * complete. Who extends it makes those.
 */
public abstract class InlineListener {

    private final InetSocketAddress local;
    private final InlineShardListener[] parts;

    /**
     * Listens as {@link UserStack#listen} does, but to be told within the turn. Any thread but in a handler.
     *
     * @throws BindException as there
     */
    protected InlineListener(UserStack stack, PortReservation reservation, int backlog, TcpSocketOptions options)
            throws SocketException {
        local = reservation.local();
        parts = stack.listenInline(this, reservation, backlog, options);
    }

    /**
     * Makes the socket of a connection from a peer. The streams' thread; what it throws is counted and logged, and the
     * connection is reset.
     */
    protected abstract InlineSocket accepted(UserStack stack);

    /** The address asked for, with the port. Any thread. */
    public final InetSocketAddress localAddress() {
        return local;
    }

    /** Stops listening; connections not yet accepted are reset. Any thread, in a handler too. */
    public final void close() {
        for (InlineShardListener part : parts) {
            part.close();
        }
    }
}
