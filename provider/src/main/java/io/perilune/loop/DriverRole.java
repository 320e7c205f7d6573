package io.perilune.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * The exclusive right to touch a shard's state: a lock made for one thread that holds it nearly always (the leader,
 * turn after turn) and others that want it for a microsecond.
 *
 * <p>Protocol:
 *
 * <ul>
 *   <li>{@link #tryTake} is one compare-and-set from "nobody" to the caller.
 *   <li>{@link #take} counts itself a contender, spins for a bounded time, then parks. Whoever counts has promised to
 *       take the role: a holder that sees {@link #isWanted} may leave work to the next.
 *   <li>{@link #leave} frees the role and wakes the first parked contender, which competes for it with who comes along
 *       (waiting for one particular thread to wake would leave the role idle). A contender that was woken in vain asks
 *       for a hand-over: then the next leave makes it the holder, so that nobody starves.
 *   <li>{@link #giveWay} is for the leader between two turns: it hands the role to a parked contender, or leaves it to
 *       the spinning ones and does not compete until one of them had it, and then queues like all others.
 * </ul>
 *
 * <p>No wake-up is lost: a contender enters the queue, then looks whether the role is free, then parks; a holder frees
 * the role, then looks into the queue. Both are volatile, so at least one sees the other. Parking allocates a queue's
 * node; all else allocates nothing. Any thread. Not reentrant.
 */
final class DriverRole {

    private static final VarHandle OWNER;
    private static final VarHandle CONTENDERS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            OWNER = lookup.findVarHandle(DriverRole.class, "owner", Thread.class);
            CONTENDERS = lookup.findVarHandle(DriverRole.class, "contenders", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * A turn with a full burst takes about as long as so many spins. On one core none: the holder only gets on when the
     * contender parks.
     */
    private static final int SPINS = Runtime.getRuntime().availableProcessors() == 1 ? 0 : 512;

    private final ConcurrentLinkedQueue<Thread> parked = new ConcurrentLinkedQueue<>();

    private volatile Thread owner;
    private volatile int contenders;
    /** Whether a parked contender was woken in vain. Written by contenders, cleared by the holder. */
    private volatile boolean handOver;

    /** Takes the role if nobody has it. */
    boolean tryTake() {
        return owner == null && OWNER.compareAndSet(this, (Thread) null, Thread.currentThread());
    }

    /**
     * Takes the role, waiting for it as long as it takes. An interrupt does not end the wait, and is kept.
     *
     * @throws IllegalStateException if the current thread has it: it would wait for itself
     */
    void take() {
        if (!tryTake()) {
            if (owner == Thread.currentThread()) {
                throw new IllegalStateException("this thread works in the stack already: what the stack calls, as a"
                        + " stream's handler, must not use Perilune's channels, nor wait for it");
            }
            CONTENDERS.getAndAdd(this, 1);
            if (!spin()) {
                park();
            }
            CONTENDERS.getAndAdd(this, -1);
        }
    }

    /** Whether another thread is in {@link #take}. */
    boolean isWanted() {
        return contenders > 0;
    }

    boolean isHeldByCurrentThread() {
        return owner == Thread.currentThread();
    }

    /** Gives the role up. */
    void leave() {
        assert isHeldByCurrentThread();
        if (handOver && handOver()) {
            return;
        }
        owner = null;
        Thread first = parked.peek();
        if (first != null) {
            LockSupport.unpark(first);
        }
    }

    /** Lets those who want the role have it, and takes it again behind them. */
    void giveWay() {
        offer();
        take();
    }

    /** The first half of {@link #giveWay}: whoever wants the role, if anybody does, has it or had time to take it. */
    void offer() {
        assert isHeldByCurrentThread();
        if (!handOver()) {
            owner = null;
            // Only spinning contenders were there: the role is theirs if they take it soon.
            for (int i = 0; i < SPINS && owner == null && contenders > 0; i++) {
                Thread.onSpinWait();
            }
        }
    }

    /** Makes the first parked contender the holder, if there is one. */
    private boolean handOver() {
        handOver = false;
        Thread next = parked.poll();
        if (next == null) {
            return false;
        }
        owner = next;
        LockSupport.unpark(next);
        return true;
    }

    private boolean spin() {
        for (int i = 0; i < SPINS; i++) {
            if (tryTake()) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    private void park() {
        Thread self = Thread.currentThread();
        boolean interrupted = false;
        boolean woken = false;
        parked.add(self);
        // The queue shrinks only by its holder's hand: by a hand-over to us, or by us when we have taken the role.
        while (owner != self) {
            if (tryTake()) {
                parked.remove(self);
                break;
            }
            if (woken) {
                handOver = true;
                if (tryTake()) { // it may have been left before the line above
                    parked.remove(self);
                    break;
                }
            }
            LockSupport.park(this);
            woken = true;
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            self.interrupt();
        }
    }
}
