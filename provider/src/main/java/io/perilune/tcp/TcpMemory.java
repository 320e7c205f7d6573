package io.perilune.tcp;

import io.perilune.memory.BufferPool;
import io.perilune.metrics.Counter;
import io.perilune.time.Timer;

/**
 * What the connections of one shard may take of its packet buffers, so that all of them together never take the last.
 * The more buffers are lent, the more is withheld:
 *
 * <ol>
 *   <li>short: windows that are offered shrink, buffers grow no more, each connection may queue but little to send, and
 *       what comes in order is kept up to a fair share of what is left, or a little more where it was read soon before;
 *   <li>scarce: data that waits for a gap to be filled is dropped, the oldest first, and none is kept; new connections
 *       are refused.
 * </ol>
 *
 * What users hold (loans) is bounded apart, to half of the buffers, which is less than makes memory short.
 *
 * So one that reads gets on even if all others never read, as long as there are three buffers for each. The last part
 * is left to frames on their way in and out, so that acknowledgments, which free memory, get through. Owned by the
 * shard's driver.
 */
final class TcpMemory extends Timer {

    /** The most that is offered to a peer while memory is short, in bytes. */
    private static final int SHORT_WINDOW = 32_768;
    /** Cells that a connection may hold while memory is short whose user reads at once. */
    private static final int PROMPT_CELLS = 16;
    /** How often users that wait for memory look for it. */
    private static final long RETRY_NS = 2_000_000L;

    private final Tcp tcp;
    private final BufferPool pool;
    private final int shortMark;
    private final int scarceMark;
    private final int lastMark;
    /** The most queues of data out of order that may be lent: each takes heap besides its buffers. */
    private final int outOfOrderMost;

    /** How many buffers users may hold, and hold. */
    private final int lentMost;

    int lent;

    private boolean wasShort;
    private TcpConnection starvedHead;
    // Queues that connections hold, the one lent first at the head, and those that none does.
    private OutOfOrderQueue oldest;
    private OutOfOrderQueue newest;
    private OutOfOrderQueue free;
    private int outOfOrderCount;

    TcpMemory(Tcp tcp) {
        this.tcp = tcp;
        this.pool = tcp.pool;
        int cells = pool.usable();
        this.shortMark = cells / 8 * 5;
        this.scarceMark = cells / 8 * 7;
        this.lastMark = cells / 32 * 31;
        this.lentMost = cells / 2;
        this.outOfOrderMost = Math.max(16, cells / 8);
    }

    /** Whether so many buffers are lent that windows stay small and writes wait. */
    boolean isShort() {
        boolean now = pool.lentCount() > shortMark;
        if (now && !wasShort) {
            tcp.counters.increment(Counter.TCP_MEMORY_SHORTAGES);
        }
        wasShort = now;
        return now;
    }

    /** Whether hardly any buffer is left: new connections are refused, and data out of order is not kept. */
    boolean isScarce() {
        return pool.lentCount() > scarceMark;
    }

    /** Returns how much of its free receive buffer a connection offers to its peer, in bytes. */
    int windowOf(TcpConnection c, int space) {
        if (space == 0 || !isShort()) {
            return space;
        }
        return (int) Math.min(space, Math.min((long) shareOf(c.readsPromptly) * c.rcvMss, SHORT_WINDOW));
    }

    /** Whether a connection may keep a further segment in order. */
    boolean mayKeep(TcpConnection c) {
        boolean may = !isShort() || c.receiveQueue.cells + c.heldCells < shortLimit(c.readsPromptly);
        c.readsPromptly &= may;
        return may;
    }

    /** Whether users may hold a further buffer: what they hold cannot be taken from them. */
    boolean mayLend() {
        return lent < lentMost;
    }

    /** Whether a connection may take a further buffer for sending. */
    boolean mayWrite(TcpConnection c) {
        return c.sendQueue.records < writeLimit(c);
    }

    /** Returns how many cells a connection's send queue may have as far as memory goes. */
    int writeLimit(TcpConnection c) {
        // One write alone does not take more than makes memory short: segments may be small and buffers large.
        return isShort() ? shortLimit(false) : c.sendQueue.records + shortMark + 1 - pool.lentCount();
    }

    /** How many cells a connection may hold in one direction while memory is short. */
    private int shortLimit(boolean prompt) {
        if (isScarce()) {
            return pool.lentCount() < lastMark ? 1 : 0;
        }
        return shareOf(prompt);
    }

    private int shareOf(boolean prompt) {
        int share = (scarceMark - shortMark) / Math.max(tcp.connections, 1);
        return Math.max(share, prompt ? PROMPT_CELLS : 1);
    }

    /** Gives a connection a queue for data out of order, or returns false if there are too many. */
    boolean lendOutOfOrderQueue(TcpConnection c) {
        OutOfOrderQueue queue = free;
        if (queue == null) {
            if (outOfOrderCount >= outOfOrderMost) {
                return false;
            }
            queue = new OutOfOrderQueue();
        } else {
            free = queue.later;
            queue.later = null;
        }
        outOfOrderCount++;
        queue.connection = c;
        c.outOfOrder = queue;
        queue.earlier = newest;
        if (newest == null) {
            oldest = queue;
        } else {
            newest.later = queue;
        }
        newest = queue;
        return true;
    }

    /** Takes a connection's queue back, and drops what is in it. */
    void returnOutOfOrderQueue(TcpConnection c) {
        OutOfOrderQueue queue = c.outOfOrder;
        c.outOfOrder = null;
        queue.clear(tcp.records);
        queue.connection = null;
        if (queue.earlier == null) {
            oldest = queue.later;
        } else {
            queue.earlier.later = queue.later;
        }
        if (queue.later == null) {
            newest = queue.earlier;
        } else {
            queue.later.earlier = queue.earlier;
        }
        queue.earlier = null;
        queue.later = free;
        free = queue;
        outOfOrderCount--;
    }

    /**
     * While memory is scarce, drops data that waits for a gap to be filled, of the connection that has waited longest
     * first. The peer has been told of it by SACK, and must keep it for this (RFC 2018 §8).
     */
    void relieve() {
        while (oldest != null && isScarce()) {
            tcp.counters.add(Counter.DROP_TCP_OUT_OF_ORDER_PRUNED, oldest.records());
            returnOutOfOrderQueue(oldest.connection);
        }
    }

    /** Notes a user that waits for memory. */
    void addStarved(TcpConnection c, long nowNs) {
        if (!c.starved) {
            c.starved = true;
            c.starvedNext = starvedHead;
            starvedHead = c;
            if (!isArmed()) {
                tcp.wheel.arm(this, nowNs + RETRY_NS);
            }
        }
    }

    /** Forgets who waits, for the end. */
    void close() {
        tcp.wheel.cancel(this);
        starvedHead = null;
    }

    @Override
    protected void onTimer(long nowNs) {
        TcpConnection c = starvedHead;
        starvedHead = null;
        while (c != null) {
            TcpConnection next = c.starvedNext;
            c.starvedNext = null;
            c.starved = false;
            if (c.writeWaits && c.isLive()) {
                if (c.isWritable()) {
                    c.writeWaits = false;
                    c.events |= TcpConnection.WRITABLE;
                    tcp.fire(c);
                } else if (!mayWrite(c)) {
                    addStarved(c, nowNs);
                }
            }
            c = next;
        }
    }
}
