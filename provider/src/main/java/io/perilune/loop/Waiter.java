package io.perilune.loop;

import io.perilune.link.Sleeper;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread's wait for a condition that a driver, or anybody, brings about (D3). Reused by its owner (a selector has
 * one, a blocking operation another); one thread awaits at a time.
 *
 * <p>Protocol: the owner's condition is a flag or bits that others set before they call {@link #signal}. {@link
 * UserStack#await} returns when the waiter was signalled since {@link #reset}, the companion is ready, the thread was
 * interrupted or the time is over: the owner looks at its condition and waits again if it must.
 *
 * <p>No wake-up is lost, because each side writes before it reads, all volatile. Who signals: sets the condition, sets
 * {@code signalled}, reads {@code rest}, wakes. Who waits: resets {@code signalled}, reads the condition; then sets
 * {@code rest}, reads {@code signalled}, rests. What ends the rest (a thread's permit, a sleeper's or a companion's
 * wakeup) is sticky, so it may come before the rest begins.
 */
public class Waiter {

    /** The owner runs. */
    static final int NONE = 0;
    /** The owner is, or is about to be, parked. */
    static final int PARKED = 1;
    /** The owner is, or is about to be, in the link's sleeper. */
    static final int IN_SLEEPER = 2;
    /** The owner is, or is about to be, in the companion's block. */
    static final int IN_COMPANION = 3;

    private static final VarHandle WAKING;

    static {
        try {
            WAKING = MethodHandles.lookup().findVarHandle(Waiter.class, "waking", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile boolean signalled;
    private volatile int rest;
    private volatile boolean nudged;

    // Written by the owner's thread before it sets rest; read by others after they have read rest. Who reads late may
    // find what the owner has set since: then it woke from the rest that was meant, and looks before the next.
    private Companion companion;
    private Thread thread;
    private Sleeper sleeper;

    // The owner's thread only.
    private long startNs;
    private long timeoutNs;

    /** Where a signal goes that a driver gives; set when the owner first waits. */
    private volatile Wakes wakes;

    @SuppressWarnings("UnusedVariable") // through WAKING
    private volatile boolean waking;

    /** In {@link Wakes}. */
    Waiter nextWake;

    // Guarded by the followers' lock in Leadership.
    Waiter nextFollower;
    Waiter previousFollower;
    boolean enlisted;
    boolean mayLead;

    /**
     * @param companion the kernel half, or null; may be set later by {@link #companion(Companion)} by the owner's
     *     thread
     */
    public Waiter(Companion companion) {
        this.companion = companion;
    }

    /** Sets the kernel half, or null. The owner's thread, while it does not wait. */
    public final void companion(Companion newCompanion) {
        companion = newCompanion;
    }

    /** Forgets earlier signals. The owner's thread, before it looks at its condition for the last time. */
    public final void reset() {
        signalled = false;
    }

    /**
     * Ends the owner's wait, or the next one if none is on. Any thread; cheap when the owner itself calls it while
     * driving.
     */
    public final void signal() {
        // If it is set already, whoever set it wakes the owner; and if the owner resets it just now, it looks at its
        // condition afterwards.
        if (!signalled) {
            signalled = true;
            Wakes gathering = wakes;
            if (gathering == null || rest != PARKED || !gathering.add(this)) {
                wake();
            }
        }
    }

    /** Begins to be woken by {@link Wakes}; false: it is on its way to be already. */
    final boolean beginWake() {
        return WAKING.compareAndSet(this, false, true);
    }

    /** Is woken. */
    final void endWake() {
        waking = false; // before: a signal from now on is another one
        wake();
    }

    final boolean isSignalled() {
        return signalled;
    }

    final Companion companion() {
        return companion;
    }

    /** Tells where the signals that a driver gives are gathered. The owner's thread. */
    final void wakes(Wakes gathering) {
        if (wakes != gathering) {
            wakes = gathering;
        }
    }

    /** Begins a wait of the current thread. */
    final void begin(long nowNs, long newTimeoutNs) {
        thread = Thread.currentThread();
        startNs = nowNs;
        timeoutNs = newTimeoutNs;
    }

    /** Whether the current thread is the one that waits. */
    final boolean isOfCurrentThread() {
        return thread == Thread.currentThread();
    }

    /** How long the wait may last from now; not positive when it is over. */
    final long remainingNs(long nowNs) {
        return timeoutNs == Long.MAX_VALUE ? Long.MAX_VALUE : timeoutNs - (nowNs - startNs);
    }

    /** Tells the owner to look who leads. */
    final void nudge() {
        nudged = true;
        wake();
    }

    final boolean isNudged() {
        return nudged;
    }

    /** Ends the rest that the owner is in, or has announced; not a signal. Any thread. */
    final void wake() {
        switch (rest) {
            case PARKED -> LockSupport.unpark(thread);
            case IN_SLEEPER -> {
                Sleeper slept = sleeper;
                if (slept != null) {
                    slept.wakeup();
                }
            }
            case IN_COMPANION -> {
                Companion blocking = companion;
                if (blocking != null) {
                    blocking.wakeup();
                }
            }
            default -> {
                // It runs, and looks before it rests.
            }
        }
    }

    /** Announces a rest: what happens from now on ends it. The owner's thread. */
    final void announce(int newRest, Sleeper newSleeper) {
        sleeper = newSleeper;
        rest = newRest;
    }

    final int rest() {
        return rest;
    }

    /** Rests as announced, unless signalled or nudged since; may end early. The owner's thread. */
    final void rest(long restNs, int descriptor) {
        if (signalled || nudged) {
            return;
        }
        switch (rest) {
            case PARKED -> park(restNs);
            case IN_SLEEPER -> sleeper.sleep(restNs, descriptor);
            case IN_COMPANION -> companion.block(restNs);
            default -> throw new AssertionError("no rest was announced");
        }
    }

    /** The rest is over. The owner's thread. */
    final void rise() {
        rest = NONE;
        nudged = false;
    }

    private void park(long restNs) {
        if (restNs == Long.MAX_VALUE) {
            LockSupport.park(this);
        } else {
            LockSupport.parkNanos(this, restNs);
        }
    }
}
