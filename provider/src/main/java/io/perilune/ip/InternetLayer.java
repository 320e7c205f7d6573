package io.perilune.ip;

import io.perilune.ether.Arp;
import io.perilune.ether.EthernetInput;
import io.perilune.ether.EthernetOutput;
import io.perilune.ether.NeighborTable;
import io.perilune.ether.Solicitor;
import io.perilune.ether.UnresolvedReceiver;
import io.perilune.link.Burst;
import io.perilune.link.LinkCapabilities;
import io.perilune.link.TransmitQueue;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.TimerWheel;

/**
 * The lower half of one shard: Ethernet, ARP and neighbor discovery, both versions of IP and of ICMP, wired together,
 * between the link's queues and a transport.
 *
 * <p>What this host sends to itself goes to the loopback queue and comes back by {@link #receiveLoopback} in a later
 * turn. Owned by the shard's driver.
 */
public final class InternetLayer {

    private final Ipv6Routes routes6;
    private final TransmitQueue link;
    private final TransmitQueue loopback;
    private final Counters counters;
    private final NeighborTable neighbors;
    private final Arp arp;
    private final PathMtuCache pathMtus;
    private final Reassembler reassembler;
    private final IpOutput output;
    private final Icmpv4 icmpv4;
    private final Icmpv6 icmpv6;
    private final Ipv4Input ipv4;
    private final Ipv6Input ipv6;
    private final NeighborDiscovery discovery;
    private final MulticastListener listener;
    private final EthernetInput ethernet;

    /**
     * Wires it; nothing is sent yet.
     *
     * @param routes this host's addresses and routes
     * @param ownMac the link's own address
     * @param mtu the largest IP packet that is sent, in bytes, not above the link's
     * @param capabilities what the link fills in
     * @param link takes frames for other stations
     * @param loopback takes frames for this host itself
     * @param pool lends buffers for what this layer sends by itself; the link's
     * @param wheel drives the timers
     * @param counters counts
     * @param secret from a secure source: keys the hash tables and the limits
     * @param nowNs the present
     */
    public InternetLayer(
            RouteTable routes,
            long ownMac,
            int mtu,
            LinkCapabilities capabilities,
            TransmitQueue link,
            TransmitQueue loopback,
            BufferPool pool,
            TimerWheel wheel,
            Counters counters,
            long secret,
            long nowNs) {
        this.link = link;
        this.loopback = loopback;
        this.counters = counters;
        neighbors = new NeighborTable(wheel, pool, counters, secret);
        EthernetOutput ethernetOutput = new EthernetOutput(ownMac, neighbors, link, loopback);
        // RFC 1122 §3.2.1.3 (g): where 127.0.0.1 is all that this host has, no station on the link is to hear of it.
        int onLink = RouteTable.isLoopback(routes.address()) ? 0 : routes.address();
        arp = new Arp(onLink, ethernetOutput, neighbors, pool, counters, nowNs);
        pathMtus = new PathMtuCache(wheel, secret);
        reassembler = new Reassembler(pool, wheel, counters);
        Ipv4Output ipv4Output = new Ipv4Output(routes, ethernetOutput, counters, mtu, capabilities.txIpChecksum());
        routes6 = routes.ipv6();
        Ipv6Output ipv6Output = new Ipv6Output(routes6, ethernetOutput, counters, mtu);
        output = new IpOutput(routes, ipv4Output, ipv6Output, pathMtus, mtu, capabilities.txTcpChecksum());
        icmpv4 = new Icmpv4(routes, ipv4Output, pathMtus, counters, mtu, secret, nowNs);
        listener = new MulticastListener(routes6, ipv6Output, pool, wheel, counters, secret);
        discovery = new NeighborDiscovery(
                routes6, ipv6Output, ethernetOutput, neighbors, listener, pool, wheel, counters, nowNs);
        icmpv6 = new Icmpv6(routes6, ipv6Output, discovery, listener, pathMtus, counters, mtu, secret, nowNs);
        ipv4 = new Ipv4Input(routes, icmpv4, reassembler, counters);
        ipv6 = new Ipv6Input(routes6, icmpv6, reassembler, counters);
        ethernet = new EthernetInput(ownMac, arp, ipv4, routes6.isEnabled() ? ipv6 : null, counters);
        BothFamilies both = new BothFamilies();
        neighbors.connect(both, ethernetOutput, both);
        reassembler.connect(both);
    }

