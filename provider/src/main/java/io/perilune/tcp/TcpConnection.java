package io.perilune.tcp;

import java.nio.ByteBuffer;

/** The transmission control block of one connection (RFC 9293 §3.3.1). Owned by the shard's driver. */
public final class TcpConnection {

    /** What {@link #read} returns at the end of the stream. */
    public static final int END_OF_STREAM = -1;

    /** What {@link #read} and {@link #write} return when the connection failed: {@link #error} says why. */
    public static final int FAILED = -2;

    TcpConnection() {}

    /** Sets who is told of events from now on; for connections that were accepted. */
    public void attach(TcpUser user) {
        throw new UnsupportedOperationException();
    }

    /**
     * Copies received bytes out and moves the window on. Data received before a failure is still delivered, then FAILED.
     * @return how many bytes; 0: none yet (or destination full); END_OF_STREAM; FAILED
     */
    public int read(ByteBuffer destination, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /**
     * Copies bytes into the send queue as far as it has room. What is due is sent by Tcp.flush.
     * @return how many were taken, 0: the queue is full; FAILED: the connection failed, or its output was shut down
     */
    public int write(ByteBuffer source, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Bytes that read would deliver now. */
    public int available() {
        throw new UnsupportedOperationException();
    }

    /** Whether all data has been read and the peer's FIN has come, or the input was shut down. */
    public boolean isEndOfStream() {
        throw new UnsupportedOperationException();
    }

    /** Whether write would take at least a sensible amount (a third of the queue is free), or would fail at once. */
    public boolean isWritable() {
        throw new UnsupportedOperationException();
    }

    /** Bytes written and not yet acknowledged. */
    public int unacknowledged() {
        throw new UnsupportedOperationException();
    }

    /** Sends FIN behind what is queued (RFC 9293 §3.10.4). */
    public void shutdownOutput(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Reads answer END_OF_STREAM from now on; what arrives later is acknowledged and discarded, as Linux does. */
    public void shutdownInput(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /**
     * The user is done: no upcall follows. What is queued is still sent (D9); unread received data makes it a reset
     * (RFC 9293 §3.6.1, RFC 2525 §2.17); linger of 0 makes it an abort.
     */
    public void close(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Resets the connection and drops what is queued. */
    public void abort(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Sends one byte as urgent data (RFC 6093). Returns false if the send queue is full. */
    public boolean writeUrgent(byte value, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** The options; after a change call applyOptions. */
    public TcpSocketOptions options() {
        throw new UnsupportedOperationException();
    }

    /** Makes changed options act. */
    public void applyOptions(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Whether everything incl. FIN was acknowledged or the connection is gone: what SO_LINGER waits for. */
    public boolean isDrained() {
        throw new UnsupportedOperationException();
    }

    /** Effective buffer sizes, bytes, as getOption reports them. */
    public int sendBufferSize() {
        throw new UnsupportedOperationException();
    }

    public int receiveBufferSize() {
        throw new UnsupportedOperationException();
    }

    public TcpState state() {
        throw new UnsupportedOperationException();
    }

    public TcpError error() {
        throw new UnsupportedOperationException();
    }

    public long localHigh() {
        throw new UnsupportedOperationException();
    }

    public long localLow() {
        throw new UnsupportedOperationException();
    }

    public int localPort() {
        throw new UnsupportedOperationException();
    }

    public long remoteHigh() {
        throw new UnsupportedOperationException();
    }

    public long remoteLow() {
        throw new UnsupportedOperationException();
    }

    public int remotePort() {
        throw new UnsupportedOperationException();
    }
}
