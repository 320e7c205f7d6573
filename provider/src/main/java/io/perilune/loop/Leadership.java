package io.perilune.loop;

import io.perilune.link.Sleeper;
import io.perilune.time.NanoClock;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Which of the waiting threads drives (D3): one, the leader, drives all shards; the others, its followers, spin a
 * little and park until their condition holds or they are to lead.
 *
 * <p>While the leader drives it holds the shards' roles, and gives way between turns to those who want one for an
 * operation. While it sleeps it holds none. The housekeeper is a leader whom any other may depose: it leads when nobody
 * waits, or only threads that must not drive (virtual ones). The resident is a leader whom none may depose, and who
 * deposes all: the thread of the streams, whose handlers run within its turns and nobody else's.
 *
 * <p>Somebody leads, or is on the way to it: whoever stops to lead first says so ({@code leader = null}), then looks
 * for followers and nudges one; a follower first enters the list, then looks whether somebody leads, then parks. Each
 * thread that leaves {@link #await} does the same look, so a nudge that its receiver could not use is passed on. Any
 * thread.
 */
final class Leadership {

    private static final VarHandle LEADER;
    private static final VarHandle SPINNING;
    private static final VarHandle SLEEPER_USER;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            LEADER = lookup.findVarHandle(Leadership.class, "leader", Waiter.class);
            SPINNING = lookup.findVarHandle(Leadership.class, "spinning", int.class);
            SLEEPER_USER = lookup.findVarHandle(Leadership.class, "sleeperUser", Waiter.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** How often a spinning leader looks at its companion: each look is a system call. */
    private static final long COMPANION_INTERVAL_NS = 30_000;
    /** A nap for want of the sleeper, which a deposed housekeeper still has. */
    private static final long SHORT_NAP_NS = 50_000;
    /** A spinning leader yields once in so many turns. */
    private static final int YIELD_MASK = 63;
    /** Turns that one pass makes at most to empty the loopback queue. */
    private static final int PASS_TURNS = 16;

    private final Driven[] shards;
    private final AllShards all;
    private final Sleeper sleeper;
    private final boolean sleeperWatchesDescriptors;
    private final boolean sleepEndsOnFrame;
    private final WaitRule rule;
    private final NanoClock clock;
    private final int mostSpinning;

    private volatile Waiter leader;
    /** Who leads for good, also in the moments when it does not; or null. */
    private volatile Waiter resident;

    private volatile Waiter housekeeper;
    private volatile boolean housekeeperResting;
    private volatile boolean closed;
    /** Followers that spin: they take over without being woken. */
    private volatile int spinning;
    /** Who is in the sleeper, or about to be: one at a time. */
    private volatile Waiter sleeperUser;
    /** How often the lead was taken: the housekeeper sees by it whether one leader stays. Written by the leader. */
    private volatile int terms;

    private final Followers followers = new Followers();
    private final Wakes wakes = new Wakes();

    // Guarded by each shard's role: written while all are held, read while one is.
    private Waiter sleeping;
    private long sleepUntilNs;
    /** How long the next leader spins who waits for more than one event. */
    private long spinNs;

    /**
     * Makes it, without a leader.
     *
     * @param shards what to drive
     * @param sleeper the means to sleep
     * @param sleeperWatchesDescriptors whether the sleeper wakes for a companion's descriptor
     * @param oneQueue whether all that comes from outside comes by the queue that the sleeper watches
     */
    Leadership(
            Driven[] shards,
            Sleeper sleeper,
            boolean sleeperWatchesDescriptors,
            boolean oneQueue,
            WaitRule rule,
            NanoClock clock) {
        this.shards = shards;
        this.all = new AllShards(shards);
        this.sleeper = sleeper;
        this.sleeperWatchesDescriptors = sleeperWatchesDescriptors;
        // One sleeper watches one queue: with more, the leader naps and looks at them all.
        this.sleepEndsOnFrame = sleeper.endsOnFrame() && oneQueue;
        this.rule = rule;
        this.clock = clock;
        this.spinNs = rule.spinNs();
        this.mostSpinning =
                rule.followerSpinNs() == 0 ? 0 : Runtime.getRuntime().availableProcessors() - 1;
    }

    /** Waits as {@link UserStack#await} says. */
    void await(Waiter waiter, long timeoutNs) {
        if (closed) {
            waitAlone(waiter, timeoutNs);
            return;
        }
        Waiter forGood = resident;
        if (forGood != null && forGood.isOfCurrentThread()) {
            throw new IllegalStateException("the thread of the streams cannot wait in a handler: nobody would wake it");
        }
        boolean mayLead = !VirtualThreads.isCurrent();
        if (timeoutNs <= 0 || !mayLead) {
            pass();
            if (timeoutNs <= 0) {
                return;
            }
        }
        waiter.wakes(wakes);
        waiter.begin(clock.nanoTime(), timeoutNs);
        try {
            while (!isOver(waiter, clock.nanoTime())) {
                if (mayLead && tryLead(waiter)) {
                    if (lead(waiter, rule)) {
                        return;
                    }
                    continue; // deposed
                }
                if (!follow(waiter, mayLead)) {
                    return;
                }
            }
        } finally {
            passOn();
        }
    }

    /** The stack is closed: its user may still wait for the kernel half, or for its timeout. */
    private void waitAlone(Waiter waiter, long timeoutNs) {
        boolean inCompanion = waiter.companion() != null;
        waiter.begin(clock.nanoTime(), timeoutNs);
        long remainingNs = timeoutNs;
        // A parked thread may return for no reason, or for one that is over.
        while (remainingNs > 0
                && !waiter.isSignalled()
                && !Thread.currentThread().isInterrupted()) {
            waiter.announce(inCompanion ? Waiter.IN_COMPANION : Waiter.PARKED, null);
            waiter.rest(remainingNs, Sleeper.NO_DESCRIPTOR);
            waiter.rise();
            if (inCompanion) {
                return;
            }
            remainingNs = waiter.remainingNs(clock.nanoTime());
        }
    }

    /** Drives once, and again while frames are on the loopback queue. */
    void pass() {
        if (closed) {
            return;
        }
        for (int i = 0; i < PASS_TURNS && (i == 0 || all.hasPending()); i++) {
            for (Driven shard : shards) {
                DriverRole role = shard.role();
                if (!role.tryTake()) {
                    role.take();
                }
                try {
                    turnUntilQuiet(shard, clock.nanoTime());
                    wakeSleeperIfNeeded(shard);
                } finally {
                    Waiter signalled = wakes.take();
                    role.leave();
                    Wakes.wake(signalled);
                }
            }
        }
    }

    /**
     * Sees to it that what an operation has left behind is done in time: while the leader sleeps the operation's thread
     * delivers frames to this host and to its other shards itself, and wakes the leader only for what is due before its
     * sleep ends. Called with the shard's role.
     */
    void operationDone(Driven shard, long nowNs) {
        if (sleeping != null) {
            if (shard.hasPending()) {
                turnUntilQuiet(shard, nowNs);
            }
            wakeSleeperIfNeeded(shard);
        }
        if (shards.length > 1 && (sleeping != null || leader == null)) {
            settleOthers(shard, nowNs);
        }
    }

    /** Drives the other shards as long as frames are on their way between them, as far as nobody else does. */
    private void settleOthers(Driven shard, long nowNs) {
        for (int i = 0; i < PASS_TURNS && all.hasPending(); i++) {
            for (Driven other : shards) {
                if (other == shard) {
                    if (i > 0 && other.hasPending()) {
                        turnUntilQuiet(other, nowNs);
                    }
                } else if (other.hasPending() && other.role().tryTake()) {
                    try {
                        turnUntilQuiet(other, nowNs);
                        wakeSleeperIfNeeded(other);
                    } finally {
                        other.role().leave();
                    }
                }
            }
        }
        if (sleeping != null && all.hasPending()) {
            sleeping.wake(); // who has the other role may not look again
        }
    }

    /** Where a driver's signals are gathered while it has a role. */
    Wakes wakes() {
        return wakes;
    }

    /** Whether the leader sleeps, so that nobody flushes soon. Called with a shard's role. */
    boolean isLeaderAsleep() {
        return sleeping != null;
    }

    /** Ends all waits, present and future. */
    void close() {
        closed = true;
        Waiter first = leader;
        if (first != null) {
            first.wake();
        }
        Waiter user = sleeperUser;
        if (user != null) {
            user.wake();
        }
        followers.nudgeAll();
    }

    // What the streams' thread needs.

    /** Leads, in place of whoever does, until signalled, interrupted or closed; until {@link #resign} nobody else does. */
    void leadAsResident(Waiter waiter) {
        waiter.begin(clock.nanoTime(), Long.MAX_VALUE);
        resident = waiter;
        Waiter deposed = (Waiter) LEADER.getAndSet(this, waiter);
        if (deposed != null) {
            deposed.wake(); // it is to follow
        }
        lead(waiter, rule);
    }

    /** Others may lead again. */
    void resign() {
        resident = null;
        passOn();
    }

    /** Ends the resident's sleep, or the next one: there is something to do that it will find. Any thread. */
    void wakeResident() {
        Waiter waiter = resident;
        if (waiter != null) {
            waiter.nudge();
        }
    }

    /** Whether a thread leads or is in the sleeper: then it may touch the link. */
    boolean isAnybodyThere() {
        return leader != null || sleeperUser != null;
    }

    // What the housekeeper needs.

    void housekeeper(Waiter waiter) {
        housekeeper = waiter;
    }

    /** Whether somebody other than the housekeeper leads, or will at once. */
    boolean isLed() {
        Waiter present = leader;
        return (present != null && present != housekeeper) || resident != null;
    }

    int terms() {
        return terms;
    }

    boolean isClosed() {
        return closed;
    }

    /** Whether threads wait of which none can drive. */
    boolean hasOnlyBystanders() {
        return followers.bystanders() > 0 && followers.candidates() == 0 && spinning == 0;
    }

    /** Whether the housekeeper rests so long that whoever stops to lead must wake it. */
    void housekeeperResting(boolean resting) {
        housekeeperResting = resting;
    }

    /** Leads in the housekeeper's way, if nobody leads, until deposed, signalled or closed. */
    void leadAsHousekeeper(Waiter waiter, WaitRule housekeepersRule) {
        waiter.begin(clock.nanoTime(), Long.MAX_VALUE);
        if (LEADER.compareAndSet(this, (Waiter) null, waiter)) {
            lead(waiter, housekeepersRule);
            passOn();
        }
    }

    /** Drives a shard if its role is free. Returns whether anything happened there. */
    boolean driveIfFree(Driven shard) {
        if (!shard.role().tryTake()) {
            return false;
        }
        try {
            boolean any = turnUntilQuiet(shard, clock.nanoTime());
            wakeSleeperIfNeeded(shard);
            return any;
        } finally {
            Waiter signalled = wakes.take();
            shard.role().leave();
            Wakes.wake(signalled);
        }
    }

    /** How those who wait wait. */
    WaitRule rule() {
        return rule;
    }

    // Leading.

    private boolean tryLead(Waiter waiter) {
        if (resident != null) {
            return false;
        }
        Waiter present = leader;
        return (present == null || present == housekeeper) && LEADER.compareAndSet(this, present, waiter);
    }

    /** Drives until there is a reason to stop. Returns false if that was another leader. */
    // terms is written with the roles held; the yield is a courtesy on which nothing relies.
    @SuppressWarnings({"NonAtomicVolatileUpdate", "ThreadPriorityCheck"})
    private boolean lead(Waiter waiter, WaitRule by) {
        Companion companion = waiter.companion();
        all.takeRoles();
        try {
            terms++;
            sleeping = null; // a deposed housekeeper may still sleep: it is of no account now
            long nowNs = clock.nanoTime();
            long lastEventNs = nowNs;
            long companionAtNs = nowNs + COMPANION_INTERVAL_NS;
            long napNs = by.firstNapNs();
            long mostSpinNs = by.untilEvent() ? by.spinNs() : spinNs;
            int spins = 0;
            while (true) {
                if (all.turn(nowNs)) {
                    mostSpinNs = by.spinNsAfter(nowNs - lastEventNs);
                    lastEventNs = nowNs;
                    napNs = by.firstNapNs();
                    if (by.untilEvent()) {
                        return true;
                    }
                    spinNs = mostSpinNs;
                }
                if (waiter.isSignalled()) {
                    return true;
                }
                Waiter signalled = wakes.take();
                if (signalled != null) {
                    wakeWithoutRoles(signalled);
                }
                nowNs = clock.nanoTime();
                if (isOver(waiter, nowNs)) {
                    return true;
                }
                if (leader != waiter) {
                    return false;
                }
                if (companion != null && nowNs - companionAtNs >= 0) {
                    if (companion.poll()) {
                        return true;
                    }
                    companionAtNs = nowNs + COMPANION_INTERVAL_NS;
                }
                if (nowNs - lastEventNs < mostSpinNs || all.hasPending()) {
                    if (all.giveWay()) {
                        nowNs = clock.nanoTime(); // an operation may have used a later time than the last one read
                    } else if ((++spins & YIELD_MASK) == 0) {
                        all.yieldRoles();
                        nowNs = clock.nanoTime();
                    } else {
                        Thread.onSpinWait();
                    }
                } else {
                    if (companion != null && companion.poll()) {
                        return true;
                    }
                    sleep(waiter, nowNs, napNs);
                    if (leader != waiter) {
                        return false;
                    }
                    napNs = Math.min(2 * napNs, by.longestNapNs());
                    nowNs = clock.nanoTime();
                }
            }
        } finally {
            Waiter signalled = wakes.take();
            all.leaveRoles();
            LEADER.compareAndSet(this, waiter, (Waiter) null);
            Wakes.wake(signalled);
        }
    }

    /** Wakes others, who will want the roles, and lets them have them first. */
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on it but how soon they get on
    private void wakeWithoutRoles(Waiter signalled) {
        all.leaveRoles();
        Wakes.wake(signalled);
        if (mostSpinning == 0) {
            Thread.yield(); // there is but this core
        }
        all.takeRoles();
    }

    /** Sleeps without the roles; called and returns with them. */
    private void sleep(Waiter waiter, long nowNs, long napNs) {
        boolean inCompanion = waiter.companion() != null && isLoopbackOnly();
        boolean hasSleeper = !inCompanion && SLEEPER_USER.compareAndSet(this, (Waiter) null, waiter);
        long restNs = Math.min(waiter.remainingNs(nowNs), all.untilDue(nowNs));
        int descriptor = Sleeper.NO_DESCRIPTOR;
        if (!sleepEndsOnFrame) {
            restNs = Math.min(restNs, napNs);
        }
        if (hasSleeper && waiter.companion() != null) {
            descriptor = waiter.companion().descriptor();
            if (descriptor == Sleeper.NO_DESCRIPTOR) {
                restNs = Math.min(restNs, napNs); // between two naps the companion is polled
            }
        }
        if (!hasSleeper && !inCompanion) {
            Waiter user = sleeperUser;
            if (user != null) {
                user.wake();
            }
            restNs = Math.min(restNs, SHORT_NAP_NS);
        }
        if (restNs > 0) {
            waiter.announce(
                    hasSleeper ? Waiter.IN_SLEEPER : inCompanion ? Waiter.IN_COMPANION : Waiter.PARKED, sleeper);
            if (waiter == housekeeper) {
                housekeeperResting = true; // before the roles are left: who deposes it will have to wake it
            }
            sleeping = waiter;
            sleepUntilNs = restNs == Long.MAX_VALUE ? Long.MAX_VALUE : nowNs + restNs;
            all.leaveRoles();
            try {
                if (!closed) {
                    waiter.rest(restNs, descriptor);
                }
            } finally { // the companion is foreign code, and may throw
                rise(waiter, hasSleeper);
            }
        } else if (hasSleeper) {
            sleeperUser = null;
        }
    }

    private void rise(Waiter waiter, boolean hasSleeper) {
        waiter.rise();
        if (hasSleeper) {
            sleeperUser = null;
        }
        if (waiter == housekeeper) {
            housekeeperResting = false;
        }
        all.takeRoles();
        if (leader == waiter) {
            sleeping = null;
        }
    }

    /** Where nothing comes from a device the companion's block is as good a sleep as any. */
    private boolean isLoopbackOnly() {
        return !sleeperWatchesDescriptors && sleepEndsOnFrame;
    }

    private void wakeSleeperIfNeeded(Driven shard) {
        if (sleeping == null) {
            return;
        }
        long deadlineNs = shard.nextDeadlineNs();
        boolean isLate =
                deadlineNs != Long.MAX_VALUE && (sleepUntilNs == Long.MAX_VALUE || deadlineNs - sleepUntilNs < 0);
        if (isLate || shard.hasPending() || shard.hasWorkForResident()) {
            sleeping.wake();
        }
    }

    private static boolean turnUntilQuiet(Driven shard, long nowNs) {
        boolean any = shard.turn(nowNs);
        for (int i = 1; i < PASS_TURNS && shard.hasPending(); i++) {
            any |= shard.turn(nowNs);
        }
        return any;
    }

    private boolean isOver(Waiter waiter, long nowNs) {
        return waiter.isSignalled()
                || closed
                || waiter.remainingNs(nowNs) <= 0
                || Thread.currentThread().isInterrupted();
    }

    // Following.

    /** Returns false when the companion has ended the wait, else to look again. */
    private boolean follow(Waiter waiter, boolean mayLead) {
        if (mayLead && spinAsFollower(waiter)) {
            return true;
        }
        boolean inCompanion = waiter.companion() != null;
        followers.add(waiter, mayLead);
        waiter.announce(inCompanion ? Waiter.IN_COMPANION : Waiter.PARKED, null);
        try {
            if (!mayLead && (leader == null || (!isLed() && housekeeperResting))) {
                nudgeHousekeeper(); // it is to lead, or to begin anew to spin
            }
            while (true) {
                long nowNs = clock.nanoTime();
                if (isOver(waiter, nowNs) || waiter.isNudged() || (mayLead && !isLed())) {
                    return true;
                }
                waiter.rest(waiter.remainingNs(nowNs), Sleeper.NO_DESCRIPTOR);
                if (inCompanion) {
                    return waiter.isNudged();
                }
            }
        } finally {
            followers.remove(waiter);
            waiter.rise();
        }
    }

    /** Spins if not too many do. Returns whether there is a reason to look again at once. */
    private boolean spinAsFollower(Waiter waiter) {
        if ((int) SPINNING.getAndAdd(this, 1) >= mostSpinning) {
            SPINNING.getAndAdd(this, -1);
            return false;
        }
        try {
            long startNs = clock.nanoTime();
            long nowNs = startNs;
            while (nowNs - startNs < rule.followerSpinNs()) {
                if (!isLed() || isOver(waiter, nowNs)) {
                    return true;
                }
                Thread.onSpinWait();
                nowNs = clock.nanoTime();
            }
            return false;
        } finally {
            SPINNING.getAndAdd(this, -1);
        }
    }

    /** Sees to it that somebody leads who can, if nobody does. */
    private void passOn() {
        if (leader != null || spinning > 0) {
            return;
        }
        if (followers.candidates() > 0 && followers.nudgeCandidate()) {
            return;
        }
        if (housekeeperResting || followers.bystanders() > 0) {
            nudgeHousekeeper();
        }
    }

    private void nudgeHousekeeper() {
        Waiter waiter = housekeeper;
        if (waiter != null) {
            waiter.signal();
        }
    }
}
