package io.perilune.time;

/** A monotonic clock. Its zero is arbitrary; only differences mean something. */
@FunctionalInterface
public interface NanoClock {

    /**
     * Returns the present, in nanoseconds. Values may be negative and may wrap: compare two of them by the sign of
     * their difference.
     */
    long nanoTime();
}
