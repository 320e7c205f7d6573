package io.perilune.loop;

import io.perilune.metrics.Counter;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;

/**
 * What is inline in one shard (inline-r2c): the sources of which something is to be told, and the tasks that other threads
 * have for the streams' thread. {@link #run} is the place in the turn where handlers run: TCP has taken in the burst, and
 * what they write leaves with the flush that follows. Guarded by the shard's role, but for the tasks: any thread.
 *
 * <p>Only the streams' thread runs it. What another thread's turn makes due waits, and wakes that thread if it sleeps.
 */
final class InlineStreams {

    /** What one turn does at most, so that timers and output come in between. */
    private static final int SOURCES_PER_TURN = 1_024;

    private static final int TASKS_PER_TURN = 256;

    private final Shard shard;
    private final InlineWatch watch;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** Set once, before the stack is used. */
    private InlineThread thread;
    /** Who runs it, null: nobody does. Written by that thread. */
    private volatile Thread runner;

    private InlineSource firstDue;
    private InlineSource lastDue;
    private InlineSource firstStarved;
    private boolean running;

    /**
     * Makes it, empty.
     *
     * @param debug whether how long handlers take is watched
     */
    InlineStreams(Shard shard, boolean debug) {
        this.shard = shard;
        watch = debug ? new InlineWatch() : null;
    }

    void thread(InlineThread newThread) {
        thread = newThread;
    }

    InlineThread thread() {
        return thread;
    }

    /** Null unless handlers are watched. */
    InlineWatch watch() {
        return watch;
    }

    // What the streams' thread does.

    /** The current thread runs handlers from now on, and no other. */
    void begin() {
        runner = Thread.currentThread();
        if (watch != null) {
            watch.start(runner);
        }
    }

    /** The current thread does so no longer: whatever is left is told now. With the role. */
    void end(long nowNs) {
        do {
            run(nowNs);
        } while (firstDue != null && !shard.hasLastUser());
        Runnable task;
        while ((task = tasks.poll()) != null) { // who adds one from now on sees that nothing is open
            runTask(task);
        }
        runner = null;
        if (watch != null) {
            watch.stop();
        }
    }

    /** Calls the handlers of all that is due. Returns whether there was anything, and this thread's to do. */
    boolean run(long nowNs) {
        if (!hasWork() || !isOwnThread()) {
            return false;
        }
        running = true;
        try {
            for (int i = 0; i < TASKS_PER_TURN; i++) {
                Runnable task = tasks.poll();
                if (task == null) {
                    break;
                }
                runTask(task);
            }
            feedStarved();
            for (int i = 0; i < SOURCES_PER_TURN && firstDue != null; i++) {
                InlineSource source = firstDue;
                firstDue = source.nextDue;
                source.nextDue = null;
                source.noLongerDue();
                source.run(nowNs);
            }
        } finally {
            running = false;
        }
        return true;
    }

    private void feedStarved() {
        if (firstStarved == null || !shard.tcp().mayLend()) {
            return;
        }
        InlineSource source = firstStarved;
        firstStarved = null;
        while (source != null) {
            InlineSource next = source.nextStarved;
            source.nextStarved = null;
            source.noLongerStarved();
            source.makeDue();
            source = next;
        }
    }

    private void runTask(Runnable task) {
        if (watch != null) {
            watch.begin(task);
        }
        try {
            task.run();
        } catch (Throwable e) { // it is foreign code in the midst of a turn
            failed("a task of the streams' thread", e);
        } finally {
            if (watch != null) {
                watch.end();
            }
        }
    }

    /** A handler, or a task, has thrown. */
    void failed(String what, Throwable e) {
        shard.counters().increment(Counter.STREAM_HANDLER_FAILURES);
        shard.record(what, e);
    }

    // What others do.

    void addDue(InlineSource source) {
        assert shard.role().isHeldByCurrentThread();
        if (firstDue == null) {
            firstDue = source;
        } else {
            lastDue.nextDue = source;
        }
        lastDue = source;
    }

    void addStarved(InlineSource source) {
        source.nextStarved = firstStarved;
        firstStarved = source;
    }

    /** Whether there is something for the streams' thread. With the role. */
    boolean hasWork() {
        return (firstDue != null
                        || !tasks.isEmpty()
                        || (firstStarved != null && shard.tcp().mayLend()))
                && !shard.hasLastUser();
    }

    /** Whether handlers run at this moment. With the role. */
    boolean isRunning() {
        return running;
    }

    boolean isOwnThread() {
        return runner == Thread.currentThread();
    }

    /**
     * Has the streams' thread run a task. Any thread.
     *
     * @throws RejectedExecutionException if there is no such thread now, for nothing is open
     */
    void execute(Runnable task) {
        tasks.add(task);
        if (!thread.isUsed() && tasks.remove(task)) {
            throw new RejectedExecutionException("no stream is open");
        }
        if (!isOwnThread()) {
            thread.wake();
        }
    }

    /** @throws IllegalStateException if the current thread is not the streams' */
    void checkThread() {
        Thread present = runner;
        if (present != Thread.currentThread()) {
            throw new IllegalStateException("a stream's methods are for the thread of the streams, "
                    + (present == null ? "which has ended" : present.getName()) + ", not for "
                    + Thread.currentThread().getName() + ": use execute");
        }
    }
}
