package io.perilune.tcp;

import io.perilune.memory.PacketBuffer;

/**
 * One piece of a stream: where its bytes lie, and in the send queue what became of it. Pooled by {@link RecordPool};
 * linked into one queue at a time. It keeps its own position and length, since those of the buffer belong to whoever
 * transmits or receives it. Owned by the shard's driver.
 */
final class SegmentRecord {

    /** The bytes were transmitted at least once: the buffer is not written any more. */
    static final int SENT = 1;
    /** The peer reported it received (RFC 2018). */
    static final int SACKED = 1 << 1;
    /** It is held to be lost (RFC 6675 §4, RFC 6298 §5.4). */
    static final int LOST = 1 << 2;
    /** It is lost, and sent again since. */
    static final int RETRANSMITTED = 1 << 3;
    /** It was sent again at any time: it gives no round-trip sample (Karn's algorithm, RFC 6298 §3). */
    static final int EVER_RETRANSMITTED = 1 << 4;
    /** FIN follows its data. */
    static final int FIN = 1 << 5;
    /** It is in the {@link TransmitOrder}: sent, not reported, not held to be lost. */
    static final int IN_FLIGHT = 1 << 6;

    SegmentRecord next;
    /** Neighbours in the {@link TransmitOrder}. */
    SegmentRecord older;

    SegmentRecord newer;
    /** Of a reported record: a later one of the same run of reported ones, or null ({@link SackScoreboard}). */
    SegmentRecord skip;
    /** Null for a FIN without data. */
    PacketBuffer buffer;
    /** Absolute position of the first byte in the buffer's bytes. */
    int offset;

    int length;
    int seq;
    int flags;
    /** When it was last transmitted. */
    long sentNs;

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** What it takes in sequence space: its data and FIN. */
    int sequenceLength() {
        return length + ((flags & FIN) != 0 ? 1 : 0);
    }

    int end() {
        return seq + sequenceLength();
    }
}
