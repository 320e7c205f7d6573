package io.perilune.metrics;

import java.util.function.ToLongFunction;

/** The counters as text, for a file or a person. */
public final class CountersReport {

    private CountersReport() {}

    /**
     * Returns one line for each counter, its key, a space and its value, in the table's order.
     *
     * @param value where the values are
     */
    public static String format(ToLongFunction<Counter> value) {
        StringBuilder text = new StringBuilder();
        for (Counter counter : Counter.values()) {
            text.append(counter.key())
                    .append(' ')
                    .append(value.applyAsLong(counter))
                    .append('\n');
        }
        return text.toString();
    }
}
