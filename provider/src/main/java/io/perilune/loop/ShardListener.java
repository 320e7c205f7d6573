package io.perilune.loop;

import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpListener;
import io.perilune.tcp.TcpSocketOptions;
import java.util.function.Consumer;

/** One shard's part of a listening socket: it accepts the flows that are that shard's. Any thread. */
final class ShardListener extends ReadySource implements ListenerPart {

    private volatile TcpError error = TcpError.NONE;

    /** Guarded by the shard's role; null when closed. */
    private TcpListener listener;

    ShardListener(Shard shard) {
        super(shard);
    }

    @Override
    public Shard shard() {
        return shard;
    }

    @Override
    public void attach(TcpListener newListener) {
        listener = newListener;
        shard.addOpen(this);
    }

    /** The oldest established connection, or null; never blocks. */
    UserSocket accept() {
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

    void updateOptions(Consumer<TcpSocketOptions> change) {
        long nowNs = shard.enter();
        try {
            if (listener != null) {
                change.accept(listener.options());
            }
        } finally {
            shard.exit(nowNs);
        }
    }

    TcpError error() {
        return error;
    }

    @Override
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
