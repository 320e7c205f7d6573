package io.perilune.metrics;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Throwables that must not go further, logged once for each distinct stack trace and counted after that. Bounded. Any
 * thread.
 */
public final class ErrorLog {

    private static final int MOST = 256;

    private final Map<Integer, Integer> counts = new HashMap<>();

    /** Makes an empty log. */
    public ErrorLog() {}

    /**
     * Records a throwable; throws nothing, whatever the logging system does.
     *
     * @param where what was going on, for the message
     * @return how often this one has been recorded, this time included
     */
    public int record(String where, Throwable throwable) {
        int count;
        synchronized (counts) {
            int key = throwable.getClass().hashCode() * 31 + Arrays.hashCode(throwable.getStackTrace());
            // When there are too many to tell apart they count as one.
            count = counts.merge(counts.size() < MOST || counts.containsKey(key) ? key : 0, 1, Integer::sum);
        }
        if (count == 1) {
            try {
                System.getLogger("io.perilune")
                        .log(System.Logger.Level.ERROR, "Perilune: unexpected error in " + where, throwable);
            } catch (RuntimeException | Error e) {
                System.err.println(
                        "Perilune: unexpected error in " + where + ": " + throwable + "; logging it failed: " + e);
            }
        }
        return count;
    }
}
