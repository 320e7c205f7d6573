package io.perilune.ip;

import java.nio.ByteBuffer;

/**
 * The IPv6 header (RFC 8200 §3) at a position of packet memory. Each accessor takes the position of the header's first
 * byte; the caller has checked that the header is there.
 */
public final class Ipv6Header {

    /** Length of the header, in bytes. */
    public static final int LENGTH = 40;
    /** Number of the hop-by-hop options header. */
    public static final int HOP_BY_HOP = 0;
    /** Number of the routing header. */
    public static final int ROUTING = 43;
    /** Number of the fragment header. */
    public static final int FRAGMENT = 44;
    /** Number of ICMPv6. */
    public static final int ICMPV6 = 58;
    /** Number that says: nothing follows. */
    public static final int NO_NEXT_HEADER = 59;
    /** Number of the destination options header. */
    public static final int DESTINATION_OPTIONS = 60;
    /** RFC 8200 §5: each link carries packets of this size, in bytes. */
    public static final int LEAST_MTU = 1280;

    /** Offset of the payload length. */
    static final int PAYLOAD_LENGTH = 4;
    /** Offset of the next header's number. */
    static final int NEXT_HEADER = 6;

    private static final int HOP_LIMIT = 7;
    private static final int SOURCE = 8;
    private static final int DESTINATION = 24;
    private static final int VERSION = 6;

    private Ipv6Header() {}

    /** Returns the version, 6 in a right header. */
    public static int version(ByteBuffer bytes, int header) {
        return (bytes.get(header) & 0xF0) >> 4;
    }

    /** Returns the traffic class octet: DSCP and ECN. */
    public static int trafficClass(ByteBuffer bytes, int header) {
        return (bytes.getShort(header) >>> 4) & 0xFF;
    }

    /** Returns the length of what follows the header, in bytes. */
    public static int payloadLength(ByteBuffer bytes, int header) {
        return bytes.getShort(header + PAYLOAD_LENGTH) & 0xFFFF;
    }

    /** Returns the number of the header that follows. */
    public static int nextHeader(ByteBuffer bytes, int header) {
        return bytes.get(header + NEXT_HEADER) & 0xFF;
    }

    /** Returns the hop limit. */
    public static int hopLimit(ByteBuffer bytes, int header) {
        return bytes.get(header + HOP_LIMIT) & 0xFF;
    }

    /** Returns the high half of the source address. */
    public static long sourceHigh(ByteBuffer bytes, int header) {
        return bytes.getLong(header + SOURCE);
    }

    /** Returns the low half of the source address. */
    public static long sourceLow(ByteBuffer bytes, int header) {
        return bytes.getLong(header + SOURCE + 8);
    }

    /** Returns the high half of the destination address. */
    public static long destinationHigh(ByteBuffer bytes, int header) {
        return bytes.getLong(header + DESTINATION);
    }

    /** Returns the low half of the destination address. */
    public static long destinationLow(ByteBuffer bytes, int header) {
        return bytes.getLong(header + DESTINATION + 8);
    }

    /** Writes a header with flow label 0, which RFC 6437 §3 allows a source that does not label its flows. */
    public static void write(
            ByteBuffer bytes,
            int header,
            int trafficClass,
            int payloadLength,
            int nextHeader,
            int hopLimit,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow) {
        bytes.putInt(header, (VERSION << 28) | ((trafficClass & 0xFF) << 20));
        bytes.putInt(header + PAYLOAD_LENGTH, (payloadLength << 16) | (nextHeader << 8) | hopLimit);
        bytes.putLong(header + SOURCE, sourceHigh);
        bytes.putLong(header + SOURCE + 8, sourceLow);
        bytes.putLong(header + DESTINATION, destinationHigh);
        bytes.putLong(header + DESTINATION + 8, destinationLow);
    }
}
