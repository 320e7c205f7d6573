package io.perilune.channels.asynchronous;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * What the threads of a group do: one of them selects, the others run what it found, and whoever has nothing to do
 * selects next. The turn to select is an element of the queue of tasks, so it comes around however many tasks there
 * are, and who takes it gives it back before anything else runs: no handler ever holds it. Any thread may submit.
 */
final class SelectingLoop {

    /** The turn to select: {@link #work} knows what that is. */
    private enum Turn implements Runnable {
        SELECT;

        @Override
        public void run() {
            throw new AssertionError("is taken, not run");
        }
    }

    private static final Runnable SELECT = Turn.SELECT;

    private final Selector selector;

    /** Guards all that follows. Held for a few instructions. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition pooledWaits = lock.newCondition();
    private final Condition innerWaits = lock.newCondition();
    private final Condition selected = lock.newCondition();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private int pooledWaiting;
    private int innerWaiting;
    private int workers;
    private boolean stopping;
    private boolean ended;

    /** Whether a thread has the turn to select. Written with the lock, read without. */
    private volatile boolean selecting;

    // Belong to the thread that has the turn to select.
    private boolean nothingElse;
    private final List<Runnable> found = new ArrayList<>();
    private final Consumer<SelectionKey> finding = this::find;

    SelectingLoop(Selector selector) {
        this.selector = selector;
        tasks.add(SELECT);
    }

    // ---- For the workers ----

    /** One thread more is about to {@link #work}. */
    void addWorker() {
        lock.lock();
        try {
            workers++;
        } finally {
            lock.unlock();
        }
    }

    /** A thread that was added has left {@link #work}, or never came. Returns whether it was the last. */
    boolean removeWorker() throws IOException {
        lock.lock();
        try {
            workers--;
            if (workers > 0) {
                return false;
            }
            ended = true;
            selected.signalAll();
        } finally {
            lock.unlock();
        }
        selector.close();
        return true;
    }

    /**
     * Selects and runs tasks until the loop is stopped, or a task throws.
     *
     * @param pooled whether the thread is one that calls handlers; the others do only what no such thread is free for
     */
    void work(boolean pooled) throws IOException {
        for (Runnable task = next(pooled); task != null; task = next(pooled)) {
            if (task == SELECT) {
                Thread.interrupted(); // of a handler, or of nobody: a selection would return at once
                select();
            } else {
                task.run();
            }
        }
    }

    private Runnable next(boolean pooled) {
        lock.lock();
        try {
            while (true) {
                if (stopping && !selecting && tasks.peek() == SELECT && tasks.size() == 1) {
                    return null;
                }
                Runnable task = tasks.poll();
                if (task == SELECT) {
                    selecting = true;
                    nothingElse = tasks.isEmpty();
                    if (!nothingElse) {
                        wakeWaiting();
                    }
                    return task;
                }
                if (task != null) {
                    if (!tasks.isEmpty()) {
                        wakeOne(); // each one wakes the next: signals are not counted
                    }
                    return task;
                }
                if (pooled) {
                    pooledWaiting++;
                    pooledWaits.awaitUninterruptibly();
                    pooledWaiting--;
                } else {
                    innerWaiting++;
                    innerWaits.awaitUninterruptibly();
                    innerWaiting--;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void wakeOne() {
        if (!wakeWaiting() && selecting) {
            selector.wakeup();
        }
    }

    private boolean wakeWaiting() {
        if (pooledWaiting > 0) {
            pooledWaits.signal();
            return true;
        }
        if (innerWaiting > 0) {
            innerWaits.signal();
            return true;
        }
        return false;
    }

    // ---- Selecting ----

    /** By the thread that has the turn; gives it back. */
    private void select() throws IOException {
        try {
            if (nothingElse) {
                selector.select(finding);
            } else {
                selector.selectNow(finding);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } finally {
            endTurn();
        }
    }

    private void find(SelectionKey key) {
        ((ChannelWatch) key.attachment()).ready(found);
    }

    private void endTurn() {
        lock.lock();
        try {
            tasks.addAll(found);
            found.clear();
            tasks.add(SELECT);
            selecting = false;
            selected.signalAll();
            if (stopping) {
                pooledWaits.signalAll();
                innerWaits.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    // ---- For everybody ----

    /** Registers a channel, with no interest yet. */
    SelectionKey register(SelectableChannel channel, ChannelWatch watch) throws IOException {
        return channel.register(selector, 0, watch);
    }

    /** A key's interest has grown: a selection that is under way has to know. */
    void interestChanged() {
        if (selecting) {
            selector.wakeup();
        }
    }

    /**
     * Has a worker run a task.
     *
     * @throws RejectedExecutionException if no worker is left
     */
    void submit(Runnable task) {
        lock.lock();
        try {
            if (ended) {
                throw new RejectedExecutionException();
            }
            tasks.add(task);
            wakeOne();
        } finally {
            lock.unlock();
        }
    }

    /**
     * A channel was closed: returns when the selector has given up its key, and with that the channel its address. Not
     * more than a selection's length away: whoever selects runs nobody else's code.
     */
    void forget(SelectableChannel channel) throws IOException {
        lock.lock();
        try {
            while (channel.isRegistered() && !ended) {
                if (selecting) {
                    selector.wakeup();
                    selected.awaitUninterruptibly();
                } else {
                    tasks.remove(SELECT);
                    selecting = true;
                    lock.unlock();
                    try {
                        nothingElse = false;
                        select();
                    } finally {
                        lock.lock();
                    }
                    if (!tasks.isEmpty()) {
                        wakeWaiting();
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Has all workers leave when nothing is left to do. */
    void stop() {
        lock.lock();
        try {
            stopping = true;
            pooledWaits.signalAll();
            innerWaits.signalAll();
            if (selecting) {
                selector.wakeup();
            }
        } finally {
            lock.unlock();
        }
    }
}
