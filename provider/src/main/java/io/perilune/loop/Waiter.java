package io.perilune.loop;

/**
 * One thread's wait for a condition that a driver, or anybody, brings about (D3). Reused by its owner (a selector has one,
 * a blocking operation another); one thread awaits at a time.
 *
 * <p>Protocol: the owner's condition is a flag or bits that others set before they call {@link #signal}. {@link
 * UserStack#await} returns when the waiter was signalled since {@link #reset}, the companion is ready, the thread was
 * interrupted or the time is over: the owner looks at its condition and waits again if it must.
 */
public class Waiter {

    /** @param companion the kernel half, or null; may be set later by {@link #companion(Companion)} by the owner's thread */
    public Waiter(Companion companion) {
        throw new UnsupportedOperationException();
    }

    public final void companion(Companion companion) {
        throw new UnsupportedOperationException();
    }

    /** Forgets earlier signals. The owner's thread, before it looks at its condition for the last time. */
    public final void reset() {
        throw new UnsupportedOperationException();
    }

    /** Ends the owner's wait, or the next one if none is on. Any thread; cheap when the owner itself calls it while driving. */
    public final void signal() {
        throw new UnsupportedOperationException();
    }
}
