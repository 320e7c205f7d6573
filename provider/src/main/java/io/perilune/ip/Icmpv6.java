package io.perilune.ip;

import io.perilune.ether.EthernetHeader;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.TokenBucket;
import java.nio.ByteBuffer;

/**
 * ICMP for IPv6 (RFC 4443): answers echo requests, sends errors about packets that cannot be delivered, brings errors
 * about TCP segments to TCP, and hands on what is {@link NeighborDiscovery}'s and {@link MulticastListener}'s. Owned by
 * the shard's driver.
 */
final class Icmpv6 {

    /** Length of the header of echo and error messages. */
    static final int HEADER_LENGTH = 8;

    static final int TYPE_UNREACHABLE = 1;
    static final int TYPE_TOO_BIG = 2;
    static final int TYPE_TIME_EXCEEDED = 3;
    static final int TYPE_PARAMETER_PROBLEM = 4;
    static final int TYPE_ECHO_REQUEST = 128;
    static final int TYPE_ECHO_REPLY = 129;
    static final int TYPE_LISTENER_QUERY = 130;
    static final int TYPE_ROUTER_SOLICITATION = 133;
    static final int TYPE_ROUTER_ADVERTISEMENT = 134;
    static final int TYPE_NEIGHBOR_SOLICITATION = 135;
    static final int TYPE_NEIGHBOR_ADVERTISEMENT = 136;
    static final int TYPE_REDIRECT = 137;
    /** Code of an unreachable port. */
    static final int CODE_PORT = 4;
    /** Code of a time exceeded in reassembly. */
    static final int CODE_REASSEMBLY = 1;

    private static final int FIRST_INFORMATIONAL = 128;
    /** What of TCP's header an answer needs: ports and sequence number. */
    private static final int QUOTED_TCP = 8;
    /** Room for the headers in front of a message that is made in a received packet's buffer. */
    private static final int ERROR_HEADROOM = EthernetHeader.LENGTH + Ipv6Header.LENGTH + HEADER_LENGTH;
    /** RFC 4443 §2.4 (c): as much of the packet as fits the least MTU. */
    private static final int QUOTE_MOST = Ipv6Header.LEAST_MTU - Ipv6Header.LENGTH - HEADER_LENGTH;

    private final Ipv6Routes routes;
    private final Ipv6Output output;
    private final NeighborDiscovery discovery;
    private final MulticastListener listener;
    private final PathMtuCache pathMtus;
    private final Counters counters;
    private final int linkMtu;
    private final TokenBucket echoes;
    private final TokenBucket errors;
    private final Ipv6ExtensionHeaders quoted = new Ipv6ExtensionHeaders();
    private long random;
    private TransportReceiver transport;

    Icmpv6(
            Ipv6Routes routes,
            Ipv6Output output,
            NeighborDiscovery discovery,
            MulticastListener listener,
            PathMtuCache pathMtus,
            Counters counters,
            int linkMtu,
            long secret,
            long nowNs) {
        this.routes = routes;
        this.output = output;
        this.discovery = discovery;
        this.listener = listener;
        this.pathMtus = pathMtus;
        this.counters = counters;
        this.linkMtu = linkMtu;
        this.random = secret | 1;
        this.echoes = new TokenBucket(10_000, 1_000, nowNs);
        // RFC 4443 §2.4 (f) asks for a token bucket; as much as for IPv4.
        this.errors = new TokenBucket(1_000, 50, nowNs);
    }

    void transport(TransportReceiver receiver) {
        transport = receiver;
    }

