package io.perilune.tcp;

import io.perilune.ip.Addresses;

/** The local ports that are reserved or listened on, and random free ones (RFC 6056). Owned by the shard's driver. */
final class PortAllocator {

    static final int EPHEMERAL_FIRST = 32_768;
    static final int EPHEMERAL_LAST = 60_999;

    private static final int EPHEMERAL_COUNT = EPHEMERAL_LAST - EPHEMERAL_FIRST + 1;
    private static final int BUCKETS = 256;

    /** One address and port in use. */
    private static final class Binding {
        long high;
        long low;
        int port;
        boolean wildcard;
        boolean reuse;
        int holders;
        TcpListener listener;
        Binding next;

        boolean covers(long otherHigh, long otherLow) {
            return PortAllocator.covers(low, otherHigh, otherLow);
        }
    }

    private final Binding[] buckets = new Binding[BUCKETS];
    private final IsnGenerator random;

    PortAllocator(IsnGenerator random) {
        this.random = random;
    }

    /** Reserves a port, 0: a random free one. Returns it, or 0 if it is taken. */
    int reserve(long high, long low, int port, boolean reuse) {
        if (port != 0) {
            if (conflicts(high, low, port, reuse)) {
                return 0;
            }
            hold(high, low, port, reuse);
            return port;
        }
        // RFC 6056 §3.3.1: random start, then on by one.
        int start = random.random(EPHEMERAL_COUNT);
        for (int i = 0; i < EPHEMERAL_COUNT; i++) {
            int candidate = EPHEMERAL_FIRST + (start + i) % EPHEMERAL_COUNT;
            if (!conflicts(high, low, candidate, false)) {
                hold(high, low, candidate, reuse);
                return candidate;
            }
        }
        return 0;
    }

    /** Whether anyone holds a port at an address that overlaps this one. */
    boolean isHeld(long high, long low, int port) {
        return conflicts(high, low, port, false);
    }

    void release(long high, long low, int port) {
        Binding before = null;
        for (Binding b = buckets[port & (BUCKETS - 1)]; b != null; before = b, b = b.next) {
            if (b.port == port && b.high == high && b.low == low) {
                b.holders--;
                if (b.holders <= 0) {
                    unlink(before, b);
                }
                return;
            }
        }
    }

    /** Makes a reservation a listener's. Returns false if there is none, or another listens there. */
    boolean listen(TcpListener listener) {
        Binding b = find(listener.localHigh(), listener.localLow(), listener.localPort());
        if (b == null || b.listener != null) {
            return false;
        }
        b.listener = listener;
        return true;
    }

    /** Ends a listener and its reservation. */
    void unlisten(TcpListener listener) {
        Binding b = find(listener.localHigh(), listener.localLow(), listener.localPort());
        if (b != null && b.listener == listener) {
            b.listener = null;
            release(b.high, b.low, b.port);
        }
    }

    /** Finds who listens: on the address itself before the wildcard. */
    TcpListener listenerFor(long high, long low, int port) {
        TcpListener wildcard = null;
        for (Binding b = buckets[port & (BUCKETS - 1)]; b != null; b = b.next) {
            if (b.port == port && b.listener != null) {
                if (b.low == low && b.high == high) {
                    return b.listener;
                }
                if (b.wildcard && b.covers(high, low)) {
                    wildcard = b.listener;
                }
            }
        }
        return wildcard;
    }

    /** Ends all listeners, for the end of the stack. */
    void closeListeners(long nowNs) {
        for (int i = 0; i < BUCKETS; i++) {
            Binding b = buckets[i];
            while (b != null) {
                Binding next = b.next;
                if (b.listener != null) {
                    b.listener.close(nowNs);
                }
                b = next;
            }
        }
    }

    private boolean conflicts(long high, long low, int port, boolean reuse) {
        boolean wildcard = Addresses.isUnspecified(high, low);
        for (Binding b = buckets[port & (BUCKETS - 1)]; b != null; b = b.next) {
            boolean overlaps = b.port == port
                    && ((wildcard && covers(low, b.high, b.low))
                            || (b.wildcard && b.covers(high, low))
                            || (b.low == low && b.high == high));
            // SO_REUSEADDR as Linux has it: both sides want it, and nobody listens.
            if (overlaps && !(reuse && b.reuse && b.listener == null)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a wildcard covers an address: that of IPv6 covers both families (RFC 3493 §3.7), IPv4's its own. */
    private static boolean covers(long wildcardLow, long high, long low) {
        return wildcardLow == 0 || Addresses.isMapped(high, low);
    }

    private Binding find(long high, long low, int port) {
        for (Binding b = buckets[port & (BUCKETS - 1)]; b != null; b = b.next) {
            if (b.port == port && b.high == high && b.low == low) {
                return b;
            }
        }
        return null;
    }

    private void hold(long high, long low, int port, boolean reuse) {
        Binding b = find(high, low, port);
        if (b == null) {
            b = new Binding();
            b.high = high;
            b.low = low;
            b.port = port;
            b.wildcard = Addresses.isUnspecified(high, low);
            b.next = buckets[port & (BUCKETS - 1)];
            buckets[port & (BUCKETS - 1)] = b;
        }
        b.reuse = reuse;
        b.holders++;
    }

    private void unlink(Binding before, Binding b) {
        if (before == null) {
            buckets[b.port & (BUCKETS - 1)] = b.next;
        } else {
            before.next = b.next;
        }
    }
}
