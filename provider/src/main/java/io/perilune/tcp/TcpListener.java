package io.perilune.tcp;

/** A listening port: SYN queue and accept queue. Owned by the shard's driver. */
public final class TcpListener {

    /** Bounds of the half-open connections of one listener. */
    private static final int SYN_QUEUE_LEAST = 128;

    private static final int SYN_QUEUE_MOST = 4_096;
    private static final int BACKLOG_MOST = 65_535;
    /** For how long after the last good cookie that came in vain its peer may go on sending: as long as that is good. */
    private static final long PUT_OFF_NS = 60_000_000_000L;

    final Tcp tcp;
    final TcpSocketOptions options;
    final TcpAcceptor acceptor;
    int halfOpenCount;
    boolean closed;

    private final long localHigh;
    private final long localLow;
    private final int localPort;
    private final int backlog;
    private TcpConnection first;
    private TcpConnection last;
    private int count;
    private boolean hasPutOff;
    private long putOffNs;

    TcpListener(
            Tcp tcp,
            long localHigh,
            long localLow,
            int localPort,
            int backlog,
            TcpSocketOptions options,
            TcpAcceptor acceptor) {
        this.tcp = tcp;
        this.localHigh = localHigh;
        this.localLow = localLow;
        this.localPort = localPort;
        this.backlog = Math.max(1, Math.min(backlog, BACKLOG_MOST));
        this.options = options;
        this.acceptor = acceptor;
    }

    /** Returns the options that connections begin with which come from now on; they may be changed. */
    public TcpSocketOptions options() {
        return options;
    }

    /**
     * Takes the oldest established connection off the accept queue, or returns null. Its user is set by
     * {@link TcpConnection#attach}.
     */
    public TcpConnection accept() {
        TcpConnection c = first;
        if (c != null) {
            first = c.acceptNext;
            c.acceptNext = null;
            if (first == null) {
                last = null;
            }
            count--;
        }
        return c;
    }

    /** How many connections wait to be accepted. */
    public int acceptableCount() {
        return count;
    }

    public int localPort() {
        return localPort;
    }

    public long localHigh() {
        return localHigh;
    }

    public long localLow() {
        return localLow;
    }

    /** Stops listening; connections not yet accepted are reset. */
    public void close(long nowNs) {
        if (closed) {
            return;
        }
        closed = true;
        tcp.ports.unlisten(this);
        tcp.listenInput.forgetAll(this);
        TcpConnection c;
        while ((c = accept()) != null) {
            c.abort(nowNs);
        }
    }

    /** A peer that has a good cookie could not be accepted now. */
    void putOff(long nowNs) {
        hasPutOff = true;
        putOffNs = nowNs;
    }

    /** Whether there may be peers that believe they are connected and are known by a cookie alone. */
    boolean mayHavePutOff(long nowNs) {
        hasPutOff &= nowNs - putOffNs < PUT_OFF_NS;
        return hasPutOff;
    }

    boolean isAcceptQueueFull() {
        return count >= backlog;
    }

    boolean isSynQueueFull() {
        return halfOpenCount >= Math.max(SYN_QUEUE_LEAST, Math.min(backlog, SYN_QUEUE_MOST));
    }

    void enqueue(TcpConnection c) {
        if (last == null) {
            first = c;
        } else {
            last.acceptNext = c;
        }
        last = c;
        count++;
    }
}
