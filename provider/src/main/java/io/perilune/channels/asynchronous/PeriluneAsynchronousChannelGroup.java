package io.perilune.channels.asynchronous;

import io.perilune.channels.asynchronous.PendingOperation.Ending;
import io.perilune.config.Privileged;
import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.Selector;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Channels that share the threads by which their operations complete.
 *
 * <p>Of a fixed pool all threads work in the {@link SelectingLoop} and call the handlers there. Of any other executor
 * some may, and one thread of the group's own does: it calls no handler, it submits them, and so the loop goes on
 * however long handlers take. Any thread.
 */
final class PeriluneAsynchronousChannelGroup extends AsynchronousChannelGroup {

    private static final System.Logger LOG = System.getLogger("io.perilune");

    private final ExecutorService executor;
    private final boolean fixed;
    private final SelectingLoop loop;

    /** Guards what follows. */
    private final Object lock = new Object();

    private final Set<GroupChannel> channels = new HashSet<>();
    private int entered;
    private boolean shutdown;
    private boolean stopped;
    private ScheduledThreadPoolExecutor timers;

    private PeriluneAsynchronousChannelGroup(
            AsynchronousChannelProvider provider, ExecutorService executor, boolean fixed, Selector selector) {
        super(provider);
        this.executor = executor;
        this.fixed = fixed;
        this.loop = new SelectingLoop(selector);
    }

    /** Opens a group whose executor has exactly so many threads, and no other task. */
    static PeriluneAsynchronousChannelGroup fixed(
            AsynchronousChannelProvider provider, ExecutorService executor, int threads, Selector selector) {
        PeriluneAsynchronousChannelGroup group =
                new PeriluneAsynchronousChannelGroup(provider, executor, true, selector);
        group.startPooled(threads);
        return group;
    }

    /** Opens a group on an executor that runs what is submitted sooner or later; so many of its threads may stay. */
    static PeriluneAsynchronousChannelGroup growing(
            AsynchronousChannelProvider provider, ExecutorService executor, int threads, Selector selector) {
        PeriluneAsynchronousChannelGroup group =
                new PeriluneAsynchronousChannelGroup(provider, executor, false, selector);
        group.startInner();
        group.startPooled(threads);
        return group;
    }

    // ---- Threads ----

    private void startPooled(int count) {
        for (int i = 0; i < count; i++) {
            loop.addWorker();
            boolean started = false;
            try {
                executor.execute(this::workPooled);
                started = true;
            } finally {
                if (!started) {
                    leaveLoop();
                    shutdown(); // nobody will get this group: the threads that have started end
                }
            }
        }
    }

    private void workPooled() {
        PoolThread.run(this, () -> work(true));
    }

    private void startInner() {
        loop.addWorker();
        Privileged.get(() -> {
            Thread thread = new Thread(null, () -> work(false), "perilune-asynchronous", 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
            thread.start();
            return thread;
        });
    }

    private void work(boolean pooled) {
        boolean orderly = false;
        try {
            while (!orderly) {
                try {
                    loop.work(pooled);
                    orderly = true;
                } catch (IOException e) {
                    selectorFailed(e); // which stops the loop: what is to be told is told, then work returns
                }
            }
        } finally {
            if (orderly) {
                leaveLoop();
            } else {
                replace(pooled);
            }
        }
    }

    /** A handler has thrown: its thread ends of it, and its place is taken by another. */
    private void replace(boolean pooled) {
        if (!pooled) {
            leaveLoop();
            startInner();
            return;
        }
        try {
            executor.execute(this::workPooled);
        } catch (RejectedExecutionException e) {
            leaveLoop(); // somebody else has shut the executor down
        }
    }

    private void leaveLoop() {
        boolean last;
        try {
            last = loop.removeWorker();
        } catch (IOException e) {
            last = true;
            LOG.log(System.Logger.Level.WARNING, "the selector of a group of asynchronous channels", e);
        }
        if (last) {
            Privileged.get(() -> {
                executor.shutdown();
                return null;
            });
        }
    }

    /** Without its selector no operation would ever end: all end now. */
    private void selectorFailed(IOException cause) {
        LOG.log(System.Logger.Level.ERROR, "a group of asynchronous channels is shut down: its selector failed", cause);
        try {
            shutdownNow();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "a channel of that group", e);
        }
    }

