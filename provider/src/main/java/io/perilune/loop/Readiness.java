package io.perilune.loop;

/** What becomes ready, and those who want to know when it does. Any thread. */
public interface Readiness {

    /** What can be done now without waiting, as bits of {@link UserSocket}; a volatile read or a few. */
    int readyOps();

    /** Adds a listener for growing readiness; it is not called for what is ready already. */
    void addListener(ReadyListener listener);

    /** Removes a listener, once; it may be called a last time meanwhile. */
    void removeListener(ReadyListener listener);
}
