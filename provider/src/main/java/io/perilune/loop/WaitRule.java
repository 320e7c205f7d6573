package io.perilune.loop;

import io.perilune.config.Setting;
import io.perilune.config.Settings;

/**
 * How the leader waits for frames (D4): it spins for a time since the last event, then sleeps; in naps that grow, where
 * a frame does not end the sleep. Immutable.
 *
 * <p>Being woken from a sleep may take longer than the time to spin. Two peers that talk to each other would then put
 * each other to sleep for as long as they talk, once one of them was late; so it spins longer while events come at such
 * distances.
 *
 * @param spinNs how long it spins, Long.MAX_VALUE: for ever
 * @param followerSpinNs how long a follower spins before it parks
 * @param firstNapNs how long the first nap is
 * @param longestNapNs to what the naps grow
 * @param untilEvent whether it stops to lead when frames came or timers fired
 */
record WaitRule(long spinNs, long followerSpinNs, long firstNapNs, long longestNapNs, boolean untilEvent) {

    /** So many times the usual while a peer answers, but late. */
    private static final int LONGER_SPIN = 4;

    private static final long FIRST_NAP_NS = 50_000;
    private static final long LONGEST_NAP_NS = 1_000_000;
    /** Where nothing can come but a ping or an address request, which may wait. */
    private static final long UNUSED_NAP_NS = 10_000_000;

    private static final WaitRule IN_USE = new WaitRule(0, 0, LONGEST_NAP_NS, LONGEST_NAP_NS, true);
    private static final WaitRule UNUSED = new WaitRule(0, 0, UNUSED_NAP_NS, UNUSED_NAP_NS, true);

    /** The rule for those who wait, by the settings {@code poll} and {@code poll.spin}. */
    static WaitRule of(Settings settings) {
        long spinNs =
                switch (settings.text(Setting.POLL)) {
                    case "spin" -> Long.MAX_VALUE;
                    case "sleep" -> 0;
                    default -> settings.number(Setting.POLL_SPIN);
                };
        long followerSpinNs = spinNs == 0 ? 0 : settings.number(Setting.POLL_SPIN);
        return new WaitRule(spinNs, followerSpinNs, FIRST_NAP_NS, LONGEST_NAP_NS, false);
    }

    /** How long to spin for the next event when the last one came after so long a wait. */
    long spinNsAfter(long waitNs) {
        if (spinNs == Long.MAX_VALUE || waitNs > LONGER_SPIN * spinNs) {
            return spinNs;
        }
        return Math.min(Math.max(spinNs, 2 * waitNs), LONGER_SPIN * spinNs);
    }

    /** The rule while nobody waits. */
    static WaitRule whenNobodyWaits(boolean inUse) {
        return inUse ? IN_USE : UNUSED;
    }
}