    /**
     * Receives a checked packet, from its IPv6 header on; taken.
     *
     * @param message the position of the ICMPv6 header
     * @param fragmented whether there was a fragment header
     * @param routerAlert whether there was a router alert
     */
    void receive(PacketBuffer packet, int message, boolean fragmented, boolean routerAlert, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int length = packet.end() - message;
        // Type, code and checksum, and four bytes more, are common to all that is spoken.
        if (length < HEADER_LENGTH || checksum(bytes, packet.start(), message, length) != 0) {
            drop(packet, Counter.DROP_ICMP_MALFORMED);
            return;
        }
        int type = bytes.get(message) & 0xFF;
        switch (type) {
            case TYPE_ECHO_REQUEST -> replyToEcho(packet, message, nowNs);
            case TYPE_UNREACHABLE, TYPE_TOO_BIG, TYPE_TIME_EXCEEDED, TYPE_PARAMETER_PROBLEM -> {
                receiveError(bytes, message, length, nowNs);
                packet.release();
            }
            case TYPE_NEIGHBOR_SOLICITATION, TYPE_NEIGHBOR_ADVERTISEMENT -> {
                if (fragmented) {
                    // RFC 6980 §5.
                    drop(packet, Counter.DROP_ND_MALFORMED);
                } else {
                    discovery.receive(packet, message, nowNs);
                }
            }
            case TYPE_ROUTER_SOLICITATION, TYPE_ROUTER_ADVERTISEMENT, TYPE_REDIRECT ->
                // The gateway is configured: nobody on the link is to choose another.
                drop(packet, Counter.DROP_ND_ROUTER);
            case TYPE_LISTENER_QUERY -> {
                listener.receiveQuery(bytes, packet.start(), message, length, routerAlert, nowNs);
                packet.release();
            }
            default -> drop(packet, Counter.DROP_ICMP_TYPE);
        }
    }

    /**
     * Tells the sender of a packet what is wrong with it, unless RFC 4443 §2.4 (e) forbids it. Who calls has counted the
     * packet.
     *
     * @param packet the packet from its IPv6 header on; taken
     * @param parameter what stands in the header's second word
     * @param evenToGroup whether to tell also if it was sent to a group
     */
    void sendError(PacketBuffer packet, int type, int code, int parameter, boolean evenToGroup, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        long sourceHigh = Ipv6Header.sourceHigh(bytes, header);
        long sourceLow = Ipv6Header.sourceLow(bytes, header);
        boolean toGroup = Ipv6Routes.isMulticast(Ipv6Header.destinationHigh(bytes, header));
        if ((toGroup && !evenToGroup)
                || !Ipv6Routes.isHost(sourceHigh, sourceLow)
                || isErrorOrRedirect(bytes, header, packet.end())) {
            packet.release();
            return;
        }
        if (packet.headroom() < ERROR_HEADROOM) {
            drop(packet, Counter.DROP_NO_BUFFER);
            return;
        }
        if (!takeErrorToken(nowNs)) {
            drop(packet, Counter.ICMP_ERRORS_LIMITED);
            return;
        }
        long ownHigh =
                toGroup ? routes.sourceHighFor(sourceHigh, sourceLow) : Ipv6Header.destinationHigh(bytes, header);
        long ownLow = toGroup ? routes.sourceLowFor(sourceHigh, sourceLow) : Ipv6Header.destinationLow(bytes, header);
        packet.truncate(Math.min(packet.length(), QUOTE_MOST));
        int message = packet.push(HEADER_LENGTH);
        bytes.putInt(message, (type << 24) | (code << 16));
        bytes.putInt(message + 4, parameter);
        putChecksum(bytes, message, packet.length(), ownHigh, ownLow, sourceHigh, sourceLow);
        counters.increment(Counter.ICMP_ERRORS_SENT);
        output.send(packet, ownHigh, ownLow, sourceHigh, sourceLow, Ipv6Header.ICMPV6, 0, Ipv6Output.HOP_LIMIT, nowNs);
    }

    /** This host's own packet found no neighbor: TCP hears of it as of a router's message. */
    void onUnresolved(PacketBuffer packet, long nowNs) {
        // Its source address may have been lost since: all the more is TCP to know.
        if (quotesTcp(packet.bytes(), packet.start(), packet.length())) {
            tell(IcmpError.HOST_UNREACHABLE, 0, packet.bytes(), packet.start(), nowNs);
        }
    }

