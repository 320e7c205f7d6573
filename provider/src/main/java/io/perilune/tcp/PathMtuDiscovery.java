package io.perilune.tcp;

import io.perilune.ip.Addresses;
import io.perilune.metrics.Counter;

/**
 * Which size of packet each connection's path carries: what routers tell (RFC 1191, RFC 8201), and, where their messages
 * are lost, what is never acknowledged (RFC 4821). Either makes the segments smaller for ten minutes, then the link's
 * size is tried again.
 *
 * <p>A black hole: when the oldest segment has timed out three times, none as long has arrived and its packet is longer
 * than what about every path carries, it is sent again in pieces of that size or of the longest that has arrived; after
 * two more timeouts, in pieces of the least that each path must carry. If that is no cure either, the path is cut, not
 * narrow, and the old size comes back. Owned by the shard's driver.
 */
final class PathMtuDiscovery {

    /** What about every path carries, tunnels included, and each IPv6 one must (RFC 8200 §5). */
    static final int COMMON_MTU = 1280;
    /** IPv4: a router that asks for less is not believed (RFC 5927 §7), as in Linux. */
    static final int LEAST_IPV4_MTU = 552;
    /** RFC 1191 §6.3: 10 minutes; one more, so that what the Internet layer remembers has gone before. */
    static final long RAISE_NS = 660_000_000_000L;

    private static final int FIRST_STEP = 3;
    private static final int SECOND_STEP = 5;
    private static final int GIVE_UP = 7;

    private final Tcp tcp;

    PathMtuDiscovery(Tcp tcp) {
        this.tcp = tcp;
    }

    /**
     * A router says that a segment in flight is too big for its next link.
     *
     * @return whether that can be
     */
    boolean onTold(TcpConnection c, int mtu, long nowNs) {
        if (!c.isSynchronized()) {
            // A SYN is smaller than any MTU.
            tcp.counters.increment(Counter.TCP_ICMP_IGNORED);
            return false;
        }
        // RFC 1191 §6.5, RFC 8201 §4, RFC 5927 §7: never below what every path carries.
        int newMtu = Math.max(mtu, leastMtu(c));
        if (newMtu >= c.pathMtu) {
            tcp.counters.increment(Counter.TCP_ICMP_IGNORED);
        } else if (lower(c, newMtu, nowNs)) {
            tcp.counters.increment(Counter.TCP_PATH_MTU_LOWERED);
        }
        return true;
    }

    /** The retransmission timer has fired for the so-and-so-manieth time in a row: {@code c.retries}. */
    void onTimeout(TcpConnection c, long nowNs) {
        if (c.retries < FIRST_STEP) {
            c.mtuBeforeBlackHole = 0;
            return;
        }
        if (c.retries == GIVE_UP && c.mtuBeforeBlackHole != 0) {
            raise(c, c.mtuBeforeBlackHole);
            c.mtuBeforeBlackHole = 0;
            return;
        }
        if ((c.retries != FIRST_STEP && c.retries != SECOND_STEP) || c.sndWnd == 0) {
            return;
        }
        int length = packetLength(c, c.sendQueue.head);
        // What has arrived behind the gap shows what the path carries, or what it carried before it became another one.
        int smaller = c.retries == FIRST_STEP ? Math.max(COMMON_MTU, longestPassed(c)) : leastMtu(c);
        if (length > smaller) {
            int before = c.mtuBeforeBlackHole != 0 ? c.mtuBeforeBlackHole : c.pathMtu;
            if (lower(c, smaller, nowNs)) {
                c.mtuBeforeBlackHole = before;
                tcp.counters.increment(Counter.TCP_BLACK_HOLES);
            }
        }
    }

    /** Before new data is sent: tries the larger size again when its time has come (RFC 1191 §6.3, RFC 8201 §4). */
    void beforeSending(TcpConnection c, long nowNs) {
        if (nowNs - c.pathMtuNs < RAISE_NS) {
            return;
        }
        c.pathMtuNs = nowNs;
        raise(c, Integer.MAX_VALUE);
    }

    private void raise(TcpConnection c, int mtu) {
        c.pathMtu = mtu;
        tcp.output.updateSegmentSize(c);
        // RFC 5681 §3.1: the loss window is one full-sized segment, of what is the full size now.
        c.congestion.setWindow(Math.max(c.congestion.window(), c.sndMss));
    }

    private boolean lower(TcpConnection c, int mtu, long nowNs) {
        int oldMss = c.sndMss;
        c.pathMtu = mtu;
        c.pathMtuNs = nowNs;
        tcp.output.updateSegmentSize(c);
        if (c.sndMss >= oldMss) {
            return false;
        }
        // What is in flight and too long is lost (RFC 8201 §5.4): the sender splits it when it sends it again.
        c.scoreboard.markLongerLost(c.sendQueue, c.sndMss);
        c.forceRetransmit = true;
        tcp.markDirty(c);
        return true;
    }

    /** Returns the length of the longest packet that has arrived behind the gap, or 0. */
    private static int longestPassed(TcpConnection c) {
        int longest = 0;
        for (SegmentRecord r = c.sendQueue.head; r != null && r.has(SegmentRecord.SENT); r = r.next) {
            if (r.has(SegmentRecord.SACKED)) {
                longest = Math.max(longest, packetLength(c, r));
            }
        }
        return longest;
    }

    private static int leastMtu(TcpConnection c) {
        return isIpv4(c) ? LEAST_IPV4_MTU : COMMON_MTU;
    }

    private static boolean isIpv4(TcpConnection c) {
        return Addresses.isMapped(c.remoteHigh, c.remoteLow);
    }

    private static int packetLength(TcpConnection c, SegmentRecord record) {
        int options = c.timestamps ? TcpOptions.TIMESTAMPS_LENGTH : 0;
        return TcpOutput.ipHeaderLength(c.remoteHigh, c.remoteLow) + TcpHeader.LENGTH + options + record.length;
    }
}
