package io.perilune.loop;

import io.perilune.tcp.TcpAcceptor;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpListener;
import io.perilune.tcp.TcpSocketOptions;
import java.net.InetSocketAddress;
import java.net.SocketException;

/**
 * A listening socket whose connections become inline sockets, in the turn in which their handshake is complete. Who
 * extends it makes those.
 */
public abstract class InlineListener extends InlineSource implements TcpAcceptor {

    private final InetSocketAddress local;

    /** Guarded by the shard's role; null when closed. */
    private TcpListener listener;

    /** Listens as {@link UserStack#listen} does, but to be told within the turn. Any thread but in a handler. */
    protected InlineListener(UserStack stack, PortReservation reservation, int backlog, TcpSocketOptions options)
            throws SocketException {
        super(stack);
        local = reservation.local();
        long nowNs = shard.enter();
        try {
            listener = stack.listen(shard, reservation, backlog, options, this);
            shard.addOpen(this);
            count();
        } finally {
            shard.exit(nowNs);
        }
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
        boolean within = isWithin();
        long nowNs = enter(within);
        try {
            closeInOrder(nowNs);
        } finally {
            exit(within, nowNs);
        }
    }

    @Override
    public final void onAcceptable(TcpListener acceptable) {
        makeDue();
    }

    @Override
    final void run(long nowNs) {
        TcpConnection connection;
        while (listener != null && (connection = listener.accept()) != null) {
            InlineSocket socket;
            try {
                socket = accepted(stack());
            } catch (Throwable e) { // it is foreign code in the midst of a turn
                shard.inline().failed("a maker of streams' handlers", e);
                connection.abort(nowNs);
                continue;
            }
            socket.begin(connection);
        }
    }

    @Override
    final boolean isListener() {
        return true;
    }

    @Override
    final void onShardEnd() {
        listener = null;
        uncount();
    }

    @Override
    final void closeInOrder(long nowNs) {
        if (listener != null) {
            TcpListener closing = listener;
            listener = null;
            shard.removeOpen(this);
            closing.close(nowNs);
            uncount();
        }
    }
}
