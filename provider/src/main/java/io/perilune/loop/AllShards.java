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

    /**
     * Leaves the roles to those who want one, for one operation. Returns whether any did. All are left, and taken again in
     * their order: two leaders, of whom one is deposed, would else each hold what the other waits for.
     */
    boolean giveWay() {
        if (each.length == 1) {
            boolean wanted = each[0].role().isWanted();
            if (wanted) {
                each[0].role().giveWay();
            }
            return wanted;
        }
        boolean wanted = false;
        for (Driven shard : each) {
            wanted |= shard.role().isWanted();
        }
        if (wanted) {
            for (Driven shard : each) {
                shard.role().offer();
            }
            takeRoles();
        }
        return wanted;
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
