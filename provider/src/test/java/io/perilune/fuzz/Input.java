package io.perilune.fuzz;

import java.util.Arrays;

/**
 * What a fuzzer chose, read from front to back as the choices that a target asks for. Behind its end all is zero, so
 * that each input means something, and the same each time.
 */
final class Input {

    private final byte[] bytes;
    private int at;

    Input(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean hasMore() {
        return at < bytes.length;
    }

    /** Returns a number from 0 to 255. */
    int octet() {
        return at < bytes.length ? bytes[at++] & 0xFF : 0;
    }

    /** Returns a number from 0 to 65535. */
    int halfWord() {
        return octet() << 8 | octet();
    }

    /** Returns any number. */
    int word() {
        return halfWord() << 16 | halfWord();
    }

    /** Returns a number from 0 to one less than the bound, which is at most 256. */
    int below(int bound) {
        return octet() % bound;
    }

    boolean flag() {
        return (octet() & 1) != 0;
    }

    int oneOf(int... choices) {
        return choices[below(choices.length)];
    }

    /** Returns some octets, with their number in front of them; it takes what there is where that is too large. */
    byte[] block(int most) {
        int length = octet();
        if (length == 255) {
            length = halfWord();
        }
        return take(Math.min(length, most));
    }

    /** Returns all that is left. */
    byte[] rest() {
        return take(bytes.length - at);
    }

    private byte[] take(int wanted) {
        int end = Math.min(at + wanted, bytes.length);
        byte[] taken = Arrays.copyOfRange(bytes, at, end);
        at = end;
        return taken;
    }
}
