package io.perilune.link;

/**
 * Which receive queue each flow belongs to: a hash and the redirection table that its low bits lead into, as of a card's
 * receive-side scaling. Immutable; any thread.
 */
public final class QueueSpreading {

    /** As many entries as most cards have. */
    private static final int LENGTH = 128;

    private final Toeplitz hash;
    private final int[] table;

    /**
     * Makes it.
     *
     * @param hash the hash, by the card's key
     * @param table the queue of each value of the hash's low bits; as long as a power of two
     */
    public QueueSpreading(Toeplitz hash, int[] table) {
        if (table.length == 0 || Integer.bitCount(table.length) != 1) {
            throw new IllegalArgumentException("a redirection table of " + table.length + " entries");
        }
        this.hash = hash;
        this.table = table.clone();
    }

    /** Returns the one for links that have none of their own: even, and with both directions of a flow in one queue. */
    public static QueueSpreading symmetric(int queueCount) {
        int[] table = new int[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            table[i] = i % queueCount;
        }
        return new QueueSpreading(new Toeplitz(Toeplitz.symmetricKey()), table);
    }

    /** Returns the hash. */
    public Toeplitz hash() {
        return hash;
    }

    /** Returns the queue of a flow's hash. */
    public int queueOf(int flowHash) {
        return table[flowHash & (table.length - 1)];
    }
}
