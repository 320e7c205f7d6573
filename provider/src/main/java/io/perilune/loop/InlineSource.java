package io.perilune.loop;

/**
 * A socket or listener whose user is called within the shard's turn. What TCP tells it makes it due; its events are told
 * when TCP is done with the burst. Guarded by the shard's role.
 */
abstract class InlineSource extends ShardMember {

    InlineSource nextDue;
    InlineSource nextStarved;
    private boolean due;
    private boolean starved;
    private boolean counted;

    private final UserStack stack;

    InlineSource(UserStack stack, Shard shard) {
        super(shard);
        this.stack = stack;
    }

    final UserStack stack() {
        return stack;
    }

    /** Tells its user what has happened. On the streams' thread, within the turn, with TCP at rest. */
    abstract void run(long nowNs);

    /** Has {@link #run} called in this turn or the next one of the streams' thread. */
    final void makeDue() {
        if (!due) {
            due = true;
            shard.inline().addDue(this);
        }
    }

    final void noLongerDue() {
        due = false;
    }

    /** Has {@link #run} called when programs hold less of the packet memory than they may. */
    final void awaitMemory() {
        if (!starved) {
            starved = true;
            shard.inline().addStarved(this);
        }
    }

    final void noLongerStarved() {
        starved = false;
    }

    /** Has the streams' thread run for it, until {@link #uncount}. */
    final void count() {
        counted = true;
        shard.inline().thread().acquire();
    }

    final void uncount() {
        if (counted) {
            counted = false;
            shard.inline().thread().release();
        }
    }

    /** Takes the role unless the current thread has it. Returns the present. */
    final long enter(boolean within) {
        return within ? shard.nowNs() : shard.enter();
    }

    final void exit(boolean within, long nowNs) {
        if (!within) {
            shard.exit(nowNs);
        }
    }

    /** Whether the current thread works in the shard already: it is the streams' thread in a handler. */
    final boolean isWithin() {
        return shard.role().isHeldByCurrentThread();
    }
}
