package io.perilune.packet;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A TCP segment that the stack sent, read by means of its own. */
public final class Sent {

    /** Flags as letters, in the order SFRPUAEC. */
    public final String flags;
    /** Absolute numbers. */
    public final int seq;

    public final int ack;
    public final int window;
    public final int urgentPointer;
    public final int source;
    public final int destination;
    public final int sourcePort;
    public final int destinationPort;
    public final byte[] data;
    /** 0: no such option. */
    public final int mss;
    /** -1: no such option. */
    public final int scale;

    public final boolean sackPermitted;
    public final boolean timestamps;
    public final int tsVal;
    public final int tsEcr;
    /** Left, right, left, right... */
    public final List<Integer> sack = new ArrayList<>();

    /** Whether the options' lengths add up to what the data offset says. */
    public final boolean optionsFillHeader;

    public final boolean checksumGood;
    public final int trafficClass;
    public final long timeNs;

    Sent(byte[] bytes, int source, int destination, int trafficClass, long timeNs) {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        ByteBuffer pseudo = ByteBuffer.allocate(12 + bytes.length);
        pseudo.putInt(source).putInt(destination).putShort((short) 6).putShort((short) bytes.length);
        pseudo.put(bytes);
        checksumGood = NaiveChecksum.of(pseudo.array(), 0, pseudo.capacity()) == 0;
        this.source = source;
        this.destination = destination;
        this.trafficClass = trafficClass;
        this.timeNs = timeNs;
        sourcePort = b.getShort(0) & 0xFFFF;
        destinationPort = b.getShort(2) & 0xFFFF;
        seq = b.getInt(4);
        ack = b.getInt(8);
        int header = (b.get(12) >> 4 & 0xF) * 4;
        flags = letters(b.get(13));
        window = b.getShort(14) & 0xFFFF;
        urgentPointer = b.getShort(18) & 0xFFFF;
        data = Arrays.copyOfRange(bytes, header, bytes.length);
        int foundMss = 0;
        int foundScale = -1;
        boolean foundSackPermitted = false;
        boolean foundTimestamps = false;
        int foundVal = 0;
        int foundEcr = 0;
        int at = 20;
        while (at < header) {
            int kind = b.get(at);
            if (kind == 1) {
                at++;
                continue;
            }
            int length = b.get(at + 1);
            switch (kind) {
                case 2 -> foundMss = b.getShort(at + 2) & 0xFFFF;
                case 3 -> foundScale = b.get(at + 2);
                case 4 -> foundSackPermitted = true;
                case 5 -> {
                    for (int i = 2; i < length; i += 4) {
                        sack.add(b.getInt(at + i));
                    }
                }
                case 8 -> {
                    foundTimestamps = true;
                    foundVal = b.getInt(at + 2);
                    foundEcr = b.getInt(at + 6);
                }
                default -> throw new AssertionError("option " + kind + " sent");
            }
            at += length;
        }
        optionsFillHeader = at == header;
        mss = foundMss;
        scale = foundScale;
        sackPermitted = foundSackPermitted;
        timestamps = foundTimestamps;
        tsVal = foundVal;
        tsEcr = foundEcr;
    }

    private static String letters(int flags) {
        StringBuilder letters = new StringBuilder();
        String names = "SFRPUAEC";
        int[] bits = {2, 1, 4, 8, 32, 16, 64, 128};
        for (int i = 0; i < bits.length; i++) {
            if ((flags & bits[i]) != 0) {
                letters.append(names.charAt(i));
            }
        }
        return letters.toString();
    }

    @Override
    public String toString() {
        return flags + " seq " + seq + " ack " + ack + " window " + window + " length " + data.length;
    }
}
