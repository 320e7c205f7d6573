package io.perilune.ether;

import java.nio.ByteBuffer;

/** The Ethernet header at a position of packet memory. Link addresses are the low 48 bits of a long. */
public final class EthernetHeader {

    /** Length of the header, in bytes. */
    public static final int LENGTH = 14;
    /** Type of IPv4 packets. */
    public static final int TYPE_IPV4 = 0x0800;
    /** Type of ARP packets. */
    public static final int TYPE_ARP = 0x0806;
    /** Type of IPv6 packets. */
    public static final int TYPE_IPV6 = 0x86DD;

    private EthernetHeader() {}

    /** Returns the destination. */
    public static long destination(ByteBuffer bytes, int header) {
        return MacAddress.read(bytes, header);
    }

    /** Returns the source. */
    public static long source(ByteBuffer bytes, int header) {
        return MacAddress.read(bytes, header + 6);
    }

    /** Returns the type of the packet inside (or, below 1536, the length of an IEEE 802.3 frame). */
    public static int type(ByteBuffer bytes, int header) {
        return bytes.getShort(header + 12) & 0xFFFF;
    }

    /** Writes a header. */
    public static void write(ByteBuffer bytes, int header, long destination, long source, int type) {
        MacAddress.write(bytes, header, destination);
        MacAddress.write(bytes, header + 6, source);
        bytes.putShort(header + 12, (short) type);
    }
}
