package io.perilune.tcp;

/** The smoothed round-trip time of one connection and the retransmission timeout (RFC 6298). Microseconds inside. */
final class RttEstimator {

    /** RFC 6298 §2.1. */
    static final long INITIAL_RTO_NS = 1_000_000_000L;
    /** RFC 6298 §2.5 allows a bound of 60 s or more. */
    static final long RTO_MAX_NS = 120_000_000_000L;
    /** RFC 6298 §5.7: after a SYN was sent again, data starts with 3 s. */
    static final long AFTER_SYN_LOSS_RTO_NS = 3_000_000_000L;

    private static final int GRANULARITY_US = 1_000;

    private int srttUs;
    private int rttvarUs;
    private int rtoUs = (int) (INITIAL_RTO_NS / 1_000);
    private int backoff;

    /** Takes a sample of a segment that was sent once, or of an echoed timestamp. */
    void sample(long rttNs, long rtoMinNs) {
        int rtt = (int) Math.max(1, Math.min(rttNs / 1_000, RTO_MAX_NS / 1_000));
        if (srttUs == 0) {
            // RFC 6298 §2.2.
            srttUs = rtt;
            rttvarUs = rtt / 2;
        } else {
            // RFC 6298 §2.3, alpha = 1/8, beta = 1/4; the variation first.
            rttvarUs += (Math.abs(srttUs - rtt) - rttvarUs) / 4;
            srttUs = Math.max(1, srttUs + (rtt - srttUs) / 8);
        }
        long rto = srttUs + Math.max(GRANULARITY_US, 4L * rttvarUs);
        // RFC 6298 §2.4; §5.7's backoff ends with a new sample.
        rtoUs = (int) Math.min(Math.max(rto, rtoMinNs / 1_000), RTO_MAX_NS / 1_000);
        backoff = 0;
    }

    /** RFC 6298 §5.5: doubles the timeout, until a sample that is beyond doubt ends it (§3, Karn). */
    void backOff() {
        backoff = Math.min(backoff + 1, 30);
    }

    /** RFC 6298 §5.7. */
    void onSynLost() {
        if (srttUs == 0) {
            rtoUs = (int) (AFTER_SYN_LOSS_RTO_NS / 1_000);
            backoff = 0;
        }
    }

    /** Returns the timeout with its backoff, in nanoseconds. */
    long rtoNs() {
        return Math.min((rtoUs * 1_000L) << Math.min(backoff, 20), RTO_MAX_NS);
    }

    /** Returns the timeout without backoff, in nanoseconds. */
    long baseRtoNs() {
        return rtoUs * 1_000L;
    }

    /** Returns SRTT + 4 * RTTVAR (RFC 6298 §2.3): the timeout without its least value and without backoff. */
    long unboundedRtoNs() {
        return (srttUs + 4L * rttvarUs) * 1_000L;
    }

    /** Returns the smoothed round-trip time in nanoseconds, 0 before the first sample. */
    long srttNs() {
        return srttUs * 1_000L;
    }
}
