package io.perilune.loop;

import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpListener;

/** One shard's part of an {@link InlineListener}: it accepts the flows that are that shard's. */
final class InlineShardListener extends InlineSource implements ListenerPart {

    private final InlineListener whole;

    /** Guarded by the shard's role; null when closed. */
    private TcpListener listener;

    InlineShardListener(UserStack stack, Shard shard, InlineListener whole) {
        super(stack, shard);
        this.whole = whole;
    }

    @Override
    public Shard shard() {
        return shard;
    }

    @Override
    public void attach(TcpListener newListener) {
        listener = newListener;
        shard.addOpen(this);
        count();
    }

    /** Any thread, in a handler too. */
    @Override
    public void close() {
        boolean within = isWithin();
        long nowNs = enter(within);
        try {
            closeInOrder(nowNs);
        } finally {
            exit(within, nowNs);
        }
    }

    @Override
    public void onAcceptable(TcpListener acceptable) {
        makeDue();
    }

    @Override
    void run(long nowNs) {
        TcpConnection connection;
        while (listener != null && (connection = listener.accept()) != null) {
            InlineSocket socket;
            try {
                socket = whole.accepted(stack());
            } catch (Throwable e) { // it is foreign code in the midst of a turn
                shard.inline().failed("a maker of streams' handlers", e);
                connection.abort(nowNs);
                continue;
            }
            socket.begin(connection);
        }
    }

    @Override
    boolean isListener() {
        return true;
    }

    @Override
    void onShardEnd() {
        listener = null;
        uncount();
    }

    @Override
    void closeInOrder(long nowNs) {
        if (listener != null) {
            TcpListener closing = listener;
            listener = null;
            shard.removeOpen(this);
            closing.close(nowNs);
            uncount();
        }
    }
}
