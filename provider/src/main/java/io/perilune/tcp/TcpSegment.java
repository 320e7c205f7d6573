package io.perilune.tcp;

import io.perilune.memory.PacketBuffer;

/** The one segment that is being received, parsed. One per {@link Tcp}, reused. Owned by the shard's driver. */
final class TcpSegment {

    /** As many SACK blocks as the options' 40 bytes hold. */
    static final int SACK_BLOCKS_MAX = 4;

    /** The segment's reference to its buffer; whoever takes it over sets this to null, else it is released at the end. */
    PacketBuffer buffer;

    long sourceHigh;
    long sourceLow;
    long destinationHigh;
    long destinationLow;
    int sourcePort;
    int destinationPort;
    int trafficClass;
    /** Hash of the tuple, as {@link ConnectionTable} wants it. */
    int hash;

    int seq;
    int ack;
    int flags;
    /** As in the header, not scaled. */
    int window;

    int urgentPointer;
    /** Absolute position of the data in the buffer's bytes. */
    int dataOffset;

    int dataLength;

    /** Maximum segment size, or 0 where the option is not there. */
    int mss;
    /** Window scale shift, or -1 where the option is not there. */
    int windowScale;

    boolean sackPermitted;
    boolean timestamps;
    int tsVal;
    int tsEcr;
    int sackCount;
    final int[] sackLeft = new int[SACK_BLOCKS_MAX];
    final int[] sackRight = new int[SACK_BLOCKS_MAX];

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** SEG.LEN: the data, SYN and FIN (RFC 9293 §3.4). */
    int sequenceLength() {
        return dataLength + ((flags >> 1) & 1) + (flags & 1);
    }

    /** The sequence number behind this segment. */
    int end() {
        return seq + sequenceLength();
    }

    /** Takes the SYN off the front. */
    void trimSyn() {
        flags &= ~TcpHeader.SYN;
        moveFront(1);
    }

    /** Cuts data off the front; the sequence number follows. */
    void trimFront(int bytes) {
        moveFront(bytes);
        dataOffset += bytes;
        dataLength -= bytes;
    }

    /** The urgent pointer counts from the sequence number: it moves against it, and 0 says that all urgent data went. */
    private void moveFront(int numbers) {
        seq += numbers;
        urgentPointer = Math.max(0, urgentPointer - numbers);
    }

    /** Cuts the data to a length, and FIN with it. */
    void trimEnd(int newLength) {
        dataLength = newLength;
        flags &= ~TcpHeader.FIN;
    }
}
