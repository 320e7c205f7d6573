package io.perilune.tcp;

/**
 * SipHash (Aumasson and Bernstein, 2012) over whole 64-bit words, with a choice of rounds. Reused; owned by the shard's
 * driver. The length byte of the original is the number of words here: inputs of one use all have one length or are
 * told apart by it.
 */
final class SipHash {

    private final long key0;
    private final long key1;
    private final int wordRounds;
    private final int lastRounds;
    private long v0;
    private long v1;
    private long v2;
    private long v3;
    private int words;

    SipHash(long key0, long key1, int wordRounds, int lastRounds) {
        this.key0 = key0;
        this.key1 = key1;
        this.wordRounds = wordRounds;
        this.lastRounds = lastRounds;
    }

    SipHash begin() {
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL;
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
        words = 0;
        return this;
    }

    SipHash word(long word) {
        v3 ^= word;
        rounds(wordRounds);
        v0 ^= word;
        words++;
        return this;
    }

    long finish() {
        long last = (long) words << 59;
        v3 ^= last;
        rounds(wordRounds);
        v0 ^= last;
        v2 ^= 0xFF;
        rounds(lastRounds);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private void rounds(int count) {
        long a = v0;
        long b = v1;
        long c = v2;
        long d = v3;
        for (int i = 0; i < count; i++) {
            a += b;
            c += d;
            b = Long.rotateLeft(b, 13) ^ a;
            d = Long.rotateLeft(d, 16) ^ c;
            a = Long.rotateLeft(a, 32);
            c += b;
            a += d;
            b = Long.rotateLeft(b, 17) ^ c;
            d = Long.rotateLeft(d, 21) ^ a;
            c = Long.rotateLeft(c, 32);
        }
        v0 = a;
        v1 = b;
        v2 = c;
        v3 = d;
    }
}
