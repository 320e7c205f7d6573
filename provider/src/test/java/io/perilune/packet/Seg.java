package io.perilune.packet;

import java.nio.ByteBuffer;

/** A TCP segment that a test's peer sends. Numbers are relative: seq to the peer's first one, ack to this side's. */
public final class Seg {

    final int flags;
    long seq;
    long ack;
    int window = 65_535;
    int urgentPointer;
    int trafficClass;
    byte[] data = new byte[0];
    ByteBuffer options = ByteBuffer.allocate(40);
    boolean badChecksum;
    int dataOffsetWords = -1;

    private Seg(int flags) {
        this.flags = flags;
    }

    /** Begins a segment with flags as letters: S, A, F, R, P, U, E (ECE), C (CWR). */
    public static Seg seg(String letters) {
        int flags = 0;
        for (int i = 0; i < letters.length(); i++) {
            flags |= 1 << "FSRPAUEC".indexOf(letters.charAt(i));
        }
        return new Seg(flags);
    }

    /** Begins a segment with ACK and data of a pattern that follows from its place in the stream. */
    public static Seg data(int length, long seq, long ack) {
        return seg("A").seq(seq).ack(ack).bytes(length);
    }

    /** Sets the sequence number. */
    public Seg seq(long value) {
        seq = value;
        return this;
    }

    /** Sets the acknowledgment number. */
    public Seg ack(long value) {
        ack = value;
        return this;
    }

    /** Sets the window field. */
    public Seg window(int value) {
        window = value;
        return this;
    }

    /** Sets the traffic class of the packet, whose low two bits are the ECN codepoint: 3 is congestion experienced. */
    public Seg trafficClass(int value) {
        trafficClass = value;
        return this;
    }

    /** Sets the urgent pointer. */
    public Seg urgent(int value) {
        urgentPointer = value;
        return this;
    }

    /** Sets data of the pattern; call it after {@link #seq}. */
    public Seg bytes(int length) {
        data = new byte[length];
        // RFC 9293 §3.4: a SYN comes before the data.
        long first = seq + (flags >> 1 & 1);
        for (int i = 0; i < length; i++) {
            data[i] = patternAt(first + i);
        }
        return this;
    }

    /** Returns the pattern's byte at a relative sequence number. */
    public static byte patternAt(long seq) {
        return (byte) (seq * 7 + (seq >> 8));
    }

    /** Appends an MSS option. */
    public Seg mss(int value) {
        options.put((byte) 2).put((byte) 4).putShort((short) value);
        return this;
    }

    /** Appends a window scale option. */
    public Seg scale(int shift) {
        options.put((byte) 1).put((byte) 3).put((byte) 3).put((byte) shift);
        return this;
    }

    /** Appends SACK-permitted. */
    public Seg sackPermitted() {
        options.put((byte) 1).put((byte) 1).put((byte) 4).put((byte) 2);
        return this;
    }

    /** Appends timestamps. */
    public Seg timestamps(int value, int echo) {
        options.put((byte) 1)
                .put((byte) 1)
                .put((byte) 8)
                .put((byte) 10)
                .putInt(value)
                .putInt(echo);
        return this;
    }

    /** Appends SACK blocks, as absolute numbers: left, right, left, right... */
    public Seg sack(int... edges) {
        options.put((byte) 1).put((byte) 1).put((byte) 5).put((byte) (2 + 4 * edges.length));
        for (int edge : edges) {
            options.putInt(edge);
        }
        return this;
    }

    /** Appends raw option bytes. */
    public Seg options(int... octets) {
        for (int octet : octets) {
            options.put((byte) octet);
        }
        return this;
    }

    /** Makes the checksum wrong. */
    public Seg badChecksum() {
        badChecksum = true;
        return this;
    }

    /** Sets the data offset field, right or wrong. */
    public Seg dataOffset(int words) {
        dataOffsetWords = words;
        return this;
    }

    /** Returns the segment's bytes. */
    byte[] bytes(int source, int destination, int sourcePort, int destinationPort, int seqBase, int ackBase) {
        while (options.position() % 4 != 0) {
            options.put((byte) 0);
        }
        int header = 20 + options.position();
        ByteBuffer segment = ByteBuffer.allocate(header + data.length);
        segment.putShort((short) sourcePort).putShort((short) destinationPort);
        segment.putInt((int) seq + seqBase);
        segment.putInt((flags & 16) == 0 ? 0 : (int) ack + ackBase);
        int words = dataOffsetWords < 0 ? header / 4 : dataOffsetWords;
        segment.put((byte) (words << 4)).put((byte) flags).putShort((short) window);
        segment.putShort((short) 0).putShort((short) urgentPointer);
        segment.put(options.array(), 0, options.position()).put(data);
        ByteBuffer pseudo = ByteBuffer.allocate(12 + segment.capacity());
        pseudo.putInt(source).putInt(destination).putShort((short) 6).putShort((short) segment.capacity());
        pseudo.put(segment.array());
        int checksum = NaiveChecksum.of(pseudo.array(), 0, pseudo.capacity());
        return segment.putShort(16, (short) (badChecksum ? checksum ^ 1 : checksum))
                .array();
    }
}
