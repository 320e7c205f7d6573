package io.perilune.time;

/**
 * One deadline that a {@link TimerWheel} watches, as an intrusive node: its owner extends this class, so arming and
 * cancelling allocate nothing.
 *
 * <p>Owned by the shard's driver, like the wheel.
 */
public abstract class Timer {

    Timer previous;
    Timer next;
    int slot = -1;
    long deadlineNs;

    /** For owners. A new timer is not armed. */
    protected Timer() {}

    /**
     * Called once when the deadline has passed; the timer is no longer armed then, and may be armed again from within.
     *
     * @param nowNs the turn's time, at or after the deadline
     */
    protected abstract void onTimer(long nowNs);

    /** Returns whether a wheel watches this timer. */
    public final boolean isArmed() {
        return slot >= 0;
    }

    /** Returns the deadline, in nanoseconds of the wheel's clock; meaningful only while armed. */
    public final long deadlineNs() {
        return deadlineNs;
    }
}
