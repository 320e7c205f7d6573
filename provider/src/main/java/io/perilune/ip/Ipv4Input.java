package io.perilune.ip;

import io.perilune.ether.EthernetInput;
import io.perilune.ether.PacketReceiver;
import io.perilune.link.Burst;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import java.nio.ByteBuffer;

/**
 * The way in: checks every field of the header, drops and counts what is wrong, hands the rest to the transport. Owned
 * by the shard's driver.
 */
final class Ipv4Input implements PacketReceiver, Reassembler.ExpiryReceiver {

    private static final int OPTION_END = 0;
    private static final int OPTION_NONE = 1;
    private static final int OPTION_LOOSE_SOURCE_ROUTE = 131;
    private static final int OPTION_STRICT_SOURCE_ROUTE = 137;
    private static final int LENGTH_MOST = 65_535;
    private static final int VERSION_AND_LENGTH = 0x45;

    private final RouteTable routes;
    private final Icmpv4 icmp;
    private final Reassembler reassembler;
    private final Counters counters;
    private TransportReceiver transport;

    Ipv4Input(RouteTable routes, Icmpv4 icmp, Reassembler reassembler, Counters counters) {
        this.routes = routes;
        this.icmp = icmp;
        this.reassembler = reassembler;
        this.counters = counters;
    }

    void transport(TransportReceiver receiver) {
        transport = receiver;
    }

    @Override
    public void receive(PacketBuffer packet, int flags, long nowNs) {
        Counter wrong = check(packet, flags);
        if (wrong != null) {
            counters.increment(wrong);
            packet.release();
            return;
        }
        counters.increment(Counter.IPV4_RECEIVED);
        int fragment = Ipv4Header.flagsAndOffset(packet.bytes(), packet.start());
        if ((fragment & (Ipv4Header.MORE_FRAGMENTS | Ipv4Header.FRAGMENT_OFFSET)) != 0) {
            receiveFragment(packet, fragment, nowNs);
        } else {
            receiveWhole(packet, flags, nowNs);
        }
    }

    /** A datagram's time is over before it is whole. */
    @Override
    public void onExpired(PacketBuffer start, long nowNs) {
        icmp.sendError(start, Icmpv4.TYPE_TIME_EXCEEDED, Icmpv4.CODE_REASSEMBLY, nowNs);
    }

    private void receiveWhole(PacketBuffer packet, int flags, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        switch (Ipv4Header.protocol(bytes, header)) {
            case Ipv4Header.PROTOCOL_TCP -> receiveTcp(packet, flags, nowNs);
            case Ipv4Header.PROTOCOL_ICMP -> icmp.receive(packet, nowNs);
            case Ipv4Header.PROTOCOL_UDP -> {
                // RFC 1122 §4.1.3.1: nobody listens on any UDP port of this stack.
                counters.increment(Counter.DROP_IPV4_PROTOCOL);
                icmp.sendError(packet, Icmpv4.TYPE_UNREACHABLE, Icmpv4.CODE_PORT, nowNs);
            }
            default -> {
                counters.increment(Counter.DROP_IPV4_PROTOCOL);
                icmp.sendError(packet, Icmpv4.TYPE_UNREACHABLE, Icmpv4.CODE_PROTOCOL, nowNs);
            }
        }
    }

    private void receiveFragment(PacketBuffer packet, int flagsAndOffset, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        int headerLength = Ipv4Header.headerLength(bytes, header);
        int length = packet.length() - headerLength;
        int partOffset = (flagsAndOffset & Ipv4Header.FRAGMENT_OFFSET) * 8;
        boolean more = (flagsAndOffset & Ipv4Header.MORE_FRAGMENTS) != 0;
        // RFC 791 §3.2: all but the last are of whole units; no datagram is longer than its length field can say.
        if (length == 0 || (more && length % 8 != 0) || partOffset + length > LENGTH_MOST - Ipv4Header.LENGTH) {
            counters.increment(Counter.DROP_FRAGMENT_MALFORMED);
            packet.release();
            return;
        }
        int protocol = Ipv4Header.protocol(bytes, header);
        // The datagram's header is kept without its options.
        bytes.put(header, (byte) VERSION_AND_LENGTH);
        PacketBuffer whole = reassembler.add(
                packet,
                header,
                Ipv4Header.LENGTH,
                Addresses.MAPPED_HIGH,
                Addresses.mappedLow(Ipv4Header.source(bytes, header)),
                Addresses.MAPPED_HIGH,
                Addresses.mappedLow(Ipv4Header.destination(bytes, header)),
                (long) protocol << 32 | Ipv4Header.identification(bytes, header),
                header + headerLength,
                length,
                partOffset,
                more,
                Ipv4Header.trafficClass(bytes, header),
                nowNs);
        packet.release();
        if (whole != null) {
            Ipv4Header.reassembled(whole.bytes(), whole.start(), whole.length(), reassembler.ecn());
            receiveWhole(whole, 0, nowNs);
        }
    }

