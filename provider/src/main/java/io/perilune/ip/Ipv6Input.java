package io.perilune.ip;

import io.perilune.ether.EthernetInput;
import io.perilune.ether.PacketReceiver;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import java.nio.ByteBuffer;

/**
 * The way in for IPv6: checks every field, walks the extension headers, drops and counts what is wrong, hands the rest
 * to the transport or to ICMPv6. Owned by the shard's driver.
 */
final class Ipv6Input implements PacketReceiver, Reassembler.ExpiryReceiver {

    private static final int FRAGMENT_OFFSET = 0xFFF8;
    private static final int MORE_FRAGMENTS = 1;
    private static final int PAYLOAD_MOST = 65_535;
    /** Length of the shortest header of the protocols above. */
    private static final int UPPER_LEAST = 8;

    private static final int TCP_LEAST = 20;
    private static final int TCP_DATA_OFFSET = 12;

    private final Ipv6Routes routes;
    private final Icmpv6 icmp;
    private final Reassembler reassembler;
    private final Counters counters;
    private final Ipv6ExtensionHeaders headers = new Ipv6ExtensionHeaders();
    private TransportReceiver transport;

    Ipv6Input(Ipv6Routes routes, Icmpv6 icmp, Reassembler reassembler, Counters counters) {
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
            drop(packet, wrong);
            return;
        }
        counters.increment(Counter.IPV6_RECEIVED);
        int result = headers.walk(packet.bytes(), packet.start(), packet.end());
        if (result == Ipv6ExtensionHeaders.FRAGMENT) {
            receiveFragment(packet, flags, nowNs);
        } else {
            receiveWalked(packet, result, flags, false, nowNs);
        }
    }

    /** A datagram's time is over before it is whole. */
    @Override
    public void onExpired(PacketBuffer start, long nowNs) {
        icmp.sendError(start, Icmpv6.TYPE_TIME_EXCEEDED, Icmpv6.CODE_REASSEMBLY, 0, false, nowNs);
    }

    private void receiveWalked(PacketBuffer packet, int result, int flags, boolean fragmented, long nowNs) {
        boolean toGroup = (flags & EthernetInput.TO_GROUP) != 0;
        if (result != Ipv6ExtensionHeaders.GOOD) {
            counters.increment(headers.reason);
            if (result == Ipv6ExtensionHeaders.BAD) {
                packet.release();
            } else {
                boolean evenToGroup = result == Ipv6ExtensionHeaders.PROBLEM_EVEN_TO_GROUP;
                sendProblem(packet, headers.code, headers.pointer, evenToGroup, nowNs);
            }
            return;
        }
        switch (headers.protocol) {
            case Ipv4Header.PROTOCOL_TCP -> receiveTcp(packet, flags, toGroup, nowNs);
            case Ipv6Header.ICMPV6 -> icmp.receive(packet, headers.offset, fragmented, headers.routerAlert, nowNs);
            case Ipv4Header.PROTOCOL_UDP -> {
                // Nobody listens on any UDP port of this stack (RFC 4443 §3.1).
                counters.increment(Counter.DROP_IPV6_PROTOCOL);
                icmp.sendError(packet, Icmpv6.TYPE_UNREACHABLE, Icmpv6.CODE_PORT, 0, false, nowNs);
            }
            case Ipv6Header.NO_NEXT_HEADER -> drop(packet, Counter.DROP_IPV6_PROTOCOL);
            default -> {
                // RFC 8200 §4.
                counters.increment(Counter.DROP_IPV6_PROTOCOL);
                sendProblem(packet, Ipv6ExtensionHeaders.CODE_NEXT_HEADER, headers.nextHeaderAt, false, nowNs);
            }
        }
    }

    private void receiveTcp(PacketBuffer packet, int flags, boolean toGroup, long nowNs) {
        if (toGroup) {
            // RFC 9293 §3.9.2.3 (MUST-57).
            drop(packet, Counter.DROP_IPV6_GROUP);
            return;
        }
        if (transport == null) {
            drop(packet, Counter.DROP_NO_TRANSPORT);
            return;
        }
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        packet.pull(headers.offset - header);
        transport.receive(
                packet,
                Ipv6Header.sourceHigh(bytes, header),
                Ipv6Header.sourceLow(bytes, header),
                Ipv6Header.destinationHigh(bytes, header),
                Ipv6Header.destinationLow(bytes, header),
                Ipv6Header.trafficClass(bytes, header),
                flags & EthernetInput.LINK_FLAGS,
                nowNs);
    }

    private void receiveFragment(PacketBuffer packet, int flags, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        int fragment = headers.offset;
        int end = packet.end();
        int word = bytes.getShort(fragment + 2) & 0xFFFF;
        int partOffset = word & FRAGMENT_OFFSET;
        boolean more = (word & MORE_FRAGMENTS) != 0;
        if (partOffset == 0 && !more) {
            // RFC 6946 §4: a packet that is whole has nothing to do with fragments of the same identification. What a
            // link says of its checksum is not heeded: it may have looked in the wrong place.
            int result = headers.walkBehindFragmentHeader(bytes, header, end);
            receiveWalked(packet, result, flags & ~EthernetInput.LINK_FLAGS, true, nowNs);
            return;
        }
        if ((flags & EthernetInput.TO_GROUP) != 0) {
            drop(packet, Counter.DROP_IPV6_GROUP);
            return;
        }
        int payloadAt = fragment + Ipv6ExtensionHeaders.FRAGMENT_LENGTH;
        int length = end - payloadAt;
        if (length == 0) {
            drop(packet, Counter.DROP_FRAGMENT_MALFORMED);
        } else if (more && length % 8 != 0) {
            // RFC 8200 §4.5.
            counters.increment(Counter.DROP_FRAGMENT_MALFORMED);
            int pointer = header + Ipv6Header.PAYLOAD_LENGTH;
            sendProblem(packet, Ipv6ExtensionHeaders.CODE_FIELD, pointer, false, nowNs);
        } else if (partOffset + length > PAYLOAD_MOST) {
            // RFC 8200 §4.5.
            counters.increment(Counter.DROP_FRAGMENT_MALFORMED);
            sendProblem(packet, Ipv6ExtensionHeaders.CODE_FIELD, fragment + 2, false, nowNs);
        } else if (partOffset == 0 && (bytes.get(fragment) & 0xFF) == Ipv6Header.HOP_BY_HOP) {
            // RFC 8200 §4.1: nowhere but first; the whole datagram will not show any more that they were not.
            counters.increment(Counter.DROP_FRAGMENT_MALFORMED);
            sendProblem(packet, Ipv6ExtensionHeaders.CODE_NEXT_HEADER, fragment, false, nowNs);
        } else if (partOffset == 0 && !hasAllHeaders(bytes, fragment, payloadAt, end)) {
            // RFC 8200 §4.5, RFC 7112 §5: all headers must be in the first fragment.
            counters.increment(Counter.DROP_FRAGMENT_MALFORMED);
            sendProblem(packet, Ipv6ExtensionHeaders.CODE_CHAIN, header, false, nowNs);
        } else {
            addFragment(packet, fragment, payloadAt, length, partOffset, more, nowNs);
        }
    }

    private boolean hasAllHeaders(ByteBuffer bytes, int fragment, int payloadAt, int end) {
        int upper = headers.skipToProtocol(bytes, fragment, payloadAt, end);
        if (upper < 0 || headers.protocol == Ipv6Header.NO_NEXT_HEADER) {
            return upper >= 0;
        }
        int there = end - upper;
        if (headers.protocol != Ipv4Header.PROTOCOL_TCP) {
            return there >= UPPER_LEAST;
        }
        // RFC 7112 §4: the protocol's own header too, and TCP's is as long as it says, options and all.
        return there >= TCP_LEAST && there >= (bytes.get(upper + TCP_DATA_OFFSET) & 0xF0) >>> 2;
    }

    private void addFragment(
            PacketBuffer packet, int fragment, int payloadAt, int length, int offset, boolean more, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        // The headers in front of the fragment header have done their work: what is kept names what comes behind.
        int next = bytes.get(fragment);
        bytes.put(header + Ipv6Header.NEXT_HEADER, (byte) next);
        PacketBuffer whole = reassembler.add(
                packet,
                header,
                Ipv6Header.LENGTH,
                Ipv6Header.sourceHigh(bytes, header),
                Ipv6Header.sourceLow(bytes, header),
                Ipv6Header.destinationHigh(bytes, header),
                Ipv6Header.destinationLow(bytes, header),
                bytes.getInt(fragment + 4) & 0xFFFF_FFFFL,
                payloadAt,
                length,
                offset,
                more,
                Ipv6Header.trafficClass(bytes, header),
                nowNs);
        packet.release();
        if (whole == null) {
            return;
        }
        ByteBuffer all = whole.bytes();
        int start = whole.start();
        int traffic = (Ipv6Header.trafficClass(all, start) & ~3) | reassembler.ecn();
        all.putInt(start, (all.getInt(start) & ~(0xFF << 20)) | traffic << 20);
        all.putShort(start + Ipv6Header.PAYLOAD_LENGTH, (short) (whole.length() - Ipv6Header.LENGTH));
        int result = headers.walk(all, start, whole.end());
        if (result == Ipv6ExtensionHeaders.FRAGMENT) {
            drop(whole, Counter.DROP_FRAGMENT_MALFORMED);
        } else {
            receiveWalked(whole, result, 0, true, nowNs);
        }
    }

    private void sendProblem(PacketBuffer packet, int code, int at, boolean evenToGroup, long nowNs) {
        icmp.sendError(packet, Icmpv6.TYPE_PARAMETER_PROBLEM, code, at - packet.start(), evenToGroup, nowNs);
    }

    /** Checks a packet and cuts the padding behind it. Returns what is wrong, or null. */
    private Counter check(PacketBuffer packet, int flags) {
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        if (packet.length() < Ipv6Header.LENGTH || Ipv6Header.version(bytes, header) != 6) {
            return Counter.DROP_IPV6_HEADER;
        }
        int length = Ipv6Header.LENGTH + Ipv6Header.payloadLength(bytes, header);
        if (length > packet.length()) {
            return Counter.DROP_IPV6_HEADER;
        }
        packet.truncate(length);
        long sourceHigh = Ipv6Header.sourceHigh(bytes, header);
        long sourceLow = Ipv6Header.sourceLow(bytes, header);
        long destinationHigh = Ipv6Header.destinationHigh(bytes, header);
        long destinationLow = Ipv6Header.destinationLow(bytes, header);
        boolean looped = (flags & EthernetInput.LOOPED) != 0;
        if (looped ? !routes.isOwn(sourceHigh, sourceLow) : !isPossibleSender(bytes, header, packet.end())) {
            return Counter.DROP_IPV6_SOURCE;
        }
        boolean toGroup = Ipv6Routes.isMulticast(destinationHigh);
        if (toGroup != ((flags & EthernetInput.TO_GROUP) != 0)) {
            return Counter.DROP_IPV6_GROUP;
        }
        if (toGroup) {
            return routes.isMember(destinationHigh, destinationLow) ? null : Counter.DROP_IPV6_DESTINATION;
        }
        // RFC 4291 §2.5.3: a packet for ::1 that comes over a link is a lie.
        if (!looped && Ipv6Routes.isLoopback(destinationHigh, destinationLow)) {
            return Counter.DROP_IPV6_DESTINATION;
        }
        return routes.isOwn(destinationHigh, destinationLow) ? null : Counter.DROP_IPV6_DESTINATION;
    }

    /** RFC 4291 §2.5.2, §2.5.3, §2.7: who may send over a link; a segment from its receiver to itself is LAND. */
    private boolean isPossibleSender(ByteBuffer bytes, int header, int end) {
        long high = Ipv6Header.sourceHigh(bytes, header);
        long low = Ipv6Header.sourceLow(bytes, header);
        if ((high | low) == 0) {
            // Who has no address yet checks one (RFC 4862 §5.4.2), or reports groups, which is not for a host.
            return isMessage(bytes, header, end, Icmpv6.TYPE_NEIGHBOR_SOLICITATION);
        }
        if (routes.isOwn(high, low)) {
            // Another station that has this host's address says so in that address's name (RFC 4862 §5.4.4).
            return isMessage(bytes, header, end, Icmpv6.TYPE_NEIGHBOR_ADVERTISEMENT);
        }
        return Ipv6Routes.isHost(high, low) && !Ipv6Routes.isLoopback(high, low);
    }

    private static boolean isMessage(ByteBuffer bytes, int header, int end, int type) {
        return Ipv6Header.nextHeader(bytes, header) == Ipv6Header.ICMPV6
                && end > header + Ipv6Header.LENGTH
                && (bytes.get(header + Ipv6Header.LENGTH) & 0xFF) == type;
    }

    private void drop(PacketBuffer packet, Counter reason) {
        counters.increment(reason);
        packet.release();
    }
}
