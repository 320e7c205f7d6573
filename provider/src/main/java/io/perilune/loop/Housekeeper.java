package io.perilune.loop;

import io.perilune.metrics.ErrorLog;
import io.perilune.time.NanoClock;

/**
 * The daemon thread that drives while nobody waits (D3): at least once a millisecond while things happen, by the link's
 * sleeper when they do not, and continuously while only threads wait that must not drive.
 */
final class Housekeeper implements Runnable {

    private static final long NAP_NS = 1_000_000;
    /** After so many naps in which nothing happened it rests until something does. */
    private static final int NAPS_BEFORE_REST = 10;

    private final Leadership leadership;
    private final Driven[] shards;
    private final LastTurn lastTurn;
    private final NanoClock clock;
    private final ErrorLog errors;
    private final Waiter waiter = new Waiter(null);
    private final Thread thread;
    private volatile boolean stopping;

    private int uneventfulNaps;
    private int terms;

    /** Tells when a shard's last turn was. Any thread. */
    @FunctionalInterface
    interface LastTurn {
        /** The time of the shard's last turn. */
        long lastTurnNs(int shard);
    }

    Housekeeper(Leadership leadership, Driven[] shards, LastTurn lastTurn, NanoClock clock, ErrorLog errors) {
        this.leadership = leadership;
        this.shards = shards;
        this.lastTurn = lastTurn;
        this.clock = clock;
        this.errors = errors;
        leadership.housekeeper(waiter);
        thread = new Thread(null, this, "perilune-housekeeper", 0, false);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Ends the thread and waits for that, for at most a second. Returns whether it has ended. */
    boolean stop() {
        stopping = true;
        waiter.signal();
        if (Thread.currentThread() == thread) {
            return false;
        }
        boolean interrupted = false;
        long startNs = clock.nanoTime();
        while (thread.isAlive() && clock.nanoTime() - startNs < 1_000_000_000) {
            try {
                thread.join(100);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    @Override
    public void run() {
        while (!stopping && !leadership.isClosed()) {
            try {
                keepHouse();
            } catch (RuntimeException | Error e) {
                // It must outlive whatever it is: connections hang on it. The nap below bounds the rate.
                errors.record("the housekeeper", e);
                rest(NAP_NS);
            }
        }
    }

    private void keepHouse() {
        waiter.reset();
        if (leadership.isLed()) {
            watchTheLeader();
        } else if (leadership.hasOnlyBystanders()) {
            leadership.leadAsHousekeeper(waiter, leadership.rule());
            uneventfulNaps = 0;
        } else if (uneventfulNaps >= NAPS_BEFORE_REST) {
            leadership.housekeeperResting(true);
            leadership.leadAsHousekeeper(waiter, new EventOrNap().rule());
            leadership.housekeeperResting(false);
        } else {
            driveIfNobodyDid();
        }
    }
}
