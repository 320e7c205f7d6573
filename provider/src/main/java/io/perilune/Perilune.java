package io.perilune;

import io.perilune.loop.UserStack;
import io.perilune.metrics.Counter;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a program may ask of Perilune. No call starts the stack: the first channel does. Any thread. */
public final class Perilune {

    private Perilune() {}

    /** Returns whether the user-space stack runs in this JVM. */
    public static boolean isRunning() {
        return Bootstrap.stackSource().runningStackOrNull() != null;
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
