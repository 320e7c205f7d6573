package io.perilune.ip;

import io.perilune.ether.EthernetHeader;
import io.perilune.ether.EthernetOutput;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import java.nio.ByteBuffer;

/** The way out for IPv4: route, header, next hop. Owned by the shard's driver. */
final class Ipv4Output {

    /** RFC 1122 §3.2.1.7 lets the host choose; 64 is what the assigned numbers recommend. */
    private static final int TIME_TO_LIVE_DEFAULT = 64;

    private final RouteTable routes;
    private final EthernetOutput ethernet;
    private final Counters counters;
    private final int linkMtu;
    private final boolean offloadsIpChecksum;
    private int timeToLive = TIME_TO_LIVE_DEFAULT;

    Ipv4Output(RouteTable routes, EthernetOutput ethernet, Counters counters, int linkMtu, boolean offloadsIpChecksum) {
        this.routes = routes;
        this.ethernet = ethernet;
        this.counters = counters;
        this.linkMtu = linkMtu;
        this.offloadsIpChecksum = offloadsIpChecksum;
    }

    /** Sets the time to live of what is sent from now on (RFC 9293 §3.9.2, MUST-49). */
    void timeToLive(int value) {
        timeToLive = value;
    }

    /** Sends a packet's payload; taken. */
    void send(PacketBuffer payload, int source, int destination, int protocol, int trafficClass, long nowNs) {
        int totalLength = payload.frameLength() + Ipv4Header.LENGTH;
        if (totalLength > linkMtu) {
            drop(payload, Counter.DROP_TOO_BIG);
            return;
        }
        boolean toSelf = routes.isOwn(destination);
        int nextHop = toSelf ? destination : routes.nextHop(destination);
        if (nextHop == RouteTable.UNREACHABLE) {
            drop(payload, Counter.DROP_NO_ROUTE);
            return;
        }
        if (!toSelf && RouteTable.isLoopback(source)) {
            // RFC 1122 §3.2.1.3 (g): such an address must not appear outside a host.
            drop(payload, Counter.DROP_SOURCE_NOT_OWN);
            return;
        }
        int header = payload.push(Ipv4Header.LENGTH);
        ByteBuffer bytes = payload.bytes();
        Ipv4Header.write(
                bytes,
                header,
                trafficClass,
                totalLength,
                Ipv4Header.DONT_FRAGMENT,
                timeToLive,
                protocol,
                source,
                destination);
        if (!offloadsIpChecksum) {
            int checksum = InternetChecksum.finish(InternetChecksum.sum(bytes, header, Ipv4Header.LENGTH));
            Ipv4Header.checksum(bytes, header, checksum);
        }
        if (toSelf) {
            ethernet.sendLooped(payload, EthernetHeader.TYPE_IPV4);
        } else {
            ethernet.send(
                    payload, EthernetHeader.TYPE_IPV4, Addresses.MAPPED_HIGH, Addresses.mappedLow(nextHop), nowNs);
        }
    }

    /** Learns that what is sent to a destination seems not to arrive. */
    void doubt(int destination, long nowNs) {
        if (!routes.isOwn(destination)) {
            ethernet.doubt(Addresses.MAPPED_HIGH, Addresses.mappedLow(routes.nextHop(destination)), nowNs);
        }
    }

    private void drop(PacketBuffer packet, Counter reason) {
        counters.increment(reason);
        packet.release();
    }
}
