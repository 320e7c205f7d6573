package io.perilune.ip;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words.
 *
 * <p>A checksum is made in three steps: sums of parts are added as plain longs ({@link #sum}, {@link #pseudoHeader}),
 * and {@link #finish} folds and complements them. A part that is followed by another must have an even length.
 * Verifying is the same over everything, checksum included: {@link #finish} then gives 0.
 */
public final class InternetChecksum {

    private static final long LOW_32 = 0xFFFFFFFFL;
    /** Reads a buffer's words as they lie in memory, at any position: swapping each would cost as much as adding it. */
    private static final VarHandle WORDS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private static final boolean NATIVE_IS_BIG = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;

    private InternetChecksum() {}

    /**
     * Returns the sum of some bytes, not folded, to be added to others. No such sum is negative, and 2^20 of them can
     * be added without overflow.
     *
     * @param bytes the memory, big-endian
     * @param position the first byte, as an absolute position; odd ones are right too
     * @param length how many bytes, from 0 to 65,535; after an odd number a zero byte is assumed
     */
    public static long sum(ByteBuffer bytes, int position, int length) {
        // RFC 1071 §2, (C): sums of wider words fold to the same result; 32-bit halves leave room for the carries. The
        // loops are written as the JIT compiler wants them, to look at the buffer's bounds once.
        long even = 0;
        long odd = 0;
        int at = position;
        int end = position + length;
        for (int limit = end - 31; at < limit; at += 32) {
            long first = (long) WORDS.get(bytes, at);
            long second = (long) WORDS.get(bytes, at + 8);
            long third = (long) WORDS.get(bytes, at + 16);
            long fourth = (long) WORDS.get(bytes, at + 24);
            even += (first >>> 32) + (first & LOW_32);
            even += (second >>> 32) + (second & LOW_32);
            odd += (third >>> 32) + (third & LOW_32);
            odd += (fourth >>> 32) + (fourth & LOW_32);
        }
        for (int limit = end - 7; at < limit; at += 8) {
            long word = (long) WORDS.get(bytes, at);
            even += (word >>> 32) + (word & LOW_32);
        }
        // RFC 1071 §2, (B): a sum of words in the processor's byte order is the sum with its bytes swapped.
        long sum = inNetworkOrder(fold(even + odd));
        if (end - at >= 4) {
            sum += bytes.getInt(at) & LOW_32;
            at += 4;
        }
        if (end - at >= 2) {
            sum += bytes.getShort(at) & 0xFFFF;
            at += 2;
        }
        if (end > at) {
            // RFC 1071 §4.1: the odd byte is the high half of a last word.
            sum += (bytes.get(at) & 0xFF) << 8;
        }
        return sum;
    }

    private static int inNetworkOrder(int folded) {
        return NATIVE_IS_BIG ? folded : Short.toUnsignedInt(Short.reverseBytes((short) folded));
    }

    /**
     * Returns the sum of the pseudo header that a transport's checksum covers, of either family: for two IPv4-mapped
     * addresses the one of RFC 9293 §3.1, else the one of RFC 8200 §8.1.
     *
     * @param length length of the transport's header and data, in bytes
     */
    public static long pseudoHeader(
            long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int protocol, int length) {
        if (Addresses.isMapped(destinationHigh, destinationLow)) {
            return pseudoHeader((int) sourceLow, (int) destinationLow, protocol, length);
        }
        return (sourceHigh >>> 32)
                + (sourceHigh & LOW_32)
                + (sourceLow >>> 32)
                + (sourceLow & LOW_32)
                + (destinationHigh >>> 32)
                + (destinationHigh & LOW_32)
                + (destinationLow >>> 32)
                + (destinationLow & LOW_32)
                + length
                + protocol;
    }

    /** Returns the sum of the pseudo header of IPv4 (RFC 9293 §3.1). */
    public static long pseudoHeader(int source, int destination, int protocol, int length) {
        return (source & LOW_32) + (destination & LOW_32) + protocol + length;
    }

    /** Folds a sum to 16 bits, not complemented: what a link that fills in checksums wants in their place. */
    public static int fold(long sum) {
        long folded = (sum >>> 32) + (sum & LOW_32);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        return (int) ((folded >>> 16) + (folded & 0xFFFF));
    }

    /** Returns the checksum that a sum gives, in [0, 65,535]; 0 when the sum covers a right checksum. */
    public static int finish(long sum) {
        return ~fold(sum) & 0xFFFF;
    }

    /**
     * Returns the checksum after one 16-bit word that it covers has changed (RFC 1624 §3, equation 3).
     *
     * @param checksum as it stands in the header
     * @param oldWord the word it covered, in [0, 65,535]
     * @param newWord the word in its place
     */
    public static int update(int checksum, int oldWord, int newWord) {
        return finish((~checksum & 0xFFFF) + (~oldWord & 0xFFFF) + (newWord & 0xFFFF));
    }
}
