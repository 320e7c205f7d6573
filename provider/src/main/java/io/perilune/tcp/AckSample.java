package io.perilune.tcp;

/**
 * What one acknowledgment of new data tells the congestion control. One object per {@link Tcp}, reused: valid during the
 * call. Amounts in bytes.
 */
final class AckSample {

    long nowNs;
    /** By how much SND.UNA moved. */
    int acknowledged;
    /** What SACK blocks of this segment reported for the first time and SND.UNA did not reach. */
    int newlySacked;
    /** What was outstanding before this acknowledgment. */
    int inFlight;
    /** A round-trip time measured by this acknowledgment in nanoseconds, or -1. */
    long rttNs;
    /** SND.UNA, after it moved. */
    int sndUna;

    int sndNxt;
    /** Whether the congestion window, and not the application or the peer's window, has held data back. */
    boolean cwndLimited;
    /** How much of {@link #acknowledged} the peer reports as marked by ECN (RFC 8257 §3.3). */
    int ceMarkedBytes;
}
