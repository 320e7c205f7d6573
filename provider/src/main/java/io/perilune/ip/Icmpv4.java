package io.perilune.ip;

import io.perilune.ether.EthernetHeader;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.TokenBucket;
import java.nio.ByteBuffer;

/**
 * ICMP for IPv4 (RFC 792, RFC 1122 §3.2.2): answers echo requests, sends errors about packets that cannot be delivered,
 * and brings errors about TCP segments to TCP. Owned by the shard's driver.
 */
final class Icmpv4 {

    /** Length of the header of echo and error messages. */
    static final int HEADER_LENGTH = 8;

    static final int TYPE_ECHO_REPLY = 0;
    static final int TYPE_UNREACHABLE = 3;
    static final int TYPE_ECHO_REQUEST = 8;
    static final int TYPE_TIME_EXCEEDED = 11;
    static final int TYPE_PARAMETER_PROBLEM = 12;
    /** Code of an unreachable protocol. */
    static final int CODE_PROTOCOL = 2;
    /** Code of an unreachable port. */
    static final int CODE_PORT = 3;
    /** Code of a time exceeded in reassembly. */
    static final int CODE_REASSEMBLY = 1;

    private static final int CODE_TOO_BIG = 4;
    /** What of the offending packet's payload an error quotes (RFC 792), and what TCP's answer needs of it. */
    private static final int QUOTED_PAYLOAD = 8;
    /** RFC 1122 §3.2.2.1 has no word on the error's precedence; RFC 1812 §4.3.2.5 recommends internetwork control. */
    private static final int ERROR_TRAFFIC_CLASS = 0xC0;

    /** Room for the headers in front of a message that is made in a received packet's buffer. */
    private static final int ERROR_HEADROOM = EthernetHeader.LENGTH + Ipv4Header.LENGTH + HEADER_LENGTH;

    private final RouteTable routes;
    private final Ipv4Output output;
    private final PathMtuCache pathMtus;
    private final Counters counters;
    private final int linkMtu;
    private final TokenBucket echoes;
    private final TokenBucket errors;
    private long random;
    private TransportReceiver transport;

    Icmpv4(
            RouteTable routes,
            Ipv4Output output,
            PathMtuCache pathMtus,
            Counters counters,
            int linkMtu,
            long secret,
            long nowNs) {
        this.routes = routes;
        this.output = output;
        this.pathMtus = pathMtus;
        this.counters = counters;
        this.linkMtu = linkMtu;
        this.random = secret | 1;
        this.echoes = new TokenBucket(10_000, 1_000, nowNs);
        // RFC 1812 §4.3.2.8, and what Linux allows.
        this.errors = new TokenBucket(1_000, 50, nowNs);
    }

    void transport(TransportReceiver receiver) {
        transport = receiver;
    }

    /** Receives a checked IPv4 packet, from its header on; taken. */
    void receive(PacketBuffer packet, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int ipHeader = packet.start();
        int headerLength = Ipv4Header.headerLength(bytes, ipHeader);
        int message = ipHeader + headerLength;
        int length = packet.length() - headerLength;
        if (length < HEADER_LENGTH || InternetChecksum.finish(InternetChecksum.sum(bytes, message, length)) != 0) {
            drop(packet, Counter.DROP_ICMP_MALFORMED);
            return;
        }
        switch (bytes.get(message) & 0xFF) {
            case TYPE_ECHO_REQUEST -> replyToEcho(packet, nowNs);
            case TYPE_UNREACHABLE, TYPE_TIME_EXCEEDED, TYPE_PARAMETER_PROBLEM -> {
                receiveError(bytes, message, length, nowNs);
                packet.release();
            }
            // Source quench is dead (RFC 6633), and a redirect from anybody is no reason to change the route.
            default -> drop(packet, Counter.DROP_ICMP_TYPE);
        }
    }

