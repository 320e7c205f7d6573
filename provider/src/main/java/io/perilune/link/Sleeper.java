package io.perilune.link;

/**
 * How the driver of a shard waits when it has stopped spinning. One thread sleeps at a time; any thread may wake it.
 */
public interface Sleeper {

    /** The value of a descriptor that is not there. */
    int NO_DESCRIPTOR = -1;

    /**
     * Returns whether {@link #sleep} ends by itself when a frame arrives. If not, the caller sleeps in short naps and
     * looks.
     */
    boolean endsOnFrame();

    /**
     * Sleeps until a frame has arrived (where {@link #endsOnFrame}), {@link #wakeup} is or was called since the last
     * sleep ended, the descriptor becomes readable, the thread is interrupted, or the time is over. May end early for no
     * reason.
     *
     * @param timeoutNs how long at most, in nanoseconds, positive
     * @param descriptor a further file descriptor to watch for input, or {@link #NO_DESCRIPTOR}
     */
    void sleep(long timeoutNs, int descriptor);

    /** Ends the present sleep, or else the next. Any thread. */
    void wakeup();
}
