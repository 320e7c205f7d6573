package io.perilune.fuzz;

import io.perilune.memory.BufferPool;
import io.perilune.memory.Slab;
import java.util.List;

/** Packet memory that all inputs of a process share, one after the other: making it takes longer than most of them. */
final class FuzzMemory {

    private static final int CELL = 2048;

    private BufferPool pool = make();

    /** Returns memory of which nothing is lent: what an input that failed has left behind is not used again. */
    BufferPool pool() {
        if (pool.lentCount() != 0) {
            pool = make();
        }
        return pool;
    }

    private static BufferPool make() {
        return new BufferPool(List.of(Slab.ofDirectMemory(CELL)));
    }
}
