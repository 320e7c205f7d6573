package io.perilune.loop;

/** What a leader drives: a {@link Shard}. All but the last two and {@link #role} is called by its driver. */
interface Driven {

    /** The right to call the other methods. */
    DriverRole role();

    /**
     * One turn of the loop. Throws nothing.
     *
     * @return whether frames came or timers fired
     */
    boolean turn(long nowNs);

    /** Whether frames wait that a further turn would receive or send. */
    boolean hasPending();

    /** Whether something waits that only the resident leader's turn does. */
    boolean hasWorkForResident();

    /** The time before which no timer can fire, or Long.MAX_VALUE when none is armed. */
    long nextDeadlineNs();

    /** Whether anybody uses it: connections or listeners are there. Any thread. */
    boolean isInUse();

    /** The time of the last turn. Any thread. */
    long lastTurnNs();
}
