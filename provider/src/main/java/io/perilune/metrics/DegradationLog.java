package io.perilune.metrics;

import java.util.function.ToLongFunction;

/**
 * Says in the log, once for each kind, that the stack serves worse than it should, and what helps ({@link Degradation});
 * again, with the count, if it goes on after {@link #PAUSE_NS}. One thread.
 */
public final class DegradationLog {

    /** How long a kind is not spoken of again, in nanoseconds. */
    public static final long PAUSE_NS = 600_000_000_000L;

    private static final Degradation[] KINDS = Degradation.values();

    private final ToLongFunction<Counter> counters;
    private final System.Logger logger;
    private final long[] told = new long[KINDS.length];
    private final long[] toldNs = new long[KINDS.length];
    private long downToldNs;
    private boolean downTold;

    /**
     * Makes a log that has said nothing yet.
     *
     * @param counters where the values are
     */
    public DegradationLog(ToLongFunction<Counter> counters) {
        this(counters, System.getLogger("io.perilune"));
    }

    DegradationLog(ToLongFunction<Counter> counters, System.Logger logger) {
        this.counters = counters;
        this.logger = logger;
    }

    /**
     * Looks at the counters and says what is new.
     *
     * @param nowNs the present
     */
    @SuppressWarnings("EnumOrdinal") // the index into arrays that live as long as the enum
    public void check(long nowNs) {
        for (Degradation kind : KINDS) {
            long count = counters.applyAsLong(kind.counter());
            int index = kind.ordinal();
            if (count < kind.least() || count == told[index]) {
                continue;
            }
            if (told[index] == 0 || nowNs - toldNs[index] >= PAUSE_NS) {
                told[index] = count;
                toldNs[index] = nowNs;
                warn(kind.sentence() + " (" + kind.counter().key() + " " + count + ")");
            }
        }
    }

    /**
     * Says that the link has no other end, if that has not been said lately.
     *
     * @param link its name
     * @param nowNs the present
     */
    public void linkIsDown(String link, long nowNs) {
        if (!downTold || nowNs - downToldNs >= PAUSE_NS) {
            downTold = true;
            downToldNs = nowNs;
            warn("the link " + link + " is down, and nothing gets through until its other end is there");
        }
    }

    private void warn(String sentence) {
        logger.log(System.Logger.Level.WARNING, "Perilune: " + sentence);
    }
}
