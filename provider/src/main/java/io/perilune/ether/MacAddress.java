package io.perilune.ether;

import java.nio.ByteBuffer;

/** Ethernet addresses as the low 48 bits of a long. */
public final class MacAddress {

    /** The address of every station. */
    public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private static final long GROUP_BIT = 1L << 40;
    private static final long IPV6_GROUPS = 0x3333_0000_0000L;

    private MacAddress() {}

    /** Returns whether an address is a group's: multicast or broadcast. */
    public static boolean isGroup(long address) {
        return (address & GROUP_BIT) != 0;
    }

    /** Returns whether an address can be that of one station: neither a group's nor all zero. */
    public static boolean isStation(long address) {
        return address != 0 && !isGroup(address);
    }

    /** Returns the address of the frames to an IPv6 group (RFC 2464 §7), of which the low half is told. */
    public static long ofIpv6Group(long groupLow) {
        return IPV6_GROUPS | (groupLow & 0xFFFF_FFFFL);
    }

    /** Returns whether an address is one of IPv6 groups. */
    public static boolean isIpv6Group(long address) {
        return address >>> 32 == IPV6_GROUPS >>> 32;
    }

    /** Returns the modified EUI-64 interface identifier of an address (RFC 4291 appendix A). */
    public static long interfaceIdentifier(long address) {
        return (((address & 0xFFFF_FF00_0000L) << 16) ^ 0x0200_0000_0000_0000L)
                | 0xFF_FE00_0000L
                | (address & 0xFF_FFFFL);
    }

    /** Returns the address at a position. */
    public static long read(ByteBuffer bytes, int position) {
        return ((bytes.getShort(position) & 0xFFFFL) << 32) | (bytes.getInt(position + 2) & 0xFFFFFFFFL);
    }

    /** Writes an address at a position. */
    public static void write(ByteBuffer bytes, int position, long address) {
        bytes.putShort(position, (short) (address >>> 32));
        bytes.putInt(position + 2, (int) address);
    }

    /** Returns an address as {@code 02:00:5e:10:00:01}. Not for the packet path: allocates. */
    public static String format(long address) {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            int octet = (int) (address >>> shift) & 0xFF;
            text.append(Character.forDigit(octet >> 4, 16)).append(Character.forDigit(octet & 15, 16));
            if (shift > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }
}