    /** Fills the checksum of a message in (RFC 4443 §2.3); its field is 0. */
    static void putChecksum(
            ByteBuffer bytes,
            int message,
            int length,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow) {
        long sum = InternetChecksum.pseudoHeader(
                sourceHigh, sourceLow, destinationHigh, destinationLow, Ipv6Header.ICMPV6, length);
        int checksum = InternetChecksum.finish(sum + InternetChecksum.sum(bytes, message, length));
        bytes.putShort(message + 2, (short) checksum);
    }

    private static int checksum(ByteBuffer bytes, int header, int message, int length) {
        long sum = InternetChecksum.pseudoHeader(
                Ipv6Header.sourceHigh(bytes, header),
                Ipv6Header.sourceLow(bytes, header),
                Ipv6Header.destinationHigh(bytes, header),
                Ipv6Header.destinationLow(bytes, header),
                Ipv6Header.ICMPV6,
                length);
        return InternetChecksum.finish(sum + InternetChecksum.sum(bytes, message, length));
    }

    private void replyToEcho(PacketBuffer packet, int message, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        long peerHigh = Ipv6Header.sourceHigh(bytes, header);
        long peerLow = Ipv6Header.sourceLow(bytes, header);
        if (!Ipv6Routes.isHost(peerHigh, peerLow)) {
            drop(packet, Counter.DROP_IPV6_SOURCE);
            return;
        }
        if (!echoes.take(nowNs)) {
            drop(packet, Counter.DROP_ICMP_ECHO_LIMITED);
            return;
        }
        // RFC 4443 §4.2: from the address it was sent to, or, of a group, from a unicast one of this host.
        boolean toGroup = Ipv6Routes.isMulticast(Ipv6Header.destinationHigh(bytes, header));
        long ownHigh = toGroup ? routes.sourceHighFor(peerHigh, peerLow) : Ipv6Header.destinationHigh(bytes, header);
        long ownLow = toGroup ? routes.sourceLowFor(peerHigh, peerLow) : Ipv6Header.destinationLow(bytes, header);
        int trafficClass = Ipv6Header.trafficClass(bytes, header);
        packet.pull(message - header);
        bytes.putInt(message, TYPE_ECHO_REPLY << 24);
        putChecksum(bytes, message, packet.length(), ownHigh, ownLow, peerHigh, peerLow);
        counters.increment(Counter.ICMP_ECHO_REPLIES);
        output.send(
                packet,
                ownHigh,
                ownLow,
                peerHigh,
                peerLow,
                Ipv6Header.ICMPV6,
                trafficClass,
                Ipv6Output.HOP_LIMIT,
                nowNs);
    }

    private void receiveError(ByteBuffer bytes, int message, int length, long nowNs) {
        int type = bytes.get(message) & 0xFF;
        int code = bytes.get(message + 1) & 0xFF;
        IcmpError error = errorOf(type, code);
        int told = 0;
        if (error == IcmpError.PACKET_TOO_BIG) {
            int mtu = bytes.getInt(message + 4);
            // RFC 8201 §4: less than the least MTU is not believed; more than 2^31 is more than any link.
            if (mtu >= 0 && mtu < Ipv6Header.LEAST_MTU) {
                counters.increment(Counter.DROP_ICMP_QUOTE);
                return;
            }
            told = mtu < 0 ? Integer.MAX_VALUE : mtu;
        }
        if (error == null) {
            counters.increment(Counter.DROP_ICMP_TYPE);
        } else if (deliver(error, told, bytes, message + HEADER_LENGTH, length - HEADER_LENGTH, nowNs)) {
            counters.increment(Counter.ICMP_ERRORS_RECEIVED);
        } else {
            counters.increment(Counter.DROP_ICMP_QUOTE);
        }
    }

