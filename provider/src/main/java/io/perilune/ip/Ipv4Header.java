package io.perilune.ip;

import java.nio.ByteBuffer;

/**
 * The IPv4 header (RFC 791 §3.1) at a position of packet memory. Each accessor takes the position of the header's first
 * byte; the caller has checked that the header is there.
 */
public final class Ipv4Header {

    /** Length of a header without options, in bytes. */
    public static final int LENGTH = 20;
    /** Protocol number of ICMP. */
    public static final int PROTOCOL_ICMP = 1;
    /** Protocol number of TCP. */
    public static final int PROTOCOL_TCP = 6;
    /** Protocol number of UDP. */
    public static final int PROTOCOL_UDP = 17;
    /** Flag: do not fragment. */
    public static final int DONT_FRAGMENT = 0x4000;
    /** Flag: more fragments follow. */
    public static final int MORE_FRAGMENTS = 0x2000;
    /** Mask of the fragment offset, which counts eight bytes. */
    public static final int FRAGMENT_OFFSET = 0x1FFF;

    private static final int TOS = 1;
    private static final int TOTAL_LENGTH = 2;
    private static final int IDENTIFICATION = 4;
    private static final int FLAGS_AND_OFFSET = 6;
    private static final int TTL = 8;
    private static final int PROTOCOL = 9;
    private static final int CHECKSUM = 10;
    private static final int SOURCE = 12;
    private static final int DESTINATION = 16;

    private Ipv4Header() {}

    /** Returns the version, 4 in a right header. */
    public static int version(ByteBuffer bytes, int header) {
        return (bytes.get(header) & 0xF0) >> 4;
    }

    /** Returns the length of the header with its options, in bytes. */
    public static int headerLength(ByteBuffer bytes, int header) {
        return (bytes.get(header) & 0x0F) << 2;
    }

    /** Returns the type of service octet: DSCP and ECN. */
    public static int trafficClass(ByteBuffer bytes, int header) {
        return bytes.get(header + TOS) & 0xFF;
    }

    /** Returns the length of the packet with its header, in bytes. */
    public static int totalLength(ByteBuffer bytes, int header) {
        return bytes.getShort(header + TOTAL_LENGTH) & 0xFFFF;
    }

    /** Returns the identification. */
    public static int identification(ByteBuffer bytes, int header) {
        return bytes.getShort(header + IDENTIFICATION) & 0xFFFF;
    }

    /** Returns the flags and the fragment offset, 16 bits. */
    public static int flagsAndOffset(ByteBuffer bytes, int header) {
        return bytes.getShort(header + FLAGS_AND_OFFSET) & 0xFFFF;
    }

    /** Returns the time to live. */
    public static int timeToLive(ByteBuffer bytes, int header) {
        return bytes.get(header + TTL) & 0xFF;
    }

    /** Returns the protocol number. */
    public static int protocol(ByteBuffer bytes, int header) {
        return bytes.get(header + PROTOCOL) & 0xFF;
    }

    /** Returns the header checksum as it stands. */
    public static int checksum(ByteBuffer bytes, int header) {
        return bytes.getShort(header + CHECKSUM) & 0xFFFF;
    }

    /** Returns the source address. */
    public static int source(ByteBuffer bytes, int header) {
        return bytes.getInt(header + SOURCE);
    }

    /** Returns the destination address. */
    public static int destination(ByteBuffer bytes, int header) {
        return bytes.getInt(header + DESTINATION);
    }

    /** Sets the header checksum. */
    public static void checksum(ByteBuffer bytes, int header, int checksum) {
        bytes.putShort(header + CHECKSUM, (short) checksum);
    }

    /** Makes a first fragment's header the whole datagram's; the checksum is not used any more, and 0. */
    static void reassembled(ByteBuffer bytes, int header, int totalLength, int ecn) {
        bytes.put(header + TOS, (byte) ((bytes.get(header + TOS) & ~3) | ecn));
        bytes.putShort(header + TOTAL_LENGTH, (short) totalLength);
        bytes.putShort(header + FLAGS_AND_OFFSET, (short) 0);
        bytes.putShort(header + CHECKSUM, (short) 0);
    }

    /** Writes a header without options, with its checksum 0. */
    public static void write(
            ByteBuffer bytes,
            int header,
            int trafficClass,
            int totalLength,
            int flagsAndOffset,
            int timeToLive,
            int protocol,
            int source,
            int destination) {
        bytes.putInt(header, (0x45 << 24) | ((trafficClass & 0xFF) << 16) | totalLength);
        // RFC 6864 §4.1: the identification of a packet that is never fragmented means nothing; 0 it is.
        bytes.putInt(header + IDENTIFICATION, flagsAndOffset);
        bytes.putInt(header + TTL, (timeToLive << 24) | (protocol << 16));
        bytes.putInt(header + SOURCE, source);
        bytes.putInt(header + DESTINATION, destination);
    }
}
