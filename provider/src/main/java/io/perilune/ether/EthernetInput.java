package io.perilune.ether;

import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;

/** The way in: checks a frame's addresses and hands the packet inside to its protocol. Owned by the shard's driver. */
public final class EthernetInput {

    /** Flag of a packet: its frame was sent to a group of stations, not to this one alone. */
    public static final int TO_GROUP = 1 << 16;
    /** Flag of a packet: it comes from this host by the loopback link. */
    public static final int LOOPED = 1 << 17;
    /** Mask of the flags that are the link's own, as in {@link io.perilune.link.Burst}. */
    public static final int LINK_FLAGS = 0xFFFF;

    private final long ownMac;
    private final Arp arp;
    private final PacketReceiver ipv4;
    private final PacketReceiver ipv6;
    private final Counters counters;

    /**
     * Makes the way in.
     *
     * @param ownMac the link's own address
     * @param arp takes ARP's packets
     * @param ipv4 takes IPv4's packets
     * @param ipv6 takes IPv6's packets, those to groups too, or null if this host does not speak it
     * @param counters counts
     */
    public EthernetInput(long ownMac, Arp arp, PacketReceiver ipv4, PacketReceiver ipv6, Counters counters) {
        this.ownMac = ownMac;
        this.arp = arp;
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        this.counters = counters;
    }

    /**
     * Receives a frame.
     *
     * @param frame the frame from its Ethernet header on; taken
     * @param flags the link's flags, and {@link #LOOPED} on one that the loopback link brings
     * @param nowNs the turn's time
     */
    public void receive(PacketBuffer frame, int flags, long nowNs) {
        if (frame.length() < EthernetHeader.LENGTH) {
            drop(frame, Counter.DROP_ETHERNET_SHORT);
            return;
        }
        int header = frame.start();
        int type = EthernetHeader.type(frame.bytes(), header);
        if (type == EthernetHeader.TYPE_IPV6 && ipv6 == null) {
            drop(frame, Counter.DROP_IPV6_FRAMES);
            return;
        }
        long source = EthernetHeader.source(frame.bytes(), header);
        if (MacAddress.isGroup(source) || (source == ownMac && (flags & LOOPED) == 0)) {
            drop(frame, Counter.DROP_ETHERNET_SOURCE);
            return;
        }
        long destination = EthernetHeader.destination(frame.bytes(), header);
        int packetFlags = flags;
        if (destination == MacAddress.BROADCAST
                || (type == EthernetHeader.TYPE_IPV6 && MacAddress.isIpv6Group(destination))) {
            packetFlags |= TO_GROUP;
        } else if (destination != ownMac) {
            drop(frame, Counter.DROP_ETHERNET_DESTINATION);
            return;
        }
        frame.pull(EthernetHeader.LENGTH);
        if (type == EthernetHeader.TYPE_IPV4) {
            ipv4.receive(frame, packetFlags, nowNs);
        } else if (type == EthernetHeader.TYPE_IPV6) {
            ipv6.receive(frame, packetFlags, nowNs);
        } else if (type == EthernetHeader.TYPE_ARP) {
            arp.receive(frame, packetFlags, nowNs);
        } else {
            drop(frame, Counter.DROP_ETHERNET_TYPE);
        }
    }

    private void drop(PacketBuffer frame, Counter reason) {
        counters.increment(reason);
        frame.release();
    }
}