    /**
     * Reads a packet that this host seems to have sent and tells TCP. This host sends no extension headers with TCP.
     *
     * @return whether it is one that TCP may have sent
     */
    private boolean deliver(IcmpError error, int mtu, ByteBuffer bytes, int header, int length, long nowNs) {
        if (!quotesTcp(bytes, header, length)
                || !routes.isOwn(Ipv6Header.sourceHigh(bytes, header), Ipv6Header.sourceLow(bytes, header))
                || !Ipv6Routes.isHost(
                        Ipv6Header.destinationHigh(bytes, header), Ipv6Header.destinationLow(bytes, header))) {
            return false;
        }
        // RFC 8201 §4: a message that tells no smaller MTU must not raise one.
        if (error != IcmpError.PACKET_TOO_BIG || mtu < linkMtu) {
            tell(error, mtu, bytes, header, nowNs);
        }
        return true;
    }

    private boolean quotesTcp(ByteBuffer bytes, int header, int length) {
        return transport != null
                && length >= Ipv6Header.LENGTH + QUOTED_TCP
                && Ipv6Header.version(bytes, header) == 6
                && Ipv6Header.nextHeader(bytes, header) == Ipv4Header.PROTOCOL_TCP
                && Ipv6Header.payloadLength(bytes, header) >= QUOTED_TCP;
    }

    private void tell(IcmpError error, int mtu, ByteBuffer bytes, int header, long nowNs) {
        long remoteHigh = Ipv6Header.destinationHigh(bytes, header);
        long remoteLow = Ipv6Header.destinationLow(bytes, header);
        int tcp = header + Ipv6Header.LENGTH;
        boolean believed = transport.onIcmpError(
                error,
                mtu,
                Ipv6Header.sourceHigh(bytes, header),
                Ipv6Header.sourceLow(bytes, header),
                remoteHigh,
                remoteLow,
                bytes.getShort(tcp) & 0xFFFF,
                bytes.getShort(tcp + 2) & 0xFFFF,
                bytes.getInt(tcp + 4),
                nowNs);
        if (believed && error == IcmpError.PACKET_TOO_BIG && mtu < pathMtus.mtu(remoteHigh, remoteLow, linkMtu)) {
            pathMtus.lower(remoteHigh, remoteLow, mtu, nowNs);
            counters.increment(Counter.PATH_MTU_LOWERED);
        }
    }

    private static IcmpError errorOf(int type, int code) {
        switch (type) {
            case TYPE_TOO_BIG:
                return IcmpError.PACKET_TOO_BIG;
            case TYPE_TIME_EXCEEDED:
                // Code 1, reassembly, cannot concern packets that are sent unfragmented.
                return code == 0 ? IcmpError.TIME_EXCEEDED : null;
            case TYPE_PARAMETER_PROBLEM:
                boolean noProtocol = code == Ipv6ExtensionHeaders.CODE_NEXT_HEADER;
                return noProtocol ? IcmpError.PROTOCOL_UNREACHABLE : IcmpError.PARAMETER_PROBLEM;
            default:
                return unreachable(code);
        }
    }

    /** RFC 4443 §3.1. */
    private static IcmpError unreachable(int code) {
        return switch (code) {
            case 0, 2 -> IcmpError.NET_UNREACHABLE;
            case 1, 5, 6 -> IcmpError.PROHIBITED;
            case 3 -> IcmpError.HOST_UNREACHABLE;
            case CODE_PORT -> IcmpError.PORT_UNREACHABLE;
            default -> null;
        };
    }

    private boolean isErrorOrRedirect(ByteBuffer bytes, int header, int end) {
        int at = quoted.skipToProtocol(bytes, header + Ipv6Header.NEXT_HEADER, header + Ipv6Header.LENGTH, end);
        if (at < 0 || quoted.protocol != Ipv6Header.ICMPV6) {
            return false;
        }
        int type = at < end ? bytes.get(at) & 0xFF : 0;
        return type < FIRST_INFORMATIONAL || type == TYPE_REDIRECT;
    }

    /** Pays for an error with one token or two, at random, so that nobody can count by it what others cause. */
    private boolean takeErrorToken(long nowNs) {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return errors.take(nowNs) && ((random & 1) == 0 || errors.take(nowNs));
    }

    private void drop(PacketBuffer packet, Counter reason) {
        counters.increment(reason);
        packet.release();
    }
}
