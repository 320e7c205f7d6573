package io.perilune.loop;

import io.perilune.ip.Addresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A local port that is held in the user-space stack until it is used or closed. Any thread. */
public final class PortReservation implements AutoCloseable {

    private final Shard shard;
    private final InetSocketAddress local;
    private final long high;
    private final long low;
    private final boolean reuseAddress;
    private final boolean reusePort;

    /** Guarded by the shard's role. */
    private boolean spent;

    PortReservation(
            Shard shard, InetAddress address, long high, long low, int port, boolean reuseAddress, boolean reusePort) {
        this.shard = shard;
        this.local = new InetSocketAddress(address, port);
        this.high = high;
        this.low = low;
        this.reuseAddress = reuseAddress;
        this.reusePort = reusePort;
    }

    /** The address asked for, with the port that was given. */
    public InetSocketAddress local() {
        return local;
    }

    /** Gives the port back unless a connect or listen has taken it over. */
    @Override
    public void close() {
        long nowNs = shard.enter();
        try {
            if (!spent) {
                spent = true;
                if (!shard.isEnded()) {
                    shard.tcp().unbind(high, low, local.getPort(), reuseAddress, reusePort);
                }
            }
        } finally {
            shard.exit(nowNs);
        }
    }

    /** TCP has the port now. With the shard's role. */
    void spend() {
        if (spent) {
            throw new IllegalStateException("the reservation of " + local + " is used or closed");
        }
        spent = true;
    }

    long high() {
        return high;
    }

    long low() {
        return low;
    }

    /** Returns an address's high half for TCP, to which each wildcard is 0. */
    static long high(InetAddress address) {
        return address.isAnyLocalAddress() ? 0 : Addresses.high(address);
    }

    /** Returns the low half that belongs to {@link #high(InetAddress)}. */
    static long low(InetAddress address) {
        return address.isAnyLocalAddress() ? 0 : Addresses.low(address);
    }
}
