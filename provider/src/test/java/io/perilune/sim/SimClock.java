package io.perilune.sim;

import io.perilune.time.NanoClock;

/** A clock that stands still until a test moves it. */
public final class SimClock implements NanoClock {

    private long nowNs;

    /** Makes a clock at time 0. */
    public SimClock() {
        this(0);
    }

    /** Makes a clock at a time. */
    public SimClock(long startNs) {
        this.nowNs = startNs;
    }

    @Override
    public long nanoTime() {
        return nowNs;
    }

    /** Moves the clock forward by a time. */
    public void advance(long ns) {
        assert ns >= 0 : "time runs forward";
        nowNs += ns;
    }

    /** Moves the clock forward to a time; one that has passed changes nothing. */
    public void advanceTo(long timeNs) {
        if (timeNs - nowNs > 0) {
            nowNs = timeNs;
        }
    }
}
