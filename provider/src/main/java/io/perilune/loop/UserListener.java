package io.perilune.loop;

import io.perilune.tcp.TcpAcceptor;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpListener;
import io.perilune.tcp.TcpSocketOptions;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** A listening socket of the user-space stack. Its readiness is {@link UserSocket#ACCEPTABLE} or 0. Any thread. */
public final class UserListener extends ReadySource implements TcpAcceptor {

    private final InetSocketAddress local;
    private volatile TcpError error = TcpError.NONE;

    /** Guarded by the shard's role; null when closed. */
    private TcpListener listener;

    UserListener(Shard shard, InetSocketAddress local) {
        super(shard);
        this.local = local;
    }

    /** Begins to listen. With the shard's role. */
    void attach(TcpListener newListener) {
        listener = newListener;
        shard.addOpen(this);
    }

    /** The oldest established connection, or null; never blocks. */
    public UserSocket accept() {
        if ((readyOps() & UserSocket.ACCEPTABLE) == 0) {
            return null;
        }
        long nowNs = shard.enter();
        try {
            if (listener == null) {
                return null;
            }
            TcpConnection connection = listener.accept();
            if (listener.acceptableCount() == 0) {
                lose(UserSocket.ACCEPTABLE);
            }
            return connection == null ? null : UserSocket.accepted(shard, connection);
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Changes the options that connections begin with which come from now on. */
    public void updateOptions(Consumer<TcpSocketOptions> change) {
        long nowNs = shard.enter();
        try {
            if (listener != null) {
                change.accept(listener.options());
            }
        } finally {
            shard.exit(nowNs);
        }
    }

    /** The address asked for, with the port. */
    public InetSocketAddress localAddress() {
        return local;
    }

    /** Why it stopped to listen by itself, NONE while it did not: then it is ready, and nothing can be accepted. */
    public TcpError error() {
        return error;
    }

    /** Stops listening; connections not yet accepted are reset. No listener is called afterwards. */
    public void close() {
        long nowNs = shard.enter();
        try {
            closeInOrder(nowNs);
        } finally {
            shard.exit(nowNs);
        }
    }

    @Override
    public void onAcceptable(TcpListener acceptable) {
        gain(UserSocket.ACCEPTABLE);
    }

    @Override
    void closeInOrder(long nowNs) {
        removeAllListeners();
        shard.removeOpen(this);
        if (listener != null) {
            TcpListener closing = listener;
            listener = null;
            lose(UserSocket.ACCEPTABLE);
            closing.close(nowNs);
        }
    }

    @Override
    boolean isListener() {
        return true;
    }

    @Override
    void onShardEnd() {
        listener = null;
        error = TcpError.STACK_CLOSED;
        gain(UserSocket.ACCEPTABLE);
    }
}
