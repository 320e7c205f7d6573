package io.perilune.ip;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Internet addresses as two longs; an IPv4 address is its IPv4-mapped form (RFC 4291 §2.5.5.2). */
public final class Addresses {

    /** High half of each IPv4-mapped address. */
    public static final long MAPPED_HIGH = 0;

    private static final long MAPPED_PREFIX = 0xFFFFL << 32;

    private Addresses() {}

    /** Returns the low half of the IPv4-mapped form of an address. */
    public static long mappedLow(int ipv4) {
        return MAPPED_PREFIX | (ipv4 & 0xFFFFFFFFL);
    }

    /** Returns whether two halves are an IPv4-mapped address. */
    public static boolean isMapped(long high, long low) {
        return high == MAPPED_HIGH && (low >>> 32) == 0xFFFF;
    }

    /** Returns whether an address is the unspecified one, of either family. */
    public static boolean isUnspecified(long high, long low) {
        return high == 0 && (low == 0 || low == MAPPED_PREFIX);
    }

    /** Returns the high half of an address. Not for the packet path: allocates. */
    public static long high(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 ? MAPPED_HIGH : read(bytes, 0);
    }

    /** Returns the low half of an address. Not for the packet path: allocates. */
    public static long low(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return mappedLow((int) (((bytes[0] & 0xFFL) << 24)
                    | ((bytes[1] & 0xFF) << 16)
                    | ((bytes[2] & 0xFF) << 8)
                    | (bytes[3] & 0xFF)));
        }
        return read(bytes, 8);
    }

    /**
     * Returns two halves as the JDK's type, an IPv4-mapped address as IPv4. Not for the packet path: allocates.
     *
     * @param scopeId the interface that a link-local address belongs to, or 0 for none
     */
    public static InetAddress toInetAddress(long high, long low, int scopeId) {
        try {
            if (isMapped(high, low)) {
                return InetAddress.getByAddress(
                        new byte[] {(byte) (low >>> 24), (byte) (low >>> 16), (byte) (low >>> 8), (byte) low});
            }
            byte[] bytes = new byte[16];
            for (int i = 0; i < 8; i++) {
                bytes[i] = (byte) (high >>> (56 - 8 * i));
                bytes[8 + i] = (byte) (low >>> (56 - 8 * i));
            }
            int scope = scopeId > 0 && Ipv6Routes.isLinkLocal(high) ? scopeId : -1;
            return Inet6Address.getByAddress(null, bytes, scope);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 are legal lengths", e);
        }
    }

    private static long read(byte[] bytes, int offset) {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | (bytes[offset + i] & 0xFF);
        }
        return value;
    }
}
