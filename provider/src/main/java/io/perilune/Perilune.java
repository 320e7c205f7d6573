package io.perilune;

import io.perilune.loop.UserStack;
import io.perilune.metrics.Counter;
import io.perilune.stream.Streams;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a program may ask of Perilune. The stack is started by {@link #streams}, or by the first channel. Any thread. */
public final class Perilune {

    private Perilune() {}

    /** Returns whether the user-space stack runs in this JVM. */
    public static boolean isRunning() {
        return Bootstrap.stackSource().runningStackOrNull() != null;
    }

    /**
     * Returns the way to servers and connections whose handlers run inside packet processing. Starts the stack.
     *
     * @throws IOException with the reason if the stack does not run: there are no streams on the kernel
     */
    public static Streams streams() throws IOException {
        UserStack stack = Bootstrap.stackSource().stackOrNull();
        if (stack == null) {
            throw new IOException("Perilune does not run, and streams need it: " + status());
        }
        return Streams.on(stack);
    }

    /** Returns one line about what runs, or why everything stays on the kernel. */
    public static String status() {
        return Bootstrap.stackSource().status();
    }

    /** Returns all counters by their keys, as {@code rx.frames}, in a fixed order; empty while the stack does not run. */
    public static Map<String, Long> counters() {
        Map<String, Long> values = new LinkedHashMap<>();
        UserStack stack = Bootstrap.stackSource().runningStackOrNull();
        if (stack != null) {
            for (Counter counter : Counter.values()) {
                values.put(counter.key(), stack.counter(counter));
            }
        }
        return values;
    }
}
