package io.perilune.loop;

/** The shards of a stack, which one thread drives together, holding their roles. That thread. */
final class AllShards {

    /**
     * While there are connections no sleep is longer: less than any timeout that an operation may arm (RTO, delayed
     * ACK).
     */
    private static final long LONGEST_SLEEP_NS = 20_000_000;

    private final Driven[] each;

    AllShards(Driven[] each) {
        this.each = each;
    }

    /** Has each make a turn. Returns whether anything happened. */
    boolean turn(long nowNs) {
        boolean any = false;
        for (Driven shard : each) {
            any |= shard.turn(nowNs);
        }
        return any;
    }

    /** Whether one has frames on its loopback queue. */
    boolean hasPending() {
        for (Driven shard : each) {
            if (shard.hasPending()) {
                return true;
            }
        }
        return false;
    }

    void takeRoles() {
        for (Driven shard : each) {
            shard.role().take();
        }
    }

    void leaveRoles() {
        for (Driven shard : each) {
            shard.role().leave();
        }
    }

    /** Leaves each role to those who want it, for one operation. Returns whether any did. */
    boolean giveWay() {
        boolean gave = false;
        for (Driven shard : each) {
            if (shard.role().isWanted()) {
                shard.role().giveWay();
                gave = true;
            }
        }
        return gave;
    }

    /** Where threads outnumber cores those with work come first, and find the role free. */
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on it but how soon others get on
    void yieldRoles() {
        leaveRoles();
        Thread.yield();
        takeRoles();
    }

    /** How long it is until a timer may fire. */
    long untilDue(long nowNs) {
        long restNs = Long.MAX_VALUE;
        for (Driven shard : each) {
            long deadlineNs = shard.nextDeadlineNs();
            if (deadlineNs != Long.MAX_VALUE) {
                restNs = Math.min(restNs, deadlineNs - nowNs);
            }
            if (shard.isInUse()) {
                restNs = Math.min(restNs, LONGEST_SLEEP_NS);
            }
        }
        return restNs;
    }
}