    /** Tells who receives TCP segments, once, before the first frame. */
    public void transport(TransportReceiver receiver) {
        ipv4.transport(receiver);
        ipv6.transport(receiver);
        icmpv4.transport(receiver);
        icmpv6.transport(receiver);
    }

    /**
     * Has this layer announce and answer nothing on the host's behalf, as another shard of the host does; it still learns who
     * its neighbors are. Before the first frame.
     */
    public void silence() {
        arp.silence();
        discovery.silence();
    }

    /** Sets the time to live of packets that are sent from now on, 1 to 255; 64 before (RFC 9293 §3.9.2, MUST-49). */
    public void timeToLive(int value) {
        output.timeToLive(value);
    }

    /** Returns the means to send for the transport. */
    public IpSender ipSender() {
        return output;
    }

    /**
     * Announces this host's addresses to the link; the IPv6 ones are checked first. Once, when the link is up.
     *
     * @param nowNs the present
     */
    public void announce(long nowNs) {
        arp.announce();
        discovery.announce(nowNs);
    }

    /**
     * Receives frames from the link and counts them.
     *
     * @param burst the frames; taken, the burst is empty afterwards
     * @param nowNs the turn's time
     */
    public void receive(Burst burst, long nowNs) {
        long bytes = 0;
        int count = burst.count();
        for (int i = 0; i < count; i++) {
            bytes += burst.frame(i).length();
            ethernet.receive(burst.frame(i), burst.flags(i), nowNs);
        }
        burst.clear();
        counters.add(Counter.RX_FRAMES, count);
        counters.add(Counter.RX_BYTES, bytes);
    }

    /**
     * Receives frames that this host has sent to itself.
     *
     * @param burst the frames; taken, the burst is empty afterwards
     * @param nowNs the turn's time
     */
    public void receiveLoopback(Burst burst, long nowNs) {
        int count = burst.count();
        for (int i = 0; i < count; i++) {
            ethernet.receive(burst.frame(i), burst.flags(i) | EthernetInput.LOOPED, nowNs);
        }
        burst.clear();
    }

    /**
     * Sends what is gathered, as far as the links take it.
     *
     * @return how many frames they took
     */
    public int flush() {
        return link.flush() + loopback.flush();
    }

    /** Forgets neighbors, paths and fragments, cancels their timers and releases what waits for them. */
    public void close() {
        neighbors.clear();
        pathMtus.clear();
        reassembler.clear();
        discovery.clear();
        listener.clear();
    }

    /** What is shared by both versions of IP finds the right one here. */
    private final class BothFamilies implements Solicitor, UnresolvedReceiver, Reassembler.ExpiryReceiver {

        @Override
        public void solicit(long high, long low, long mac, long nowNs) {
            if (Addresses.isMapped(high, low)) {
                arp.solicit(high, low, mac, nowNs);
            } else {
                discovery.solicit(high, low, mac, nowNs);
            }
        }

        @Override
        public boolean mayLeave(PacketBuffer packet) {
            // An IPv4 address is never given up.
            return isIpv4(packet)
                    || routes6.isOwn(
                            Ipv6Header.sourceHigh(packet.bytes(), packet.start()),
                            Ipv6Header.sourceLow(packet.bytes(), packet.start()));
        }

        @Override
        public void onUnresolved(PacketBuffer packet, long nowNs) {
            if (isIpv4(packet)) {
                icmpv4.onUnresolved(packet, nowNs);
            } else {
                icmpv6.onUnresolved(packet, nowNs);
            }
        }

        @Override
        public void onExpired(PacketBuffer start, long nowNs) {
            if (isIpv4(start)) {
                ipv4.onExpired(start, nowNs);
            } else {
                ipv6.onExpired(start, nowNs);
            }
        }

        private static boolean isIpv4(PacketBuffer packet) {
            return Ipv4Header.version(packet.bytes(), packet.start()) == 4;
        }
    }
}
