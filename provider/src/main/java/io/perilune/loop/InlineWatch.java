package io.perilune.loop;

import io.perilune.time.SystemClock;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Sees, with {@code stream.debug}, which handlers keep the streams' thread for too long: while one computes or waits, no
 * stream of the shard is served, nor any channel. A daemon thread of its own looks at them from outside; a handler's call
 * costs two writes for it. Each class of handlers is told of once.
 */
final class InlineWatch implements Runnable {

    /** How long a handler may take. */
    static final long BOUND_NS = 10_000_000;

    private static final long LOOK_NS = 2_000_000;
    private static final int MOST_TOLD = 1_000;

    private final Set<String> told = new HashSet<>();
    private Thread watched;
    private Thread thread;
    private volatile boolean stopping;

    /** Odd while a handler runs. Written by the watched thread. */
    private volatile int calls;

    private volatile Object called;

    /** Begins to watch a thread: the streams', which calls this. */
    void start(Thread newWatched) {
        watched = newWatched;
        stopping = false;
        thread = new Thread(null, this, "perilune-streams-watch", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    void stop() {
        stopping = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A handler is about to be called. The watched thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    void begin(Object handler) {
        called = handler;
        calls++;
    }

    /** It has returned. The watched thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    void end() {
        calls++;
    }

    @Override
    public void run() {
        int seen = 0;
        long sinceNs = 0;
        while (!stopping) {
            int now = calls;
            long nowNs = SystemClock.INSTANCE.nanoTime();
            if ((now & 1) == 0 || now != seen) {
                seen = now;
                sinceNs = nowNs;
            } else if (nowNs - sinceNs >= BOUND_NS) {
                tell(called, now);
            }
            LockSupport.parkNanos(this, LOOK_NS);
        }
    }

    private void tell(Object handler, int call) {
        String name = handler.getClass().getName();
        if (told.size() >= MOST_TOLD || told.contains(name)) {
            return;
        }
        Throwable where = new Throwable("what " + watched.getName() + " does");
        where.setStackTrace(watched.getStackTrace());
        if (calls != call) {
            return; // it has just returned: the stack may be another's
        }
        told.add(name);
        try {
            System.getLogger("io.perilune")
                    .log(
                            System.Logger.Level.WARNING,
                            "Perilune: " + name + " has kept the streams' thread for more than " + BOUND_NS / 1_000_000
                                    + " ms, in which no stream was served",
                            where);
        } catch (RuntimeException | Error e) {
            System.err.println("Perilune: a slow handler of streams, " + name + "; logging it failed: " + e);
        }
    }
}
