package io.perilune.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The threads that a driver has signalled while it has a role, to be woken when it has left it: woken before, each would
 * find the role taken, and park again. One thread gathers at a time; others, of which there can only be some where there are
 * several shards, wake at once. Allocates nothing.
 */
final class Wakes {

    private static final VarHandle GATHERER;

    static {
        try {
            GATHERER = MethodHandles.lookup().findVarHandle(Wakes.class, "gatherer", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile Thread gatherer;

    /** Linked by {@link Waiter#nextWake}; the gatherer's. */
    private Waiter first;

    /** Begins to gather what the current thread signals, until {@link #take}, unless another does. */
    void gather() {
        Thread present = gatherer;
        if (present == null) {
            GATHERER.compareAndSet(this, (Thread) null, Thread.currentThread());
        }
    }

    /** Takes a waiter, if the current thread gathers. Returns whether it has been taken. */
    boolean add(Waiter waiter) {
        if (gatherer != Thread.currentThread() || !waiter.beginWake()) {
            return false;
        }
        waiter.nextWake = first;
        first = waiter;
        return true;
    }

    /** Ends gathering, if the current thread does. Returns what it has gathered, for {@link #wake}, or null. */
    Waiter take() {
        if (gatherer != Thread.currentThread()) {
            return null;
        }
        Waiter gathered = first;
        first = null;
        gatherer = null;
        return gathered;
    }

    /** Wakes what was gathered. Without a role. */
    static void wake(Waiter gathered) {
        Waiter waiter = gathered;
        while (waiter != null) {
            Waiter next = waiter.nextWake;
            waiter.nextWake = null;
            waiter.endWake();
            waiter = next;
        }
    }
}
