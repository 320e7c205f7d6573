package io.perilune.tcp;

/** A listening port: SYN queue and accept queue. Owned by the shard's driver. */
public final class TcpListener {

    /** Takes the oldest established connection off the accept queue, or returns null. Its user is set by {@link TcpConnection#attach}. */
    public TcpConnection accept() {
        throw new UnsupportedOperationException();
    }

    /** How many connections wait to be accepted. */
    public int acceptableCount() {
        throw new UnsupportedOperationException();
    }

    public int localPort() {
        throw new UnsupportedOperationException();
    }

    public long localHigh() {
        throw new UnsupportedOperationException();
    }

    public long localLow() {
        throw new UnsupportedOperationException();
    }

    /** Stops listening; connections not yet accepted are reset. */
    public void close(long nowNs) {
        throw new UnsupportedOperationException();
    }
}
