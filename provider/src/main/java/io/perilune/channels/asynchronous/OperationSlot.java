package io.perilune.channels.asynchronous;

/**
 * One direction of a channel: of reads (or accepts), or of writes (and the connect before them), at most one is
 * outstanding. Any thread.
 */
final class OperationSlot {

    /** What {@link #begin} says. */
    enum Begin {
        /** The slot is the operation's. */
        BEGUN,
        /** Another operation has it. */
        OCCUPIED,
        /** An operation was given up in the middle: nobody knows what it has moved. */
        KILLED
    }

    private PendingOperation<?, ?> pending;
    private boolean killed;

    synchronized Begin begin(PendingOperation<?, ?> operation) {
        if (killed) {
            return Begin.KILLED;
        }
        if (pending != null) {
            return Begin.OCCUPIED;
        }
        pending = operation;
        return Begin.BEGUN;
    }

    /** Gives the slot up if it is still this operation's. */
    synchronized void end(PendingOperation<?, ?> operation) {
        if (pending == operation) {
            pending = null;
        }
    }

    /** Lets no operation begin any more. */
    synchronized void kill() {
        killed = true;
    }

    /** Returns the operation that is outstanding, or null. */
    synchronized PendingOperation<?, ?> pending() {
        return pending;
    }
}
