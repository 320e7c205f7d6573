package io.perilune.ip;

import io.perilune.ether.EthernetHeader;
import io.perilune.ether.EthernetOutput;
import io.perilune.ether.MacAddress;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;

/** The way out for IPv6: route, header, next hop. Owned by the shard's driver. */
final class Ipv6Output {

    /** RFC 8200 §3 lets the host choose; 64 is what the assigned numbers recommend. */
    static final int HOP_LIMIT = 64;

    private final Ipv6Routes routes;
    private final EthernetOutput ethernet;
    private final Counters counters;
    private final int linkMtu;

    Ipv6Output(Ipv6Routes routes, EthernetOutput ethernet, Counters counters, int linkMtu) {
        this.routes = routes;
        this.ethernet = ethernet;
        this.counters = counters;
        this.linkMtu = linkMtu;
    }

    /**
     * Sends a packet's payload to one host; taken.
     *
     * @param nextHeader the number of the payload's first header
     */
    void send(
            PacketBuffer payload,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int nextHeader,
            int trafficClass,
            int hopLimit,
            long nowNs) {
        if (payload.frameLength() + Ipv6Header.LENGTH > linkMtu) {
            drop(payload, Counter.DROP_TOO_BIG);
            return;
        }
        int route = routes.route(destinationHigh, destinationLow);
        if (route == Ipv6Routes.UNREACHABLE) {
            drop(payload, Counter.DROP_NO_ROUTE);
            return;
        }
        if (!routes.isOwn(sourceHigh, sourceLow)
                || (route != Ipv6Routes.SELF && Ipv6Routes.isLoopback(sourceHigh, sourceLow))) {
            // RFC 4291 §2.5.3: ::1 must not leave the host; nor an address that turned out to be another's.
            drop(payload, Counter.DROP_SOURCE_NOT_OWN);
            return;
        }
        push(payload, sourceHigh, sourceLow, destinationHigh, destinationLow, nextHeader, trafficClass, hopLimit);
        switch (route) {
            case Ipv6Routes.SELF -> ethernet.sendLooped(payload, EthernetHeader.TYPE_IPV6);
            case Ipv6Routes.ON_LINK ->
                ethernet.send(payload, EthernetHeader.TYPE_IPV6, destinationHigh, destinationLow, nowNs);
            default ->
                ethernet.send(payload, EthernetHeader.TYPE_IPV6, routes.gatewayHigh(), routes.gatewayLow(), nowNs);
        }
    }

    /** Learns that what is sent to a destination seems not to arrive (RFC 4861 §7.3.1). */
    void doubt(long destinationHigh, long destinationLow, long nowNs) {
        int route = routes.route(destinationHigh, destinationLow);
        if (route == Ipv6Routes.ON_LINK) {
            ethernet.doubt(destinationHigh, destinationLow, nowNs);
        } else if (route == Ipv6Routes.BY_GATEWAY) {
            ethernet.doubt(routes.gatewayHigh(), routes.gatewayLow(), nowNs);
        }
    }

    /** Sends a packet's payload to a group on the link; taken. The source may be unspecified. */
    void sendToGroup(
            PacketBuffer payload,
            long sourceHigh,
            long sourceLow,
            long groupHigh,
            long groupLow,
            int nextHeader,
            int hopLimit) {
        push(payload, sourceHigh, sourceLow, groupHigh, groupLow, nextHeader, 0, hopLimit);
        // RFC 2464 §7.
        ethernet.sendTo(payload, EthernetHeader.TYPE_IPV6, MacAddress.ofIpv6Group(groupLow));
    }

    /** Sends a packet's payload to a neighbor whose link address is told; taken. */
    void sendTo(
            PacketBuffer payload,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int nextHeader,
            int hopLimit,
            long mac) {
        push(payload, sourceHigh, sourceLow, destinationHigh, destinationLow, nextHeader, 0, hopLimit);
        ethernet.sendTo(payload, EthernetHeader.TYPE_IPV6, mac);
    }

    private static void push(
            PacketBuffer payload,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int nextHeader,
            int trafficClass,
            int hopLimit) {
        int length = payload.frameLength();
        Ipv6Header.write(
                payload.bytes(),
                payload.push(Ipv6Header.LENGTH),
                trafficClass,
                length,
                nextHeader,
                hopLimit,
                sourceHigh,
                sourceLow,
                destinationHigh,
                destinationLow);
    }

    private void drop(PacketBuffer packet, Counter reason) {
        counters.increment(reason);
        packet.release();
    }
}
