package io.perilune.loop;

import io.perilune.ether.EthernetHeader;
import io.perilune.ip.Addresses;
import io.perilune.ip.Ipv4Header;
import io.perilune.ip.Ipv6Header;
import io.perilune.ip.RouteTable;
import io.perilune.link.QueueSpreading;
import io.perilune.memory.PacketBuffer;
import java.nio.ByteBuffer;

/**
 * Which shard each received frame is for. A flow's segments go where the link's spreading sends them, whatever queue they
 * came on; an ICMP error goes to the shard of the flow that it quotes; what each shard must know (neighbors' addresses,
 * fragments, whose ports only the first one has) goes to all; the rest to the first.
 *
 * <p>Flows between the host's own addresses cross no link: both their ends are on one shard.
 *
 * <p>Nothing of a frame is trusted; what is malformed goes to the first shard, which says what is wrong with it. Immutable;
 * any thread.
 */
final class Steering {

    /** What {@link #shardOf} returns for a frame that each shard needs. */
    static final int ALL = -1;

    private static final int FIRST = 0;
    private static final int PORTS_LENGTH = 4;
    private static final int ICMP_HEADER = 8;
    private static final int MOST_HEADERS = 8;
    private static final int ICMPV6_ERROR_LAST = 127;
    private static final int ROUTER_SOLICITATION = 133;
    private static final int REDIRECT = 137;

    private final RouteTable routes;
    private final QueueSpreading spreading;
    private final QueueSpreading ownSpreading;

    /**
     * Makes it.
     *
     * @param routes this host's addresses
     * @param spreading how the link spreads flows over as many queues as there are shards
     */
    Steering(RouteTable routes, QueueSpreading spreading, int shardCount) {
        this.routes = routes;
        this.spreading = spreading;
        this.ownSpreading = QueueSpreading.symmetric(shardCount);
    }

    /** Returns the shard of a flow. */
    int shardOf(long localHigh, long localLow, int localPort, long remoteHigh, long remoteLow, int remotePort) {
        // As its segments come in: the peer is the source.
        return shardOf(remoteHigh, remoteLow, localHigh, localLow, remotePort << 16 | localPort);
    }

    private int shardOf(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int ports) {
        QueueSpreading by = routes.isOwn(sourceHigh, sourceLow) ? ownSpreading : spreading;
        int hash = Addresses.isMapped(sourceHigh, sourceLow)
                ? by.hash().hash((int) sourceLow, (int) destinationLow, ports)
                : by.hash().hash(sourceHigh, sourceLow, destinationHigh, destinationLow, ports);
        return by.queueOf(hash);
    }

    /** Returns the shard of a received frame, from its Ethernet header on, or {@link #ALL}. */
    int shardOf(PacketBuffer frame) {
        ByteBuffer bytes = frame.bytes();
        int header = frame.start() + EthernetHeader.LENGTH;
        int end = frame.end();
        if (header > end) {
            return FIRST;
        }
        return switch (EthernetHeader.type(bytes, frame.start())) {
            case EthernetHeader.TYPE_IPV4 -> ofIpv4(bytes, header, end, false);
            case EthernetHeader.TYPE_IPV6 -> ofIpv6(bytes, header, end, false);
            case EthernetHeader.TYPE_ARP -> ALL;
            default -> FIRST;
        };
    }

    /**
     * Returns the shard of an IPv4 packet.
     *
     * @param quoted whether it is quoted in an error: this host has sent it
     */
    private int ofIpv4(ByteBuffer bytes, int header, int end, boolean quoted) {
        if (end - header < Ipv4Header.LENGTH || Ipv4Header.version(bytes, header) != 4) {
            return FIRST;
        }
        int headerLength = Ipv4Header.headerLength(bytes, header);
        int above = header + headerLength;
        if (headerLength < Ipv4Header.LENGTH || above > end) {
            return FIRST;
        }
        int fragment =
                Ipv4Header.flagsAndOffset(bytes, header) & (Ipv4Header.MORE_FRAGMENTS | Ipv4Header.FRAGMENT_OFFSET);
        if (fragment != 0 && !quoted) {
            return ALL;
        }
        int protocol = Ipv4Header.protocol(bytes, header);
        if (protocol == Ipv4Header.PROTOCOL_TCP && end - above >= PORTS_LENGTH) {
            long source = Addresses.mappedLow(Ipv4Header.source(bytes, header));
            long destination = Addresses.mappedLow(Ipv4Header.destination(bytes, header));
            return ofTcp(
                    Addresses.MAPPED_HIGH, source, Addresses.MAPPED_HIGH, destination, bytes.getInt(above), quoted);
        }
        // All of ICMP but its errors carries an identifier and a sequence number there.
        if (protocol == Ipv4Header.PROTOCOL_ICMP && !quoted && end - above > ICMP_HEADER) {
            return ofIpv4(bytes, above + ICMP_HEADER, end, true);
        }
        return FIRST;
    }

    private int ofIpv6(ByteBuffer bytes, int header, int end, boolean quoted) {
        if (end - header < Ipv6Header.LENGTH || Ipv6Header.version(bytes, header) != 6) {
            return FIRST;
        }
        int protocol = Ipv6Header.nextHeader(bytes, header);
        int above = header + Ipv6Header.LENGTH;
        for (int i = 0; i < MOST_HEADERS && isOption(protocol); i++) {
            int length = end - above < 8 ? 0 : 8 + 8 * (bytes.get(above + 1) & 0xFF);
            if (length == 0 || length > end - above) {
                return FIRST;
            }
            protocol = bytes.get(above) & 0xFF;
            above += length;
        }
        if (protocol == Ipv6Header.FRAGMENT) {
            return quoted ? FIRST : ALL;
        }
        if (protocol == Ipv4Header.PROTOCOL_TCP && end - above >= PORTS_LENGTH) {
            return ofTcp(
                    Ipv6Header.sourceHigh(bytes, header),
                    Ipv6Header.sourceLow(bytes, header),
                    Ipv6Header.destinationHigh(bytes, header),
                    Ipv6Header.destinationLow(bytes, header),
                    bytes.getInt(above),
                    quoted);
        }
        if (protocol == Ipv6Header.ICMPV6 && !quoted && end - above > ICMP_HEADER) {
            int type = bytes.get(above) & 0xFF;
            if (type <= ICMPV6_ERROR_LAST) {
                return ofIpv6(bytes, above + ICMP_HEADER, end, true);
            }
            return type >= ROUTER_SOLICITATION && type <= REDIRECT ? ALL : FIRST;
        }
        return FIRST;
    }

    private static boolean isOption(int protocol) {
        return protocol == Ipv6Header.HOP_BY_HOP
                || protocol == Ipv6Header.ROUTING
                || protocol == Ipv6Header.DESTINATION_OPTIONS;
    }

    private int ofTcp(
            long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int ports, boolean quoted) {
        if (quoted) {
            int swapped = ports << 16 | ports >>> 16;
            return shardOf(destinationHigh, destinationLow, sourceHigh, sourceLow, swapped);
        }
        return shardOf(sourceHigh, sourceLow, destinationHigh, destinationLow, ports);
    }
}
