package io.perilune.tcp;

/**
 * What a connection tells its user (RFC 9293 §3.9.1). Called by the shard's driver, within packet processing or a timer:
 * must be quick, and must not call back into TCP.
 */
public interface TcpUser {

    /** The handshake is complete: the connection is ESTABLISHED. */
    void onConnected(TcpConnection connection);

    /** The receive queue gained data, or the peer's end of stream was reached. */
    void onReadable(TcpConnection connection);

    /** The send queue has room again after a write that took less than it was offered. */
    void onWritable(TcpConnection connection);

    /** The connection is over, by an error or in order ({@link TcpError#NONE}). Called once; nothing follows. */
    void onClosed(TcpConnection connection, TcpError error);
}
