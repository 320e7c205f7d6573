package io.perilune.tcp;

/**
 * What one acknowledgment tells loss recovery: filled while records leave the send queue or are marked. One object per
 * {@link Tcp}, reused: valid during one acknowledgment. Owned by the shard's driver.
 */
final class Delivery {

    long nowNs;
    /** Whether SND.UNA moves. */
    boolean advanced;
    /** Whether the segment bears nothing but an acknowledgment, without SACK blocks. */
    boolean plain;
    /** Whether the peer echoes a timestamp. */
    boolean hasEcho;
    /** The time in milliseconds of this side's clock that the peer echoes. */
    int echoMs;
    /** Whether a duplicate was reported (RFC 2883), and which. */
    boolean duplicate;

    int duplicateLeft;
    int duplicateRight;
    /** Whether data that was sent but once, and before the last timeout, was delivered (RFC 5682 §3.1). */
    boolean originalDelivered;
    /** When the oldest record that was acknowledged was sent again, or {@link Long#MIN_VALUE} if it was not. */
    long resentNs;
    /** What had been sent and not been delivered before this acknowledgment, in bytes. */
    int missingBefore;
    /** SND.UNA before this acknowledgment. */
    int unaBefore;

    /** Begins anew for one segment. */
    void begin(TcpConnection c, TcpSegment s, long timeNs) {
        nowNs = timeNs;
        advanced = SeqNum.after(s.ack, c.sndUna);
        plain = s.sackCount == 0 && s.sequenceLength() == 0;
        hasEcho = c.timestamps && s.timestamps && s.tsEcr != 0;
        echoMs = s.tsEcr - c.tsOffset;
        duplicate = false;
        originalDelivered = false;
        resentNs = Long.MIN_VALUE;
        missingBefore = c.scoreboard.missing(c.outstanding());
        unaBefore = c.sndUna;
    }
}
