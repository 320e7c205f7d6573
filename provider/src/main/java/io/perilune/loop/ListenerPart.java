package io.perilune.loop;

import io.perilune.tcp.TcpAcceptor;
import io.perilune.tcp.TcpListener;

/** One shard's part of a listening socket. */
interface ListenerPart extends TcpAcceptor {

    /** Returns the shard. Any thread. */
    Shard shard();

    /** Begins to listen. With the shard's role. */
    void attach(TcpListener newListener);

    /** Stops listening; connections not yet accepted are reset. Any thread. */
    void close();
}