    // ---- Handlers ----

    /** Calls a completion handler, here or on a pooled thread, as the javadoc of AsynchronousChannelGroup says. */
    void call(Runnable handlerCall, Ending ending, boolean directlyAtStart) {
        boolean directly = ending == Ending.AT_START ? directlyAtStart : ending == Ending.ON_READINESS;
        if (directly && PoolThread.call(this, handlerCall)) {
            return;
        }
        try {
            execute(handlerCall);
        } catch (RejectedExecutionException e) {
            if (ending == Ending.AT_START) {
                ShutdownChannelGroupException thrown = new ShutdownChannelGroupException();
                thrown.initCause(e);
                throw thrown;
            }
            LOG.log(System.Logger.Level.WARNING, "a completion handler is not called: its executor was shut down", e);
        }
    }

    private void execute(Runnable handlerCall) {
        Runnable call = () -> PoolThread.call(this, handlerCall);
        if (fixed) {
            loop.submit(call);
        } else {
            executor.execute(() -> PoolThread.run(this, call));
        }
    }

    /** Runs a task after so many nanoseconds, on a thread that must not be held up. */
    Future<?> schedule(Runnable task, long delayNs) {
        synchronized (lock) {
            if (timers == null) {
                timers = new ScheduledThreadPoolExecutor(1, PeriluneAsynchronousChannelGroup::timerThread);
                timers.setRemoveOnCancelPolicy(true);
            }
            if (stopped) {
                timers.shutdownNow(); // of a channel that is closed: nothing waits any more
            }
            return timers.isShutdown() ? null : timers.schedule(task, delayNs, TimeUnit.NANOSECONDS);
        }
    }

    private static Thread timerThread(Runnable task) {
        return Privileged.get(() -> {
            Thread thread = new Thread(null, task, "perilune-asynchronous-timeouts", 0, false);
            thread.setDaemon(true);
            return thread;
        });
    }

    // ---- Channels ----

    SelectingLoop loop() {
        return loop;
    }

    void add(GroupChannel channel) {
        synchronized (lock) {
            if (shutdown) {
                throw new ShutdownChannelGroupException();
            }
            channels.add(channel);
        }
    }

    void remove(GroupChannel channel) {
        synchronized (lock) {
            channels.remove(channel);
            stopIfUnused();
        }
    }

    /** The group must not end before {@link #leave}: something of it is under way on a thread that is not its own. */
    void enter() {
        synchronized (lock) {
            entered++;
        }
    }

    void leave() {
        synchronized (lock) {
            entered--;
            stopIfUnused();
        }
    }

    private void stopIfUnused() {
        if (shutdown && channels.isEmpty() && entered == 0 && !stopped) {
            stopped = true;
            loop.stop();
            if (timers != null) {
                timers.shutdownNow();
            }
        }
    }

    // ---- Its end ----

    @Override
    public boolean isShutdown() {
        synchronized (lock) {
            return shutdown;
        }
    }

    @Override
    public boolean isTerminated() {
        return executor.isTerminated();
    }

    @Override
    public void shutdown() {
        synchronized (lock) {
            shutdown = true;
            stopIfUnused();
        }
    }

    @Override
    public void shutdownNow() throws IOException {
        List<GroupChannel> open;
        synchronized (lock) {
            shutdown = true;
            open = new ArrayList<>(channels);
            stopIfUnused();
        }
        IOException failure = null;
        for (GroupChannel channel : open) {
            try {
                channel.close();
            } catch (IOException e) {
                failure = e; // the others are to be closed too
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return executor.awaitTermination(timeout, unit);
    }
}
