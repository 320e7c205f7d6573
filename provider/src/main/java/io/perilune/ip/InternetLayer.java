package io.perilune.ip;

import io.perilune.ether.Arp;
import io.perilune.ether.EthernetInput;
import io.perilune.ether.EthernetOutput;
import io.perilune.ether.NeighborTable;
import io.perilune.link.Burst;
import io.perilune.link.LinkCapabilities;
import io.perilune.link.TransmitQueue;
import io.perilune.memory.BufferPool;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.TimerWheel;

/**
 * The lower half of one shard: Ethernet, ARP, IPv4 and ICMP, wired together, between the link's queues and a transport.
 *
 * <p>What this host sends to itself goes to the loopback queue and comes back by {@link #receiveLoopback} in a later
 * turn. Owned by the shard's driver.
 */
public final class InternetLayer {

    private final TransmitQueue link;
    private final TransmitQueue loopback;
    private final Counters counters;
    private final NeighborTable neighbors;
    private final Arp arp;
    private final PathMtuCache pathMtus;
    private final Ipv4Output output;
    private final Icmpv4 icmp;
    private final Ipv4Input input;
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
        arp = new Arp(routes.address(), ethernetOutput, neighbors, pool, counters, nowNs);
        pathMtus = new PathMtuCache(wheel, secret);
        output = new Ipv4Output(
                routes,
                ethernetOutput,
                pathMtus,
                counters,
                mtu,
                capabilities.txIpChecksum(),
                capabilities.txTcpChecksum());
        icmp = new Icmpv4(routes, output, pathMtus, counters, mtu, secret, nowNs);
        input = new Ipv4Input(routes, icmp, counters);
        ethernet = new EthernetInput(ownMac, arp, input, counters);
        neighbors.connect(arp, ethernetOutput, icmp);
    }

    /** Tells who receives TCP segments, once, before the first frame. */
    public void transport(TransportReceiver receiver) {
        input.transport(receiver);
        icmp.transport(receiver);
    }

    /** Sets the time to live of packets that are sent from now on, 1 to 255; 64 before (RFC 9293 §3.9.2, MUST-49). */
    public void timeToLive(int value) {
        output.timeToLive(value);
    }

    /** Returns the means to send for the transport. */
    public IpSender ipSender() {
        return output;
    }

    /** Announces this host's address to the link. Once, when the link is up. */
    public void announce() {
        arp.announce();
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

    /** Forgets neighbors and paths, cancels their timers and releases what waits for them. */
    public void close() {
        neighbors.clear();
        pathMtus.clear();
    }
}
