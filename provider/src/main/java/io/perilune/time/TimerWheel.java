package io.perilune.time;

/**
 * A hashed wheel of {@link Timer}s: arming and cancelling take constant time and allocate nothing.
 *
 * <p>A deadline beyond one round of the wheel waits in the slot it falls into and is passed over until its round has
 * come. Timers fire in the order of their ticks, never before their deadline and at most one tick after the first
 * {@link #advance} that could have fired them. Owned by the shard's driver.
 */
public final class TimerWheel {

    /** Length of a tick: 2^20 ns, about one millisecond. */
    public static final long TICK_NS = 1L << 20;

    private static final int TICK_SHIFT = 20;
    private static final int SLOTS = 1024;
    private static final int SLOT_MASK = SLOTS - 1;

    private final Timer[] slots = new Timer[SLOTS];
    private final long[] occupied = new long[SLOTS / Long.SIZE];
    private long currentTick;
    private int armed;
    private Timer cursor;

    /**
     * Makes an empty wheel.
     *
     * @param nowNs the present on the clock whose times {@link #advance} will be given
     */
    public TimerWheel(long nowNs) {
        this.currentTick = nowNs >> TICK_SHIFT;
    }

    /** Returns how many timers are armed. */
    public int armedCount() {
        return armed;
    }

    /** Arms a timer, or moves it if it is armed already. A deadline in the past fires at the next tick. */
    public void arm(Timer timer, long deadlineNs) {
        if (timer.slot >= 0) {
            if (timer.deadlineNs == deadlineNs) {
                return;
            }
            unlink(timer);
        }
        timer.deadlineNs = deadlineNs;
        long tick = tickAfter(deadlineNs);
        if (ticksBetween(currentTick, tick) <= 0) {
            tick = currentTick + 1;
        }
        link(timer, (int) tick & SLOT_MASK);
    }

    /** Cancels a timer; one that is not armed is left alone. */
    public void cancel(Timer timer) {
        if (timer.slot >= 0) {
            unlink(timer);
        }
    }

    /**
     * Fires each timer whose deadline has passed.
     *
     * @return how many fired
     */
    public int advance(long nowNs) {
        long nowTick = nowNs >> TICK_SHIFT;
        long passed = ticksBetween(currentTick, nowTick);
        if (passed <= 0) {
            return 0;
        }
        if (armed == 0) {
            currentTick = nowTick;
            return 0;
        }
        int fired = 0;
        long startTick = currentTick;
        // A jump longer than a round visits each slot once: all that is due is found there.
        for (long ahead = Math.max(1, passed - SLOT_MASK); ahead <= passed; ahead++) {
            currentTick = startTick + ahead;
            int slot = (int) currentTick & SLOT_MASK;
            if (slots[slot] != null) {
                fired += fire(slot, nowNs);
            }
        }
        currentTick = nowTick;
        return fired;
    }

    /**
     * Returns the time before which nothing can fire, or {@link Long#MAX_VALUE} when nothing is armed. It may be
     * earlier than the first deadline by up to a round of the wheel, never later by more than a tick.
     */
    public long nextDeadlineNs() {
        if (armed == 0) {
            return Long.MAX_VALUE;
        }
        for (int ahead = 1; ahead <= SLOTS; ) {
            int slot = (int) (currentTick + ahead) & SLOT_MASK;
            long word = occupied[slot >> 6] >>> (slot & 63);
            if (word != 0) {
                ahead += Long.numberOfTrailingZeros(word);
                return (currentTick + ahead) << TICK_SHIFT;
            }
            ahead += Long.SIZE - (slot & 63);
        }
        return (currentTick + SLOTS) << TICK_SHIFT;
    }

    private int fire(int slot, long nowNs) {
        int fired = 0;
        // What fires may arm and cancel others, in this slot too: unlink() moves the cursor off a timer that leaves,
        // and one that is armed now enters at the head, behind the cursor.
        Timer timer = slots[slot];
        while (timer != null) {
            cursor = timer.next;
            if (timer.deadlineNs - nowNs <= 0) {
                unlink(timer);
                fired++;
                timer.onTimer(nowNs);
            }
            timer = cursor;
        }
        return fired;
    }

    private void link(Timer timer, int slot) {
        Timer head = slots[slot];
        timer.slot = slot;
        timer.previous = null;
        timer.next = head;
        if (head != null) {
            head.previous = timer;
        }
        slots[slot] = timer;
        occupied[slot >> 6] |= 1L << (slot & 63);
        armed++;
    }

    private void unlink(Timer timer) {
        int slot = timer.slot;
        if (timer == cursor) {
            cursor = timer.next;
        }
        if (timer.previous == null) {
            slots[slot] = timer.next;
            if (timer.next == null) {
                occupied[slot >> 6] &= ~(1L << (slot & 63));
            }
        } else {
            timer.previous.next = timer.next;
        }
        if (timer.next != null) {
            timer.next.previous = timer.previous;
        }
        timer.previous = null;
        timer.next = null;
        timer.slot = -1;
        armed--;
    }

    /**
     * Returns the signed difference of two ticks, which count modulo 2^44 as the clock's nanoseconds do modulo 2^64.
     */
    private static long ticksBetween(long from, long to) {
        return ((to - from) << TICK_SHIFT) >> TICK_SHIFT;
    }

    private static long tickAfter(long deadlineNs) {
        return (deadlineNs + TICK_NS - 1) >> TICK_SHIFT;
    }
}
