package io.perilune.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The counters of one shard. Its driver adds; any thread reads, without tearing and never far behind. */
@SuppressWarnings("EnumOrdinal") // the ordinal is the place in an array that lives as long as the enum
public final class Counters {

    private static final VarHandle VALUES = MethodHandles.arrayElementVarHandle(long[].class);
    /** Unused elements at each end keep other shards' counters off these cache lines. */
    private static final int PADDING = 16;

    private final long[] values = new long[PADDING + Counter.values().length + PADDING];

    /** Makes a set of counters, all zero. */
    public Counters() {}

    /** Adds one. The shard's driver only. */
    public void increment(Counter counter) {
        add(counter, 1);
    }

    /** Adds an amount. The shard's driver only. */
    public void add(Counter counter, long amount) {
        int index = PADDING + counter.ordinal();
        // Opaque: one writer, so no read-modify-write is needed; readers see whole and ever newer values.
        VALUES.setOpaque(values, index, (long) VALUES.getOpaque(values, index) + amount);
    }

    /** Returns a counter's value. Any thread. */
    public long get(Counter counter) {
        return (long) VALUES.getOpaque(values, PADDING + counter.ordinal());
    }
}
