package io.perilune.ip;

import io.perilune.memory.PacketBuffer;

/** The way out for a transport: IPv4-mapped addresses by IPv4, all others by IPv6. Owned by the shard's driver. */
final class IpOutput implements IpSender {

    private final RouteTable routes;
    private final Ipv4Output ipv4;
    private final Ipv6Output ipv6;
    private final PathMtuCache pathMtus;
    private final int linkMtu;
    private final boolean offloadsTcpChecksum;
    private int hopLimit = Ipv6Output.HOP_LIMIT;

    IpOutput(
            RouteTable routes,
            Ipv4Output ipv4,
            Ipv6Output ipv6,
            PathMtuCache pathMtus,
            int linkMtu,
            boolean offloadsTcpChecksum) {
        this.routes = routes;
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        this.pathMtus = pathMtus;
        this.linkMtu = linkMtu;
        this.offloadsTcpChecksum = offloadsTcpChecksum;
    }

    /** Sets the time to live, or hop limit, of what the transport sends from now on (RFC 9293 §3.9.2, MUST-49). */
    void timeToLive(int value) {
        ipv4.timeToLive(value);
        hopLimit = value;
    }

    @Override
    public void send(
            PacketBuffer segment,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int protocol,
            int trafficClass,
            long nowNs) {
        if (Addresses.isMapped(destinationHigh, destinationLow)) {
            ipv4.send(segment, (int) sourceLow, (int) destinationLow, protocol, trafficClass, nowNs);
        } else {
            ipv6.send(
                    segment,
                    sourceHigh,
                    sourceLow,
                    destinationHigh,
                    destinationLow,
                    protocol,
                    trafficClass,
                    hopLimit,
                    nowNs);
        }
    }

    @Override
    public boolean reaches(long destinationHigh, long destinationLow) {
        return routes.reaches(destinationHigh, destinationLow);
    }

    @Override
    public boolean isOwn(long high, long low) {
        return routes.isOwn(high, low);
    }

    @Override
    public long sourceHighFor(long destinationHigh, long destinationLow) {
        return routes.sourceHighFor(destinationHigh, destinationLow);
    }

    @Override
    public long sourceLowFor(long destinationHigh, long destinationLow) {
        return routes.sourceLowFor(destinationHigh, destinationLow);
    }

    @Override
    public int mtuFor(long destinationHigh, long destinationLow) {
        return pathMtus.mtu(destinationHigh, destinationLow, linkMtu);
    }

    @Override
    public void doubt(long destinationHigh, long destinationLow, long nowNs) {
        if (Addresses.isMapped(destinationHigh, destinationLow)) {
            ipv4.doubt((int) destinationLow, nowNs);
        } else {
            ipv6.doubt(destinationHigh, destinationLow, nowNs);
        }
    }

    @Override
    public boolean offloadsTcpChecksum() {
        return offloadsTcpChecksum;
    }
}
