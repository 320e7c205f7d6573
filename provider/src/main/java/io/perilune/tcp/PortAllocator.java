package io.perilune.tcp;

import io.perilune.ip.Addresses;

/**
 * The local ports that are reserved or listened on, and random free ones (RFC 6056). Who may have a port beside others
 * is decided as Linux does: two sockets that both reuse the address share a port on which neither listens, and two that
 * both reuse the port share it in any case. Owned by the shard's driver.
 */
final class PortAllocator {

    static final int EPHEMERAL_FIRST = 32_768;
    static final int EPHEMERAL_LAST = 60_999;

    private static final int EPHEMERAL_COUNT = EPHEMERAL_LAST - EPHEMERAL_FIRST + 1;
    private static final int BUCKETS = 256;

    // How well a listener's address matches a destination; only the best ones share what comes.
    private static final int NO_MATCH = 0;
    private static final int BOTH_FAMILIES = 1;
    private static final int ONE_FAMILY = 2;
    private static final int EXACT = 3;

    /** One socket's right to an address and port. */
    private static final class Holding {
        long high;
        long low;
        int port;
        boolean reuseAddress;
        boolean reusePort;
        /** Null while it does not listen. */
        TcpListener listener;

        Holding next;

        /** Whether the other may stand beside this one on a port where their addresses overlap. */
        boolean tolerates(boolean otherReusesAddress, boolean otherReusesPort) {
            return (otherReusesAddress && reuseAddress && listener == null) || (otherReusesPort && reusePort);
        }

        boolean isOf(long otherHigh, long otherLow, int otherPort) {
            return port == otherPort && low == otherLow && high == otherHigh;
        }

        int match(long destinationHigh, long destinationLow) {
            if (low == destinationLow && high == destinationHigh) {
                return EXACT;
            }
            if (!Addresses.isUnspecified(high, low) || !covers(low, destinationHigh, destinationLow)) {
                return NO_MATCH;
            }
            return low == 0 ? BOTH_FAMILIES : ONE_FAMILY;
        }
    }

    private final Holding[] buckets = new Holding[BUCKETS];
    private final IsnGenerator random;
    private final ConnectionTable connections;

    /**
     * @param connections those who have a port without holding it: each bears the port it was accepted on, or has
     *     chosen
     */
    PortAllocator(IsnGenerator random, ConnectionTable connections) {
        this.random = random;
        this.connections = connections;
    }

    /** Reserves a port, 0: a random one that nobody has. Returns it, or 0 if it is taken. */
    int reserve(long high, long low, int port, boolean reuseAddress, boolean reusePort) {
        if (port != 0) {
            if (conflicts(high, low, port, reuseAddress, reusePort)) {
                return 0;
            }
            hold(high, low, port, reuseAddress, reusePort);
            return port;
        }
        // RFC 6056 §3.3.1: random start, then on by one.
        int start = random.random(EPHEMERAL_COUNT);
        for (int i = 0; i < EPHEMERAL_COUNT; i++) {
            int candidate = EPHEMERAL_FIRST + (start + i) % EPHEMERAL_COUNT;
            if (connections.onPort(candidate) == 0 && !isHeld(high, low, candidate)) {
                hold(high, low, candidate, reuseAddress, reusePort);
                return candidate;
            }
        }
        return 0;
    }

    /** Whether anyone holds a port at an address that overlaps this one. */
    boolean isHeld(long high, long low, int port) {
        return isHeldAgainst(high, low, port, false, false);
    }

    /** Ends a reservation that no listener has. */
    void release(long high, long low, int port, boolean reuseAddress, boolean reusePort) {
        remove(find(high, low, port, reuseAddress, reusePort));
    }

    /** Makes a reservation the listener's. Returns false if there is none, or another listens there. */
    boolean listen(TcpListener listener) {
        boolean reusePort = listener.options.reusePort;
        Holding own = find(
                listener.localHigh(),
                listener.localLow(),
                listener.localPort(),
                listener.options.reuseAddress,
                reusePort);
        if (own == null) {
            return false;
        }
        for (Holding h = bucket(own.port); h != null; h = h.next) {
            if (h.listener != null
                    && h.port == own.port
                    && !(reusePort && h.reusePort)
                    && overlap(own.high, own.low, h.high, h.low)) {
                return false;
            }
        }
        own.listener = listener;
        return true;
    }

    /** Ends a listener and its reservation. */
    void unlisten(TcpListener listener) {
        for (Holding h = bucket(listener.localPort()); h != null; h = h.next) {
            if (h.listener == listener) {
                remove(h);
                return;
            }
        }
    }

