package io.perilune.stress;

/**
 * Pauses of different lengths, so that two actors meet at many points of their ways: a thread that waits spins for some
 * time before it parks, and the window of interest lies behind. Any thread.
 */
public final class Pause {

    /** Far beyond what any schedule makes of a moment: what has not happened by then never does. */
    public static final long FOR_EVER_NS = 20_000_000_000L;

    private static int last = 1;

    private Pause() {}

    /** Returns the next length, from 0 to less than the given one. For constructors of states, of one thread. */
    public static int next(int bound) {
        last = last * 1_103_515_245 + 12_345;
        return (last >>> 8) % bound;
    }

    /** Spins for so long. */
    public static void of(int length) {
        for (int i = 0; i < length; i++) {
            Thread.onSpinWait();
        }
    }

    /** Whether for ever has not passed since then. */
    public static boolean isSoonAfter(long startNs) {
        return System.nanoTime() - startNs < FOR_EVER_NS;
    }
}
