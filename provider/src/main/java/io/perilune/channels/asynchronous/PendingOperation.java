package io.perilune.channels.asynchronous;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An operation of an asynchronous channel, from its start to its result, which goes to a completion handler or to those
 * who ask the Future. It is tried by one thread at a time: the one that starts it, then whichever the selecting loop
 * gives it to. Any thread may end it before.
 */
abstract class PendingOperation<V, A> implements Future<V>, Runnable {

    // A thread tries it; it waits for its channel to become ready; its result is known.
    private static final int TRYING = 0;
    private static final int WAITING = 1;
    private static final int DONE = 2;

    /** Who ends an operation. */
    enum Ending {
        /** The thread that starts it. */
        AT_START,
        /** A thread that tries it again because its channel is ready. */
        ON_READINESS,
        /** Any thread: by time, or with the channel. */
        FROM_OUTSIDE
    }

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(PendingOperation.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final GroupChannel channel;
    private final OperationSlot slot;
    private final CompletionHandler<V, ? super A> handler;
    private final A attachment;

    /** Null with a handler. */
    private final CountDownLatch told;

    private volatile int state = TRYING;

    /** Its time has passed, but a thread was trying it. */
    private volatile boolean expired;

    private volatile Future<?> timer;
    private long timeoutNs;

    // Written once, before the result is told.
    private V result;
    private Throwable failure;

    /** Made with the handler, or null for a Future. */
    PendingOperation(GroupChannel channel, OperationSlot slot, CompletionHandler<V, ? super A> handler, A attachment) {
        this.channel = channel;
        this.slot = slot;
        this.handler = handler;
        this.attachment = attachment;
        this.told = handler == null ? new CountDownLatch(1) : null;
    }

    // ---- What the operations differ in ----

    /** Does it if that needs no waiting, and keeps the result. Returns false if it must wait. */
    abstract boolean attempt() throws IOException;

    /** The bits of SelectionKey to wait for. */
    abstract int readiness();

    /** Whether something has happened to the channel of which readiness may say nothing. */
    boolean mustLookAgain() {
        return false;
    }

    /** Whether the thread that starts it may call its handler. */
    boolean mayCallDirectly() {
        return true;
    }

    /** Whether the channel is of no use when it fails. */
    boolean closesOnFailure() {
        return false;
    }

    /** Gives up what {@link #attempt} made but nobody will get. */
    void discard(V unwanted) {}

    /** The operation was given up: no other of its kind may follow. */
    void kill() {
        slot.kill();
    }

    // ---- Its way ----

    /** Starts it, to end in this time; 0 or less for ever. The slot is its own. */
    final void start(long timeout, TimeUnit unit) {
        timeoutNs = timeout > 0 ? unit.toNanos(timeout) : 0;
        proceed(Ending.AT_START);
    }

    /** Ends it at the start with a result. */
    final void succeedAtOnce(V value) {
        result = value;
        succeed(Ending.AT_START);
    }

    /** Ends it at the start with a failure. */
    final void failAtOnce(Throwable cause) {
        fail(TRYING, cause, Ending.AT_START);
    }

    /** Its channel may be ready. Returns whether the caller shall have it run. */
    final boolean claim() {
        return STATE.compareAndSet(this, WAITING, TRYING);
    }

    /** Tries it again. By the thread that the loop has given it to after {@link #claim}. */
    @Override
    public final void run() {
        proceed(Ending.ON_READINESS);
    }

    private void proceed(Ending ending) {
        if (state == DONE) {
            return;
        }
        boolean done = false;
        Throwable cause = null;
        try {
            done = attempt();
        } catch (Throwable e) {
            cause = closedMeanwhile(e);
        }
        // A handler may throw, too: what it throws is its thread's.
        if (cause != null) {
            fail(TRYING, cause, ending);
        } else if (done) {
            succeed(ending);
        } else {
            await(ending);
        }
    }

    /** An operation that has begun does not find the channel closed: it is closed under it. */
    private static Throwable closedMeanwhile(Throwable cause) {
        return cause instanceof ClosedChannelException && !(cause instanceof AsynchronousCloseException)
                ? new AsynchronousCloseException()
                : cause;
    }

    private void await(Ending ending) {
        if (ending == Ending.AT_START && timeoutNs > 0) {
            timer = channel.group().schedule(this::expire, timeoutNs);
        }
        if (!STATE.compareAndSet(this, TRYING, WAITING)) {
            cancelTimer();
            return;
        }
        Throwable cause = null;
        try {
            // From here on another thread may have it: nothing below touches what attempts use.
            channel.watch().await(readiness());
        } catch (ClosedChannelException | CancelledKeyException e) {
            cause = new AsynchronousCloseException();
        } catch (Throwable e) {
            cause = e;
        }
        if (cause != null) {
            fail(WAITING, cause, ending);
        }
        if (expired) {
            expire();
        } else if (mustLookAgain()) {
            channel.watch().retry(slot);
        }
        if (state == DONE) {
            cancelTimer(); // whoever ended it may not have seen the timer
        }
    }

    private void expire() {
        expired = true; // if a thread tries it now, that thread looks here when it would wait
        channel.group().enter();
        try {
            if (STATE.compareAndSet(this, WAITING, DONE)) {
                kill();
                finish(new InterruptedByTimeoutException(), Ending.FROM_OUTSIDE);
            }
        } finally {
            channel.group().leave();
        }
    }

    /** The channel was closed. A thread that tries it now comes to its end, or meets the closed channel when it would wait. */
    final void closed() {
        if (STATE.compareAndSet(this, WAITING, DONE)) {
            finish(new AsynchronousCloseException(), Ending.FROM_OUTSIDE);
        }
    }

    private void succeed(Ending ending) {
        V made = result;
        if (STATE.compareAndSet(this, TRYING, DONE)) {
            finish(null, ending);
        } else {
            discard(made);
        }
    }

    private void fail(int from, Throwable cause, Ending ending) {
        if (STATE.compareAndSet(this, from, DONE)) {
            finish(cause, ending);
        }
    }

    /** Tells the result. By the one thread that set the state to DONE. */
    private void finish(Throwable cause, Ending ending) {
        failure = cause;
        cancelTimer();
        if (cause instanceof IOException && closesOnFailure()) {
            channel.group().enter(); // the channel may be its last, and the handler still needs a thread
            try {
                closeChannel();
                tell(ending);
            } finally {
                channel.group().leave();
            }
        } else {
            tell(ending);
        }
    }

    private void tell(Ending ending) {
        slot.end(this); // first: who is told may start the next
        if (told != null) {
            told.countDown();
        } else {
            channel.group().call(this::callHandler, ending, mayCallDirectly());
        }
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            if (failure != null) {
                failure.addSuppressed(e);
            }
        }
    }

