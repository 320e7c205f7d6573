package io.perilune.loop;

/** What is open in a shard, in a list of the shard's: sockets and listeners. Guarded by the shard's role. */
abstract class ShardMember {

    final Shard shard;

    ShardMember nextOpen;
    ShardMember previousOpen;
    private boolean listed;

    ShardMember(Shard shard) {
        this.shard = shard;
    }

    /** Everything was lost: the shard ended without TCP's telling so. */
    abstract void onShardEnd();

    /** Ends in order, as when its user closes it. */
    abstract void closeInOrder(long nowNs);

    /** Whether it is one that waits for connections. */
    boolean isListener() {
        return false;
    }

    /** Whether the shard has it in its list. */
    final boolean isListed() {
        return listed;
    }

    final void listed(boolean newListed) {
        listed = newListed;
    }
}