    /**
     * Tells the sender of a packet that it cannot be delivered, unless RFC 1122 §3.2.2 forbids it. Who calls has counted
     * the packet.
     *
     * @param packet the checked packet from its IPv4 header on; taken
     * @param type {@link #TYPE_UNREACHABLE} or {@link #TYPE_TIME_EXCEEDED}
     * @param code which of its kinds
     */
    void sendError(PacketBuffer packet, int type, int code, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int ipHeader = packet.start();
        // RFC 1122 §3.2.2: never about an ICMP error, a broadcast, a fragment but the first or a sender that is not one
        // host. Who calls has sorted out all of these but the first.
        if (isIcmpError(bytes, ipHeader, packet.end())) {
            packet.release();
            return;
        }
        int quoted = Math.min(packet.length(), Ipv4Header.headerLength(bytes, ipHeader) + QUOTED_PAYLOAD);
        if (packet.headroom() < ERROR_HEADROOM) {
            drop(packet, Counter.DROP_NO_BUFFER);
            return;
        }
        if (!takeErrorToken(nowNs)) {
            drop(packet, Counter.ICMP_ERRORS_LIMITED);
            return;
        }
        int source = Ipv4Header.destination(bytes, ipHeader);
        int destination = Ipv4Header.source(bytes, ipHeader);
        packet.truncate(quoted);
        int message = packet.push(HEADER_LENGTH);
        bytes.putInt(message, (type << 24) | (code << 16));
        bytes.putInt(message + 4, 0);
        putChecksum(bytes, message, packet.length());
        counters.increment(Counter.ICMP_ERRORS_SENT);
        output.send(packet, source, destination, Ipv4Header.PROTOCOL_ICMP, ERROR_TRAFFIC_CLASS, nowNs);
    }

    /** This host's own packet found no neighbor: TCP hears of it as of a router's message. */
    void onUnresolved(PacketBuffer packet, long nowNs) {
        deliver(IcmpError.HOST_UNREACHABLE, 0, packet.bytes(), packet.start(), packet.length(), nowNs);
    }

    private void replyToEcho(PacketBuffer packet, long nowNs) {
        if (!echoes.take(nowNs)) {
            drop(packet, Counter.DROP_ICMP_ECHO_LIMITED);
            return;
        }
        ByteBuffer bytes = packet.bytes();
        int ipHeader = packet.start();
        int source = Ipv4Header.destination(bytes, ipHeader);
        int destination = Ipv4Header.source(bytes, ipHeader);
        int trafficClass = Ipv4Header.trafficClass(bytes, ipHeader);
        packet.pull(Ipv4Header.headerLength(bytes, ipHeader));
        int message = packet.start();
        // RFC 792: the data comes back as it was; only the type changes, and the checksum by as much.
        int oldWord = bytes.getShort(message) & 0xFFFF;
        int newWord = (TYPE_ECHO_REPLY << 8) | (oldWord & 0xFF);
        bytes.putShort(message, (short) newWord);
        int checksum = bytes.getShort(message + 2) & 0xFFFF;
        bytes.putShort(message + 2, (short) InternetChecksum.update(checksum, oldWord, newWord));
        counters.increment(Counter.ICMP_ECHO_REPLIES);
        output.send(packet, source, destination, Ipv4Header.PROTOCOL_ICMP, trafficClass, nowNs);
    }

    private void receiveError(ByteBuffer bytes, int message, int length, long nowNs) {
        int type = bytes.get(message) & 0xFF;
        int code = bytes.get(message + 1) & 0xFF;
        IcmpError error = errorOf(type, code);
        int told = error == IcmpError.PACKET_TOO_BIG ? bytes.getShort(message + 6) & 0xFFFF : 0;
        if (error == null) {
            counters.increment(Counter.DROP_ICMP_TYPE);
        } else if (deliver(error, told, bytes, message + HEADER_LENGTH, length - HEADER_LENGTH, nowNs)) {
            counters.increment(Counter.ICMP_ERRORS_RECEIVED);
        } else {
            counters.increment(Counter.DROP_ICMP_QUOTE);
        }
    }

