package io.perilune.bench;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;

/** What a server does with messages. */
enum Service {
    /** It sends each back. */
    ECHO,
    /** It answers a block's number, of {@value Service#REQUEST_LENGTH} bytes, with that block. */
    BLOCKS;

    /** How many bytes ask for a block: its number, and its length, each a long. */
    static final int REQUEST_LENGTH = 16;
    /** How many blocks a server has: a power of two. */
    static final int BLOCK_COUNT = 1024;

    /** Spreads numbers: odd, so that no two words of 2^64 are the same. */
    private static final long STEP = 0x9E3779B97F4A7C15L;

    /** Returns the one of that name, in small letters. */
    static Service of(String name) {
        return Arrays.stream(values())
                .filter(service -> service.label().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + name + "' is neither echo nor blocks"));
    }

    /** Returns its name in small letters. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns how long a request for an answer of this length is. */
    int requestLength(int length) {
        return this == ECHO ? length : REQUEST_LENGTH;
    }

    /** Returns what is to come back first, and stands in front of what asks for it, in a client's exchange of this number. */
    long word(long exchange) {
        return this == ECHO ? exchange : ((exchange * STEP) >>> 32) & (BLOCK_COUNT - 1);
    }

    /** Fills a block from position to limit, whose number stands in front and, inverted, at the end; moves nothing. */
    static void fill(ByteBuffer block, long number) {
        int last = block.limit() - Long.BYTES;
        for (int i = block.position() + Long.BYTES; i < last; i += Long.BYTES) {
            block.putLong(i, number * STEP + i);
        }
        block.putLong(block.position(), number);
        block.putLong(last, ~number);
    }

    /** Returns whether an answer, from 0 to the buffer's limit, is the one to this word. */
    boolean isAnswer(ByteBuffer answer, long word) {
        return isAnswer(answer.getLong(0), answer.getLong(answer.limit() - Long.BYTES), word);
    }

    /** Returns whether an answer with these first and last eight bytes is the one to this word. */
    boolean isAnswer(long first, long last, long word) {
        return first == word && (this == ECHO || last == ~word);
    }
}
