package io.perilune.loop;

import io.perilune.metrics.Counter;
import io.perilune.tcp.TcpSocketOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;

/** The whole user-space stack of this JVM: one link (or none), its shards, and the loopback link. Any thread. */
public final class UserStack implements AutoCloseable {

    private UserStack() {}

    /** Whether a connection to this address would run here (D6): own, on-link or behind the gateway; 127/8 with loopback=user. Not wildcard. */
    public boolean reaches(InetAddress remote) {
        throw new UnsupportedOperationException();
    }

    /** Whether this is one of the stack's own addresses (one can bind to it). Not wildcard. */
    public boolean owns(InetAddress local) {
        throw new UnsupportedOperationException();
    }

    /** A socket, not bound and not connected. */
    public UserSocket openSocket(TcpSocketOptions options) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reserves a local port: 0 picks a free one. The wildcard address covers all own addresses.
     * @throws java.net.BindException "Address already in use" or "Cannot assign requested address"
     */
    public PortReservation reserve(InetSocketAddress local, TcpSocketOptions options) throws SocketException {
        throw new UnsupportedOperationException();
    }

    /** Listens on a reserved port. */
    public UserListener listen(PortReservation reservation, int backlog, TcpSocketOptions options) {
        throw new UnsupportedOperationException();
    }

    /**
     * Waits (D3): drives the shards while nobody else does, else parks. A virtual thread never drives longer than one pass.
     * Returns early for the reasons {@link Waiter} lists; timeoutNs Long.MAX_VALUE is for ever, 0 makes one pass (selectNow) without waiting.
     */
    public void await(Waiter waiter, long timeoutNs) {
        throw new UnsupportedOperationException();
    }

    /** Sum over all shards. */
    public long counter(Counter counter) {
        throw new UnsupportedOperationException();
    }

    /** Brings queued bytes of closed sockets to their peers, for at most this long (D9). Returns whether all got there. */
    public boolean drain(long timeoutNs) {
        throw new UnsupportedOperationException();
    }

    /** Ends all connections with an error, stops the housekeeper, closes the link. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
