package io.perilune.tcp;

/** What a listener tells its user. Called by the shard's driver; must be quick, and must not call back into TCP. */
public interface TcpAcceptor {

    /** The accept queue gained a connection. */
    void onAcceptable(TcpListener listener);
}
