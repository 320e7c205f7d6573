package io.perilune.channels;

import io.perilune.loop.ReadyListener;
import io.perilune.loop.UserStack;
import io.perilune.loop.Waiter;

/**
 * The wait of the one thread that is in a blocking operation of a user-space socket; reused by the next. The waiting
 * thread drives the stack itself if nobody else does (D3).
 */
final class BlockingOperation implements ReadyListener {

    private final UserStack stack;
    private final Waiter waiter;

    BlockingOperation(UserStack stack, KernelCompanion companion) {
        this.stack = stack;
        this.waiter = new Waiter(companion);
    }

    /** Forgets earlier signals: call it, then look at the condition, then {@link #await}. */
    void reset() {
        waiter.reset();
    }

    /** Waits until signalled since {@link #reset}, interrupted, or for this long. */
    void await(long timeoutNs) {
        stack.await(waiter, timeoutNs);
    }

    /** Waits likewise, but for no interrupt, which is still to be seen when this returns. */
    void awaitWithoutInterrupt(long timeoutNs) {
        boolean interrupted = Thread.interrupted();
        try {
            stack.await(waiter, timeoutNs);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The channel was closed or shut down: the waiting thread must look. */
    void signal() {
        waiter.signal();
    }

    @Override
    public void onReady() {
        waiter.signal();
    }
}
