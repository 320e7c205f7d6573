package io.perilune.loop;

import io.perilune.metrics.ErrorLog;
import io.perilune.time.NanoClock;

/**
 * The thread of a stack's streams: made when the first is opened or listened for, it leads for good (D3), waits by the
 * rule of all leaders (D4), and ends when none is open any more. It is no daemon: as a server of {@code
 * com.sun.net.httpserver}, one that is open keeps the JVM alive.
 */
final class InlineThread implements Runnable {

    private static final long JOIN_MS = 1_000;

    private final Leadership leadership;
    private final Shard[] shards;
    private final NanoClock clock;
    private final ErrorLog errors;
    private final Waiter waiter = new Waiter(null);
    private final Object lock = new Object();

    // Guarded by the lock.
    private Thread thread;
    private boolean closed;
    /** Also read without the lock. */
    private volatile int users;

    InlineThread(Leadership leadership, Shard[] shards, NanoClock clock, ErrorLog errors) {
        this.leadership = leadership;
        this.shards = shards;
        this.clock = clock;
        this.errors = errors;
    }

    /** Something is open that needs the thread. Any thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // the lock
    void acquire() {
        synchronized (lock) {
            users++;
            if (thread == null && !closed) {
                thread = new Thread(null, this, "perilune-streams", 0, false);
                thread.setDaemon(false); // whatever the thread is that opens
                thread.start();
            }
        }
    }

    /** It is closed. Any thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // the lock
    void release() {
        synchronized (lock) {
            users--;
            if (users == 0) {
                waiter.signal();
            }
        }
    }

    /** Whether anything is open. Any thread. */
    boolean isUsed() {
        return users > 0;
    }

    /** There is a task. Any thread. */
    void wake() {
        leadership.wakeResident();
    }

    /** The stack is closed: ends the thread, when it has told all streams, and waits for that, for at most a second. */
    void close() {
        Thread running;
        synchronized (lock) {
            closed = true;
            running = thread;
            waiter.signal();
        }
        if (running != null && running != Thread.currentThread()) {
            try {
                running.join(JOIN_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void run() {
        do {
            lead();
        } while (!mayEnd());
    }

    /** Leads while anything is open. */
    private void lead() {
        for (Shard shard : shards) {
            shard.inline().begin();
        }
        while (isNeeded()) {
            try {
                leadership.leadAsResident(waiter);
            } catch (RuntimeException | Error e) {
                errors.record("the thread of the streams", e); // all streams hang on it
            }
        }
        for (Shard shard : shards) {
            shard.role().take();
            try {
                shard.inline().end(clock.nanoTime());
            } finally {
                shard.role().leave();
            }
            shard.lessIsHeld(); // handlers release within their turns, where this cannot be asked
        }
        leadership.resign();
    }

    /** Looks after the waiter was reset: who changes the answer signals it afterwards. */
    private boolean isNeeded() {
        Thread.interrupted(); // a handler's affair: it would end each wait at once
        waiter.reset();
        synchronized (lock) {
            return users > 0 && !closed && !leadership.isClosed();
        }
    }

    /** Whether nothing was opened meanwhile: then whoever opens something next makes another thread. */
    private boolean mayEnd() {
        synchronized (lock) {
            if (users == 0 || closed || leadership.isClosed()) {
                thread = null;
                return true;
            }
            return false;
        }
    }
}
