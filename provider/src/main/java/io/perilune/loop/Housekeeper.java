package io.perilune.loop;

import io.perilune.link.Sleeper;
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

    private static final long SHORTEST_NAP_NS = 200_000;
    private static final long STOP_NS = 1_000_000_000;
    private static final long JOIN_MS = 100;

    private final Leadership leadership;
    private final Driven[] shards;
    private final NanoClock clock;
    private final ErrorLog errors;
    private final Waiter waiter = new Waiter(null);
    private final Thread thread;
    private volatile boolean stopping;

    // The housekeeper's own thread only.
    private int uneventfulNaps;
    private int terms;

    Housekeeper(Leadership leadership, Driven[] shards, NanoClock clock, ErrorLog errors) {
        this.leadership = leadership;
        this.shards = shards;
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
        boolean interrupted = false;
        long startNs = clock.nanoTime();
        while (thread.isAlive() && Thread.currentThread() != thread && clock.nanoTime() - startNs < STOP_NS) {
            try {
                thread.join(JOIN_MS);
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
                // It must outlive whatever it is, for connections hang on it. The nap bounds the rate.
                errors.record("the housekeeper", e);
                nap(NAP_NS);
            }
        }
    }

    private void keepHouse() {
        waiter.reset();
        if (stopping) {
            return;
        }
        if (leadership.isLed()) {
            watchTheLeader();
        } else if (leadership.hasOnlyBystanders()) {
            uneventfulNaps = 0;
            leadership.leadAsHousekeeper(waiter, leadership.rule());
        } else if (uneventfulNaps >= NAPS_BEFORE_REST) {
            uneventfulNaps = 0;
            leadership.leadAsHousekeeper(waiter, WaitRule.whenNobodyWaits(isInUse()));
        } else {
            driveWhatNobodyDrove();
        }
    }

    /** Naps, so as to be there when the leader leaves; rests when the same one has led for many naps. */
    private void watchTheLeader() {
        if (leadership.terms() != terms) {
            terms = leadership.terms();
            uneventfulNaps = 0;
        }
        if (uneventfulNaps++ < NAPS_BEFORE_REST) {
            nap(NAP_NS);
            return;
        }
        uneventfulNaps = 0;
        // First says that it rests, then looks: a leader leaves first, then looks whether the housekeeper rests.
        leadership.housekeeperResting(true);
        try {
            if (leadership.isLed()) {
                nap(Long.MAX_VALUE);
            }
        } finally {
            leadership.housekeeperResting(false);
        }
    }

    private void driveWhatNobodyDrove() {
        long nowNs = clock.nanoTime();
        long restNs = NAP_NS;
        boolean any = false;
        for (Driven shard : shards) {
            long agoNs = nowNs - shard.lastTurnNs();
            if (agoNs >= NAP_NS) {
                any |= leadership.driveIfFree(shard);
            } else {
                any = true; // somebody else drove since the last nap
                restNs = Math.min(restNs, Math.max(NAP_NS - agoNs, SHORTEST_NAP_NS));
            }
        }
        uneventfulNaps = any ? 0 : uneventfulNaps + 1;
        nap(restNs);
    }

    private boolean isInUse() {
        for (Driven shard : shards) {
            if (shard.isInUse()) {
                return true;
            }
        }
        return false;
    }

    private void nap(long restNs) {
        waiter.begin(clock.nanoTime(), restNs);
        waiter.announce(Waiter.PARKED, null);
        if (!stopping) {
            waiter.rest(restNs, Sleeper.NO_DESCRIPTOR);
        }
        waiter.rise();
    }
}
