package io.perilune.ether;

import java.nio.ByteBuffer;

/** An ARP packet for IPv4 over Ethernet (RFC 826) at a position of packet memory. */
public final class ArpHeader {

    /** Length of the packet, in bytes. */
    public static final int LENGTH = 28;
    /** Operation of a request. */
    public static final int REQUEST = 1;
    /** Operation of a reply. */
    public static final int REPLY = 2;

    /** Hardware type Ethernet, protocol type IPv4. */
    private static final int ETHERNET_IPV4 = 0x0001_0800;
    /** Address lengths 6 and 4. */
    private static final int LENGTHS = 0x0604;

    private ArpHeader() {}

    /** Returns whether a packet is for IPv4 over Ethernet. */
    public static boolean isEthernetIpv4(ByteBuffer bytes, int header) {
        return bytes.getInt(header) == ETHERNET_IPV4 && bytes.getShort(header + 4) == LENGTHS;
    }

    /** Returns the operation. */
    public static int operation(ByteBuffer bytes, int header) {
        return bytes.getShort(header + 6) & 0xFFFF;
    }

    /** Returns the sender's link address. */
    public static long senderMac(ByteBuffer bytes, int header) {
        return MacAddress.read(bytes, header + 8);
    }

    /** Returns the sender's IPv4 address. */
    public static int senderIpv4(ByteBuffer bytes, int header) {
        return bytes.getInt(header + 14);
    }

    /** Returns the target's link address. */
    public static long targetMac(ByteBuffer bytes, int header) {
        return MacAddress.read(bytes, header + 18);
    }

    /** Returns the target's IPv4 address. */
    public static int targetIpv4(ByteBuffer bytes, int header) {
        return bytes.getInt(header + 24);
    }

    /** Writes a packet. */
    public static void write(
            ByteBuffer bytes,
            int header,
            int operation,
            long senderMac,
            int senderIpv4,
            long targetMac,
            int targetIpv4) {
        bytes.putInt(header, ETHERNET_IPV4);
        bytes.putInt(header + 4, (LENGTHS << 16) | operation);
        MacAddress.write(bytes, header + 8, senderMac);
        bytes.putInt(header + 14, senderIpv4);
        MacAddress.write(bytes, header + 18, targetMac);
        bytes.putInt(header + 24, targetIpv4);
    }
}
