package io.perilune.loop;

/**
 * The kernel's half of a wait: a kernel Selector of whoever waits. Called by the waiting thread, but for
 * {@link #wakeup}.
 */
public interface Companion {

    /**
     * A descriptor that is readable when the kernel half is ready (its epoll), or
     * {@link io.perilune.link.Sleeper#NO_DESCRIPTOR}.
     */
    int descriptor();

    /**
     * Looks, without waiting, whether the kernel half is ready: for the spinning driver, every few tens of
     * microseconds, and before it sleeps.
     */
    boolean poll();

    /**
     * Waits in the kernel half alone until it is ready, {@link #wakeup}, interrupt, or the time is over: for one who
     * does not drive.
     */
    void block(long timeoutNs);

    /** Ends the present {@link #block}, or else the next. Any thread. */
    void wakeup();
}
