package io.perilune.channels;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The keys that a selector must look at, linked through the keys themselves: any thread adds, the selecting thread
 * takes them all. A key is in it at most once. Allocates nothing.
 */
final class KeyQueue {

    private static final VarHandle HEAD;
    private static final VarHandle QUEUED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            HEAD = lookup.findVarHandle(KeyQueue.class, "head", PeriluneSelectionKey.class);
            QUEUED = lookup.findVarHandle(PeriluneSelectionKey.class, "queued", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile PeriluneSelectionKey head;

    /** Adds a key unless it is there. Returns whether it was added. */
    boolean add(PeriluneSelectionKey key) {
        if (key.queued || !QUEUED.compareAndSet(key, false, true)) {
            return false;
        }
        PeriluneSelectionKey first;
        do {
            first = head;
            key.nextQueued = first;
        } while (!HEAD.compareAndSet(this, first, key));
        return true;
    }

    boolean isEmpty() {
        return head == null;
    }

    /**
     * Takes all keys, oldest first, linked by {@link PeriluneSelectionKey#nextQueued}; null if there are none. Whoever
     * walks them calls {@link #release} on each, after reading its link and before looking at its readiness.
     */
    PeriluneSelectionKey takeAll() {
        if (head == null) {
            return null;
        }
        PeriluneSelectionKey key = (PeriluneSelectionKey) HEAD.getAndSet(this, null);
        PeriluneSelectionKey oldest = null;
        while (key != null) {
            PeriluneSelectionKey next = key.nextQueued;
            key.nextQueued = oldest;
            oldest = key;
            key = next;
        }
        return oldest;
    }

    /** Lets the key be added again: a change from now on is not lost. */
    static void release(PeriluneSelectionKey key) {
        key.nextQueued = null;
        key.queued = false;
    }
}