    private void callHandler() {
        if (failure == null) {
            handler.completed(result, attachment);
        } else {
            handler.failed(failure, attachment);
        }
    }

    private void cancelTimer() {
        Future<?> present = timer;
        if (present != null) {
            present.cancel(false);
        }
    }

    /** Keeps the result of an attempt. */
    final void result(V value) {
        result = value;
    }

    // ---- As a Future ----

    @Override
    public final boolean cancel(boolean mayInterruptIfRunning) {
        if (state == DONE || (int) STATE.getAndSet(this, DONE) == DONE) {
            return false;
        }
        kill();
        finish(new CancellationException(), Ending.FROM_OUTSIDE);
        if (mayInterruptIfRunning) {
            closeChannel();
        }
        return true;
    }

    @Override
    public final boolean isCancelled() {
        return isDone() && failure instanceof CancellationException;
    }

    @Override
    public final boolean isDone() {
        return told.getCount() == 0;
    }

    @Override
    public final V get() throws InterruptedException, ExecutionException {
        if (!isDone()) { // a result that is there is told to an interrupted thread, too
            told.await();
        }
        return outcome();
    }

    @Override
    public final V get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        if (!isDone() && !told.await(timeout, unit)) {
            throw new TimeoutException();
        }
        return outcome();
    }

    private V outcome() throws ExecutionException {
        if (failure instanceof CancellationException) {
            throw new CancellationException();
        }
        if (failure != null) {
            throw new ExecutionException(failure);
        }
        return result;
    }
}
