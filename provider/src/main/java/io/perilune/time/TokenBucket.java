package io.perilune.time;

/**
 * Allows so many actions per second and a few more at once. Allocates nothing; owned by the shard's driver.
 */
public final class TokenBucket {

    private static final long SECOND_NS = 1_000_000_000L;

    private final long costNs;
    private final long depthNs;
    private long creditNs;
    private long filledNs;

    /**
     * Makes a full bucket.
     *
     * @param perSecond how many actions a second in the long run, from 1 to 10^9
     * @param atOnce how many when there was none for a while, at least 1
     * @param nowNs the present
     */
    public TokenBucket(int perSecond, int atOnce, long nowNs) {
        this.costNs = SECOND_NS / perSecond;
        this.depthNs = costNs * atOnce;
        this.creditNs = depthNs;
        this.filledNs = nowNs;
    }

    /** Returns whether an action is allowed now, and pays for it. */
    public boolean take(long nowNs) {
        long passedNs = nowNs - filledNs;
        if (passedNs > 0) {
            filledNs = nowNs;
            // The sum could overflow after centuries of silence: a full bucket is all that matters.
            creditNs = passedNs >= depthNs ? depthNs : Math.min(depthNs, creditNs + passedNs);
        }
        if (creditNs < costNs) {
            return false;
        }
        creditNs -= costNs;
        return true;
    }
}
