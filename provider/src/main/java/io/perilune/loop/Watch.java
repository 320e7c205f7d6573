package io.perilune.loop;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.link.Link;
import io.perilune.metrics.Counter;
import io.perilune.metrics.DegradationLog;
import io.perilune.metrics.ErrorLog;
import io.perilune.time.NanoClock;
import java.util.function.ToLongFunction;

/**
 * The daemon thread that looks once a second whether users should be told of something, and tells the log. It never
 * drives and holds no role: the log may go over a connection of this very stack, and be slow.
 */
final class Watch implements Runnable {

    private static final long INTERVAL_MS = 1_000;

    private final Link link;
    private final DegradationLog log;
    private final NanoClock clock;
    private final ErrorLog errors;
    private final Thread thread;
    private final Object monitor = new Object();
    // Guarded by the monitor.
    private boolean stopping;

    /**
     * Makes it; {@link #start} has it look.
     *
     * @param link the link, or null for none
     */
    Watch(Link link, DegradationLog log, NanoClock clock, ErrorLog errors) {
        this.link = link;
        this.log = log;
        this.clock = clock;
        this.errors = errors;
        thread = new Thread(null, this, "perilune-watch", 0, false);
        thread.setDaemon(true);
    }

    /** Returns the counters as the log should see them: what a setting asks for is nothing to warn of. */
    static ToLongFunction<Counter> worthTelling(Settings settings, ToLongFunction<Counter> counters) {
        boolean always = settings.text(Setting.TCP_SYN_COOKIES).equals("always");
        return counter -> always && counter == Counter.TCP_SYN_COOKIES_SENT ? 0 : counters.applyAsLong(counter);
    }

    void start() {
        thread.start();
    }

    /** Has the thread end soon. Does not wait for that: it may be in the log, which may wait for whoever stops it. */
    void stop() {
        synchronized (monitor) {
            stopping = true;
            monitor.notifyAll();
        }
    }

    @Override
    public void run() {
        while (pause()) {
            look();
        }
    }

    /** Looks once. */
    void look() {
        try {
            long nowNs = clock.nanoTime();
            log.check(nowNs);
            if (link != null && !link.isUp()) {
                synchronized (monitor) {
                    if (stopping) {
                        return; // it is down because it is closed
                    }
                }
                log.linkIsDown(link.name(), nowNs);
            }
        } catch (RuntimeException | Error e) {
            // The logging system's own failure, for the most part; there may be something else to say in a second.
            errors.record("the watch", e);
        }
    }

    /** Waits a second. Returns whether to go on. */
    private boolean pause() {
        synchronized (monitor) {
            long endNs = clock.nanoTime() + INTERVAL_MS * 1_000_000;
            long leftMs = INTERVAL_MS;
            while (!stopping && leftMs > 0) {
                try {
                    monitor.wait(leftMs);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false; // somebody wants it to end
                }
                leftMs = (endNs - clock.nanoTime()) / 1_000_000;
            }
            return !stopping;
        }
    }
}
