package io.perilune.link;

import io.perilune.memory.BufferPool;

/** One receive and one transmit queue of a link, with the memory that belongs to them. Owned by one shard's driver. */
public interface LinkQueue {

    /** Returns the pool in whose buffers frames arrive and to which frames that are sent must belong. */
    BufferPool pool();

    /**
     * Receives up to {@link Burst#MAX} frames.
     *
     * @param burst empty; filled with frames of one reference each, which become the caller's
     * @return how many there were
     */
    int rxBurst(Burst burst);

    /**
     * Sends the frames of a burst, in order, as far as the link takes them. Each one taken costs the caller one
     * reference and leaves the burst; those refused stay in it, at the front.
     *
     * @return how many were taken
     */
    int txBurst(Burst burst);

    /**
     * Releases what the device has sent and not told of, as far as its driver knows. Sending does so too; this is for a
     * queue that sends nothing more.
     */
    default void reclaim() {}

    /** Returns the means to sleep until a frame arrives here. */
    Sleeper sleeper();

    /**
     * Returns how many frames the link has lost on receipt so far, because no buffer was free or one did not fit a
     * buffer. Any thread; may cost a microsecond: for reports, not for each turn.
     */
    default long droppedCount() {
        return 0;
    }

    /**
     * Returns how often the link has failed to send a frame so far, by its driver's own count: a frame that it did not
     * take and got again counts each time. Any thread; may cost a microsecond.
     */
    default long sendErrorCount() {
        return 0;
    }
}
