package io.perilune.loop;

import io.perilune.ip.Addresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;

/** A local port that is held in the user-space stack, on each of its shards, until it is used or closed. Any thread. */
public final class PortReservation implements AutoCloseable {

    private final Shard[] shards;
    private final InetSocketAddress local;
    private final long high;
    private final long low;
    private final boolean reuseAddress;
    private final boolean reusePort;
    private final AtomicBoolean spent = new AtomicBoolean();

    PortReservation(
            Shard[] shards,
            InetAddress address,
            long high,
            long low,
            int port,
            boolean reuseAddress,
            boolean reusePort) {
        this.shards = shards;
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
        if (!spent.getAndSet(true)) {
            for (Shard shard : shards) {
                giveBack(shard);
            }
        }
    }

    /** TCP has the port now, of one shard or of all; that of the others is to be given back. */
    void spend() {
        if (spent.getAndSet(true)) {
            throw new IllegalStateException("the reservation of " + local + " is used or closed");
        }
    }

    /** The one shard that could use it has used it: gives the port back on all others. Without a role. */
    void giveBackElsewhere(Shard user) {
        for (Shard shard : shards) {
            if (shard != user) {
                giveBack(shard);
            }
        }
    }

    private void giveBack(Shard shard) {
        long nowNs = shard.enter();
        try {
            if (!shard.isEnded()) {
                shard.tcp().unbind(high, low, local.getPort(), reuseAddress, reusePort);
            }
        } finally {
            shard.exit(nowNs);
        }
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
