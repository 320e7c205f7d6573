package io.perilune.stress;

/**
 * A protocol as some processes whose steps are atomic: what one thread does between two accesses to what all share is one
 * step. {@link Search} tries all orders of the steps.
 */
interface Model {

    /** How many processes there are. */
    int processes();

    /** How the variables begin. */
    Snapshot start();

    /**
     * Makes the next step of a process.
     *
     * @param choice which of several that are possible, from 0
     * @return false, with the snapshot as it may be, if the process waits for another, has ended, or has no such choice
     */
    boolean step(Snapshot now, int process, int choice);

    /** Returns what must not be, or null. */
    String wrong(Snapshot now);

    /** Whether everything has ended as it should. */
    boolean isOver(Snapshot now);

    /** Returns what a process is about to do, for the account of a failure. */
    String next(Snapshot now, int process);
}
