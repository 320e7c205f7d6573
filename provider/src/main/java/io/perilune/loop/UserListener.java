package io.perilune.loop;

import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * A listening socket of the user-space stack: it listens on each shard, and accepts from all. Its readiness is {@link
 * UserSocket#ACCEPTABLE} or 0. Any thread.
 */
public final class UserListener implements Readiness {

    private final InetSocketAddress local;
    private final ShardListener[] parts;
    /** Where to look first for a connection, so that none waits for ever. A lost update does no harm. */
    private int turn;

    UserListener(InetSocketAddress local, ShardListener[] parts) {
        this.local = local;
        this.parts = parts;
    }

    /** The oldest established connection of some shard, or null; never blocks. */
    public UserSocket accept() {
        int first = turn++ & Integer.MAX_VALUE;
        for (int i = 0; i < parts.length; i++) {
            UserSocket socket = parts[(first + i) % parts.length].accept();
            if (socket != null) {
                return socket;
            }
        }
        return null;
    }

    /** Changes the options that connections begin with which come from now on. */
    public void updateOptions(Consumer<TcpSocketOptions> change) {
        for (ShardListener part : parts) {
            part.updateOptions(change);
        }
    }

    /** The address asked for, with the port. */
    public InetSocketAddress localAddress() {
        return local;
    }

    /** Why it stopped to listen by itself, NONE while it did not: then it is ready, and nothing can be accepted. */
    public TcpError error() {
        for (ShardListener part : parts) {
            if (part.error() != TcpError.NONE) {
                return part.error();
            }
        }
        return TcpError.NONE;
    }

    /** Stops listening; connections not yet accepted are reset. No listener is called afterwards. */
    public void close() {
        for (ShardListener part : parts) {
            part.close();
        }
    }

    @Override
    public int readyOps() {
        int ops = 0;
        for (ShardListener part : parts) {
            ops |= part.readyOps();
        }
        return ops;
    }

    @Override
    public void addListener(ReadyListener listener) {
        for (ShardListener part : parts) {
            part.addListener(listener);
        }
    }

    @Override
    public void removeListener(ReadyListener listener) {
        for (ShardListener part : parts) {
            part.removeListener(listener);
        }
    }
}
