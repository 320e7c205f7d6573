package io.perilune.dpdk;

import io.perilune.link.Sleeper;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sleeps in one native poll of the link's interrupt, where there is one, a wakeup event and one more descriptor.
 * Without a queue it needs the native library only, and no DPDK: for whoever waits where no link is.
 *
 * <p>The thread is in native code while it sleeps, so it holds up no safepoint. An interrupt of the thread is seen when
 * the sleep begins; who interrupts later calls {@link #wakeup} too, as the JDK's interruptible channels do.
 */
public final class EventSleeper implements Sleeper, AutoCloseable {

    private static final int AWAKE = 0;
    private static final int ASLEEP = 1;
    private static final int WOKEN = 2;

    private final int queue;
    private final boolean endsOnFrame;
    private final int event;
    /** AWAKE or ASLEEP, and WOKEN once somebody has called wakeup: only the first caller makes a system call. */
    private final AtomicInteger state = new AtomicInteger(AWAKE);

    private boolean closed;

    /**
     * Makes one that watches no link.
     *
     * @throws IOException if the native library does not load or no descriptor is left
     */
    public EventSleeper() throws IOException {
        this(Native.NO_QUEUE, false);
    }

    EventSleeper(int queue, boolean endsOnFrame) throws IOException {
        NativeLoader.load();
        this.queue = queue;
        this.endsOnFrame = endsOnFrame;
        this.event = Native.eventOpen();
    }

    @Override
    public boolean endsOnFrame() {
        return endsOnFrame;
    }

    @Override
    public void sleep(long timeoutNs, int descriptor) {
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        // Pairs with the exchange in wakeup: either it sees ASLEEP and signals the event, or this sees WOKEN.
        if (state.compareAndSet(AWAKE, ASLEEP)) {
            Native.sleep(event, queue, descriptor, timeoutNs);
        }
        state.set(AWAKE);
    }

    @Override
    public void wakeup() {
        if (state.get() != WOKEN && state.getAndSet(WOKEN) == ASLEEP) {
            signal();
        }
    }

    private synchronized void signal() {
        if (!closed) {
            Native.eventSignal(event);
        }
    }

    /** Gives the descriptor back. Nobody sleeps; a late wakeup does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Native.eventClose(event);
        }
    }
}