    private void receiveTcp(PacketBuffer packet, int flags, long nowNs) {
        if (transport == null) {
            counters.increment(Counter.DROP_NO_TRANSPORT);
            packet.release();
            return;
        }
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        packet.pull(Ipv4Header.headerLength(bytes, header));
        transport.receive(
                packet,
                Addresses.MAPPED_HIGH,
                Addresses.mappedLow(Ipv4Header.source(bytes, header)),
                Addresses.MAPPED_HIGH,
                Addresses.mappedLow(Ipv4Header.destination(bytes, header)),
                Ipv4Header.trafficClass(bytes, header),
                flags & EthernetInput.LINK_FLAGS,
                nowNs);
    }

    /** Checks a packet and cuts the padding behind it. Returns what is wrong, or null. */
    private Counter check(PacketBuffer packet, int flags) {
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        if (packet.length() < Ipv4Header.LENGTH || Ipv4Header.version(bytes, header) != 4) {
            return Counter.DROP_IPV4_HEADER;
        }
        int headerLength = Ipv4Header.headerLength(bytes, header);
        int totalLength = Ipv4Header.totalLength(bytes, header);
        if (headerLength < Ipv4Header.LENGTH || totalLength < headerLength || totalLength > packet.length()) {
            return Counter.DROP_IPV4_HEADER;
        }
        // RFC 1122 §3.2.1.2: the checksum of every received datagram is verified, here or by the link.
        if ((flags & Burst.IP_CHECKSUM_GOOD) == 0
                && InternetChecksum.finish(InternetChecksum.sum(bytes, header, headerLength)) != 0) {
            return Counter.DROP_IPV4_CHECKSUM;
        }
        // Short frames are padded to 60 bytes: the packet ends where its header says.
        packet.truncate(totalLength);
        // No check of the time to live: RFC 1122 §3.2.1.7 forbids a host to drop a packet because it ran low.
        Counter wrong = checkAddresses(bytes, header, flags);
        if (wrong != null) {
            return wrong;
        }
        if (headerLength > Ipv4Header.LENGTH) {
            wrong = checkOptions(bytes, header + Ipv4Header.LENGTH, header + headerLength);
            if (wrong != null) {
                return wrong;
            }
        }
        return null;
    }

    private Counter checkAddresses(ByteBuffer bytes, int header, int flags) {
        int source = Ipv4Header.source(bytes, header);
        int destination = Ipv4Header.destination(bytes, header);
        // RFC 1122 §3.2.1.3: no sender is a group, a broadcast, "this host" or, from outside, this host's own or a
        // loopback address (a segment from its receiver to itself is the LAND attack).
        if ((flags & EthernetInput.LOOPED) == 0) {
            if (!routes.isHost(source) || RouteTable.isLoopback(source) || routes.isOwn(source)) {
                return Counter.DROP_IPV4_SOURCE;
            }
            // A packet for 127.0.0.0/8 that comes over a link is a lie, whichever stack these addresses run on.
            if (RouteTable.isLoopback(destination)) {
                return Counter.DROP_IPV4_DESTINATION;
            }
        } else if (!routes.isOwn(source)) {
            return Counter.DROP_IPV4_SOURCE;
        }
        // RFC 1122 §3.3.6: what came to all stations is not for one address.
        if ((flags & EthernetInput.TO_GROUP) != 0 || routes.isGroup(destination)) {
            return Counter.DROP_IPV4_BROADCAST;
        }
        return routes.isOwn(destination) ? null : Counter.DROP_IPV4_DESTINATION;
    }

    private static Counter checkOptions(ByteBuffer bytes, int from, int end) {
        int at = from;
        while (at < end) {
            int option = bytes.get(at) & 0xFF;
            if (option == OPTION_END) {
                break;
            }
            if (option == OPTION_NONE) {
                at++;
                continue;
            }
            if (option == OPTION_LOOSE_SOURCE_ROUTE || option == OPTION_STRICT_SOURCE_ROUTE) {
                // RFC 7126 §4.3.5, §4.4.5: dropped by default.
                return Counter.DROP_IPV4_SOURCE_ROUTE;
            }
            int length = at + 1 < end ? bytes.get(at + 1) & 0xFF : 0;
            if (length < 2 || length > end - at) {
                return Counter.DROP_IPV4_HEADER;
            }
            at += length;
        }
        return null;
    }
}
