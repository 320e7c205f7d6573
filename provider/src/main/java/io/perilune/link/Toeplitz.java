package io.perilune.link;

/**
 * The hash by which network cards spread flows over their receive queues: Toeplitz, as Microsoft's specification of
 * receive-side scaling describes it and DPDK's guide repeats. Computed by tables, one look-up for each byte. Immutable;
 * any thread.
 */
public final class Toeplitz {

    /** Length of a key, in bytes: 36 bytes of addresses and ports, and a word. */
    public static final int KEY_LENGTH = 40;

    /** An address pair and the ports of IPv6. */
    private static final int INPUT_LENGTH = 36;

    private static final int BYTE_VALUES = 256;

    private final int[] table = new int[INPUT_LENGTH * BYTE_VALUES];

    /**
     * Makes it of a card's key.
     *
     * @param key at least {@link #KEY_LENGTH} bytes
     */
    public Toeplitz(byte[] key) {
        for (int place = 0; place < INPUT_LENGTH; place++) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                int window = window(key, place * Byte.SIZE + bit);
                int mask = 0x80 >>> bit;
                for (int value = 0; value < BYTE_VALUES; value++) {
                    if ((value & mask) != 0) {
                        table[place * BYTE_VALUES + value] ^= window;
                    }
                }
            }
        }
    }

    /**
     * Returns a key under which both directions of a flow have the same hash: it repeats itself every 16 bits, which is
     * what the distance between a source and its destination is a multiple of.
     */
    public static byte[] symmetricKey() {
        byte[] key = new byte[KEY_LENGTH];
        for (int i = 0; i < KEY_LENGTH; i += 2) {
            key[i] = 0x6d;
            key[i + 1] = 0x5a;
        }
        return key;
    }

    /** Returns the 32 bits of a key that begin at a bit. */
    private static int window(byte[] key, int bit) {
        long bytes = 0;
        for (int i = 0; i < 5; i++) {
            bytes = bytes << Byte.SIZE | (key[bit / Byte.SIZE + i] & 0xFF);
        }
        return (int) (bytes >>> (Byte.SIZE - bit % Byte.SIZE));
    }

    /** Returns the hash of an IPv4 flow: source, destination, and the ports, the source's in the upper half. */
    public int hash(int source, int destination, int ports) {
        return word(0, source) ^ word(4, destination) ^ word(8, ports);
    }

    /** Returns the hash of an IPv6 flow, of the halves of its addresses and the ports as above. */
    public int hash(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int ports) {
        return words(0, sourceHigh)
                ^ words(8, sourceLow)
                ^ words(16, destinationHigh)
                ^ words(24, destinationLow)
                ^ word(32, ports);
    }

    private int words(int place, long value) {
        return word(place, (int) (value >>> Integer.SIZE)) ^ word(place + 4, (int) value);
    }

    private int word(int place, int value) {
        int at = place * BYTE_VALUES;
        return table[at + (value >>> 24)]
                ^ table[at + BYTE_VALUES + (value >>> 16 & 0xFF)]
                ^ table[at + 2 * BYTE_VALUES + (value >>> 8 & 0xFF)]
                ^ table[at + 3 * BYTE_VALUES + (value & 0xFF)];
    }
}
