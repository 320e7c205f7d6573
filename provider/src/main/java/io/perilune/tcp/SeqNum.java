package io.perilune.tcp;

/** Comparison of sequence numbers modulo 2^32 (RFC 9293 §3.4): the only place that does it. */
final class SeqNum {

    private SeqNum() {}

    static boolean before(int a, int b) {
        return a - b < 0;
    }

    static boolean beforeOrEqual(int a, int b) {
        return a - b <= 0;
    }

    static boolean after(int a, int b) {
        return a - b > 0;
    }

    static boolean afterOrEqual(int a, int b) {
        return a - b >= 0;
    }

    static int min(int a, int b) {
        return a - b <= 0 ? a : b;
    }

    static int max(int a, int b) {
        return a - b >= 0 ? a : b;
    }
}
