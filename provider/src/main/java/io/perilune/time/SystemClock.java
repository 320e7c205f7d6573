package io.perilune.time;

/** The machine's monotonic clock. Any thread. */
public enum SystemClock implements NanoClock {
    /** The only one. */
    INSTANCE;

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }
}
