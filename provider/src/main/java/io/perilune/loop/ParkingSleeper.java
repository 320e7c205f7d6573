package io.perilune.loop;

import io.perilune.link.Sleeper;
import java.util.concurrent.locks.LockSupport;

/** The sleeper of a stack without a link: all its frames come from its own threads, which wake whoever sleeps. */
final class ParkingSleeper implements Sleeper {

    private volatile Thread sleeping;
    private volatile boolean woken;

    ParkingSleeper() {}

    /** True: a frame can only come with a {@link #wakeup}. */
    @Override
    public boolean endsOnFrame() {
        return true;
    }

    /** {@inheritDoc} Descriptors are not watched here. */
    @Override
    public void sleep(long timeoutNs, int descriptor) {
        // First the thread, then the flag, and wakeup() the other way round: one of the two sees the other.
        sleeping = Thread.currentThread();
        if (!woken) {
            LockSupport.parkNanos(this, timeoutNs);
        }
        sleeping = null;
        woken = false;
    }

    @Override
    public void wakeup() {
        woken = true;
        Thread thread = sleeping;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }
}
