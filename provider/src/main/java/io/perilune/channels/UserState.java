package io.perilune.channels;

import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;

/**
 * How far a socket of the user-space stack has come: read by any thread; changed by who holds its monitor, under which
 * nothing that blocks is called.
 */
final class UserState {

    // They only grow.
    static final int UNCONNECTED = 0;
    static final int PENDING = 1;
    static final int CONNECTED = 2;
    static final int CLOSING = 3;
    static final int CLOSED = 4;

    private volatile int now;
    private volatile boolean inputClosed;
    private volatile boolean outputClosed;
    private volatile InetSocketAddress local;
    private volatile InetSocketAddress remote;

    UserState(InetSocketAddress local) {
        this.local = local;
    }

    /** One of those above. */
    int now() {
        return now;
    }

    void become(int next) {
        now = next;
    }

    boolean isConnected() {
        return now == CONNECTED;
    }

    boolean isInputClosed() {
        return inputClosed;
    }

    void inputClosed() {
        inputClosed = true;
    }

    boolean isOutputClosed() {
        return outputClosed;
    }

    void outputClosed() {
        outputClosed = true;
    }

    /** Null while not bound; still there after close. */
    InetSocketAddress local() {
        return local;
    }

    void local(InetSocketAddress address) {
        local = address;
    }

    /** Null while not connected nor connecting; still there after close. */
    InetSocketAddress remote() {
        return remote;
    }

    void remote(InetSocketAddress address) {
        remote = address;
    }

    void ensureOpenAndConnected() throws ClosedChannelException {
        int present = now;
        if (present < CONNECTED) {
            throw new NotYetConnectedException();
        }
        if (present > CONNECTED) {
            throw new ClosedChannelException();
        }
    }

    /** What toString of the channel prints. */
    String describe() {
        StringBuilder text = new StringBuilder(SocketChannel.class.getName()).append('[');
        switch (now) {
            case UNCONNECTED:
                text.append("unconnected");
                break;
            case PENDING:
                text.append("connection-pending");
                break;
            default:
                text.append("connected");
                text.append(inputClosed ? " ishut" : "").append(outputClosed ? " oshut" : "");
                break;
        }
        text.append(local == null ? "" : " local=" + local);
        text.append(remote == null ? "" : " remote=" + remote);
        return text.append(']').toString();
    }
}