    /**
     * Reads a packet that this host seems to have sent and tells TCP.
     *
     * @return whether it is one that TCP may have sent
     */
    private boolean deliver(IcmpError error, int told, ByteBuffer bytes, int ipHeader, int length, long nowNs) {
        if (transport == null || length < Ipv4Header.LENGTH || Ipv4Header.version(bytes, ipHeader) != 4) {
            return false;
        }
        int headerLength = Ipv4Header.headerLength(bytes, ipHeader);
        int source = Ipv4Header.source(bytes, ipHeader);
        int destination = Ipv4Header.destination(bytes, ipHeader);
        if (headerLength < Ipv4Header.LENGTH
                || length < headerLength + QUOTED_PAYLOAD
                || Ipv4Header.totalLength(bytes, ipHeader) < headerLength + QUOTED_PAYLOAD
                || Ipv4Header.protocol(bytes, ipHeader) != Ipv4Header.PROTOCOL_TCP
                || (Ipv4Header.flagsAndOffset(bytes, ipHeader) & Ipv4Header.FRAGMENT_OFFSET) != 0
                || !routes.isOwn(source)
                || !routes.isHost(destination)) {
            return false;
        }
        long remoteHigh = Addresses.MAPPED_HIGH;
        long remoteLow = Addresses.mappedLow(destination);
        int mtu = 0;
        if (error == IcmpError.PACKET_TOO_BIG) {
            mtu = PathMtuCache.plausible(told, Ipv4Header.totalLength(bytes, ipHeader));
            if (mtu >= linkMtu) {
                // RFC 8201 §4 says of both families' sense: such a message must not raise an MTU. What is known of the
                // path already is told nevertheless: this connection may be older than that knowledge.
                return true;
            }
        }
        int tcpHeader = ipHeader + headerLength;
        boolean believed = transport.onIcmpError(
                error,
                mtu,
                Addresses.MAPPED_HIGH,
                Addresses.mappedLow(source),
                remoteHigh,
                remoteLow,
                bytes.getShort(tcpHeader) & 0xFFFF,
                bytes.getShort(tcpHeader + 2) & 0xFFFF,
                bytes.getInt(tcpHeader + 4),
                nowNs);
        if (believed && error == IcmpError.PACKET_TOO_BIG && mtu < pathMtus.mtu(remoteHigh, remoteLow, linkMtu)) {
            pathMtus.lower(remoteHigh, remoteLow, mtu, nowNs);
            counters.increment(Counter.PATH_MTU_LOWERED);
        }
        return true;
    }

    private static boolean isIcmpError(ByteBuffer bytes, int ipHeader, int end) {
        int message = ipHeader + Ipv4Header.headerLength(bytes, ipHeader);
        if (Ipv4Header.protocol(bytes, ipHeader) != Ipv4Header.PROTOCOL_ICMP || message >= end) {
            return false;
        }
        int type = bytes.get(message) & 0xFF;
        return type != TYPE_ECHO_REQUEST && type != TYPE_ECHO_REPLY;
    }

    private static IcmpError errorOf(int type, int code) {
        if (type == TYPE_TIME_EXCEEDED) {
            // Code 1, reassembly, cannot concern packets that are sent unfragmented.
            return code == 0 ? IcmpError.TIME_EXCEEDED : null;
        }
        if (type == TYPE_PARAMETER_PROBLEM) {
            return IcmpError.PARAMETER_PROBLEM;
        }
        // RFC 792 and RFC 1122 §3.2.2.1; codes 13 to 15 RFC 1812 §5.2.7.1.
        return switch (code) {
            case 0, 5, 6, 11 -> IcmpError.NET_UNREACHABLE;
            case 1, 7, 8, 12 -> IcmpError.HOST_UNREACHABLE;
            case CODE_PROTOCOL -> IcmpError.PROTOCOL_UNREACHABLE;
            case CODE_PORT -> IcmpError.PORT_UNREACHABLE;
            case CODE_TOO_BIG -> IcmpError.PACKET_TOO_BIG;
            case 9, 10, 13, 14, 15 -> IcmpError.PROHIBITED;
            default -> null;
        };
    }

    /** Pays for an error with one token or two, at random, so that nobody can count by it what others cause. */
    private boolean takeErrorToken(long nowNs) {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return errors.take(nowNs) && ((random & 1) == 0 || errors.take(nowNs));
    }

    private static void putChecksum(ByteBuffer bytes, int message, int length) {
        bytes.putShort(message + 2, (short) InternetChecksum.finish(InternetChecksum.sum(bytes, message, length)));
    }

    private void drop(PacketBuffer packet, Counter reason) {
        counters.increment(reason);
        packet.release();
    }
}