    /**
     * Finds who listens: on the address itself before the wildcard. Of several that share the port the flow's hash
     * chooses, so that all segments of a flow meet the same one as long as they are the same ones.
     */
    TcpListener listenerFor(long high, long low, int port, int flowHash) {
        int best = NO_MATCH;
        int count = 0;
        TcpListener found = null;
        for (Holding h = bucket(port); h != null; h = h.next) {
            if (h.port == port && h.listener != null) {
                int match = h.match(high, low);
                if (match > best) {
                    best = match;
                    count = 1;
                    found = h.listener;
                } else if (match == best && match != NO_MATCH) {
                    count++;
                }
            }
        }
        return count <= 1 ? found : sharing(high, low, port, best, (int) (((flowHash & 0xFFFFFFFFL) * count) >>> 32));
    }

    private TcpListener sharing(long high, long low, int port, int match, int number) {
        int left = number;
        for (Holding h = bucket(port); h != null; h = h.next) {
            if (h.port == port && h.listener != null && h.match(high, low) == match && left-- == 0) {
                return h.listener;
            }
        }
        throw new AssertionError("fewer listeners than were counted");
    }

    /** Ends all listeners, for the end of the stack. */
    void closeListeners(long nowNs) {
        for (int i = 0; i < BUCKETS; i++) {
            Holding h = buckets[i];
            while (h != null) {
                Holding next = h.next;
                if (h.listener != null) {
                    h.listener.close(nowNs);
                }
                h = next;
            }
        }
    }

    private boolean conflicts(long high, long low, int port, boolean reuseAddress, boolean reusePort) {
        return isHeldAgainst(high, low, port, reuseAddress, reusePort)
                || (connections.onPort(port) > 0 && isUsedAgainst(high, low, port, reuseAddress, reusePort));
    }

    private boolean isHeldAgainst(long high, long low, int port, boolean reuseAddress, boolean reusePort) {
        for (Holding h = bucket(port); h != null; h = h.next) {
            if (h.port == port && overlap(high, low, h.high, h.low) && !h.tolerates(reuseAddress, reusePort)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether a connection, in TIME-WAIT or not, does not suffer the newcomer. Looks at all: only a bind to a used port
     * asks.
     */
    private boolean isUsedAgainst(long high, long low, int port, boolean reuseAddress, boolean reusePort) {
        for (int i = 0; i < connections.capacity(); i++) {
            FlowEntry entry = connections.slot(i);
            if (entry != null
                    && entry.localPortNumber() == port
                    && overlap(high, low, entry.localHigh, entry.localLow)
                    && !entry.tolerates(reuseAddress, reusePort)) {
                return true;
            }
        }
        return false;
    }

    private static boolean overlap(long high, long low, long otherHigh, long otherLow) {
        return (low == otherLow && high == otherHigh)
                || (Addresses.isUnspecified(high, low) && covers(low, otherHigh, otherLow))
                || (Addresses.isUnspecified(otherHigh, otherLow) && covers(otherLow, high, low));
    }

    /** Whether a wildcard covers an address: that of IPv6 covers both families (RFC 3493 §3.7), IPv4's its own. */
    private static boolean covers(long wildcardLow, long high, long low) {
        return wildcardLow == 0 || Addresses.isMapped(high, low);
    }

    private Holding bucket(int port) {
        return buckets[port & (BUCKETS - 1)];
    }

    /** Finds a reservation without a listener: one of these options, or else, as they may have changed since, any. */
    private Holding find(long high, long low, int port, boolean reuseAddress, boolean reusePort) {
        Holding any = null;
        for (Holding h = bucket(port); h != null; h = h.next) {
            if (h.listener == null && h.isOf(high, low, port)) {
                any = h;
                if (h.reuseAddress == reuseAddress && h.reusePort == reusePort) {
                    break;
                }
            }
        }
        return any;
    }

    private void hold(long high, long low, int port, boolean reuseAddress, boolean reusePort) {
        Holding h = new Holding();
        h.high = high;
        h.low = low;
        h.port = port;
        h.reuseAddress = reuseAddress;
        h.reusePort = reusePort;
        h.next = bucket(port);
        buckets[port & (BUCKETS - 1)] = h;
    }

    private void remove(Holding gone) {
        if (gone == null) {
            return;
        }
        Holding before = null;
        for (Holding h = bucket(gone.port); h != null; before = h, h = h.next) {
            if (h == gone && before == null) {
                buckets[h.port & (BUCKETS - 1)] = h.next;
            } else if (h == gone) {
                before.next = h.next;
            }
        }
    }
}
