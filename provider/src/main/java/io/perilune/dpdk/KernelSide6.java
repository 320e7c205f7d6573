package io.perilune.dpdk;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * The kernel's IPv6 address on a tap: the first address of the stack's prefix that ends in 1 or more and is not the
 * stack's. Immutable.
 *
 * @param high high half of the address
 * @param low low half
 * @param prefixLength in bits
 */
record KernelSide6(long high, long low, int prefixLength) {

    private static final int ALL_BITS = 128;

    /**
     * Returns the kernel's side for the stack's address as the setting spells it, {@code fd00:7065::2/64}.
     *
     * @return the address, or null if the stack has none or the prefix has room for one host only
     */
    static KernelSide6 of(String setting) {
        int slash = setting.indexOf('/');
        int prefixLength = slash < 0 ? ALL_BITS : Integer.parseInt(setting.substring(slash + 1));
        if (prefixLength == ALL_BITS) {
            return null;
        }
        byte[] own = parse(setting.substring(0, slash));
        long high = half(own, 0);
        long low = half(own, 8);
        long networkHigh = prefixLength >= 64 ? high : high & (-1L << (64 - prefixLength));
        long networkLow = prefixLength <= 64 ? 0 : low & (-1L << (ALL_BITS - prefixLength));
        // RFC 6164: the two addresses of a prefix of 127 bits are two hosts. Else the first is the routers' (RFC 4291
        // §2.6.1).
        long first = prefixLength == ALL_BITS - 1 ? networkLow : networkLow + 1;
        boolean isOwn = networkHigh == high && first == low;
        return new KernelSide6(networkHigh, isOwn ? first + 1 : first, prefixLength);
    }

    private static byte[] parse(String literal) {
        try {
            return InetAddress.getByName(literal).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("the settings let " + literal + " pass", e);
        }
    }

    private static long half(byte[] octets, int from) {
        long value = 0;
        for (int i = from; i < from + 8; i++) {
            value = value << 8 | (octets[i] & 0xFF);
        }
        return value;
    }
}
