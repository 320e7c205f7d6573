package io.perilune.packet;

/** The Internet checksum as RFC 1071 §1 defines it, word by word: what the real one is tested against. */
public final class NaiveChecksum {

    private NaiveChecksum() {}

    /** Returns the one's complement sum of 16-bit words, the last one filled up with a zero byte. */
    public static int sum(byte[] bytes, int from, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            int octet = bytes[from + i] & 0xFF;
            sum += i % 2 == 0 ? octet << 8 : octet;
            if (sum > 0xFFFF) {
                sum = (sum & 0xFFFF) + 1;
            }
        }
        return sum;
    }

    /** Returns the checksum of some bytes. */
    public static int of(byte[] bytes, int from, int length) {
        return ~sum(bytes, from, length) & 0xFFFF;
    }
}
