package io.perilune.tcp;

import io.perilune.metrics.Counter;

/**
 * Acknowledgments that answer segments which should not be (RFC 5961). Limited for each connection by itself: a common
 * limit would tell outsiders of other connections (CVE-2016-5696). Owned by the shard's driver.
 */
final class ChallengeAcks {

    private static final int MOST = 10;
    private static final long INTERVAL_NS = 1_000_000_000L;

    private ChallengeAcks() {}

    /** Answers with an acknowledgment at the end of the turn, if it was not done too often (RFC 5961 §7). */
    static void challenge(TcpConnection c, long nowNs) {
        if (nowNs - c.challengesSinceNs >= INTERVAL_NS) {
            c.challengesSinceNs = nowNs;
            c.challenges = 0;
        }
        if (c.challenges >= MOST) {
            c.tcp.counters.increment(Counter.TCP_CHALLENGE_ACKS_LIMITED);
            return;
        }
        c.challenges++;
        c.tcp.counters.increment(Counter.TCP_CHALLENGE_ACKS);
        c.ackNow = true;
        c.tcp.markDirty(c);
    }
}
