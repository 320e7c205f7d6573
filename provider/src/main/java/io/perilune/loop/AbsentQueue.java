package io.perilune.loop;

import io.perilune.link.Burst;
import io.perilune.link.LinkQueue;
import io.perilune.link.Sleeper;
import io.perilune.memory.BufferPool;

/**
 * The queue of a stack without a link: nothing comes, and what is sent to others (no route leads there) is released.
 */
final class AbsentQueue implements LinkQueue {

    /** The link address of a host without a link: locally administered. */
    static final long MAC = 0x02_00_00_00_00_01L;

    private final BufferPool pool;
    private final Sleeper sleeper;

    AbsentQueue(BufferPool pool, Sleeper sleeper) {
        this.pool = pool;
        this.sleeper = sleeper;
    }

    @Override
    public BufferPool pool() {
        return pool;
    }

    @Override
    public int rxBurst(Burst burst) {
        return 0;
    }

    @Override
    public int txBurst(Burst burst) {
        int count = burst.count();
        for (int i = 0; i < count; i++) {
            burst.frame(i).release();
        }
        burst.removeFirst(count);
        return count;
    }

    @Override
    public Sleeper sleeper() {
        return sleeper;
    }
}
