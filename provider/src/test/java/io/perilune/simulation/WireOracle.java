package io.perilune.simulation;

import io.perilune.packet.NaiveChecksum;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.zip.CRC32;

/**
 * Looks at each frame as a host sends it, before the network does anything to it, and knows nothing of the stack but
 * what it sent: checksums, sequence spaces and windows must be right for any peer. All frames together make a hash.
 */
final class WireOracle {

    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final int TCP = 6;

    /** Whether a host may have dropped frames before they came to the wire: too many waited for a neighbour's address. */
    private final IntPredicate drops;

    private final Map<Long, Side> sides = new HashMap<>();
    private final CRC32 crc = new CRC32();
    private long hash = 1;
    private long frames;

    /** What one direction of a connection has sent. */
    private static final class Side {
        int iss;
        int end;
        int shift = -1;
        boolean finSent;
        int finSeq;
        boolean edgeSent;
        int edge;
        /** The direction's previous connection on the same ports, or null. */
        Side before;
    }

    WireOracle(IntPredicate drops) {
        this.drops = drops;
    }

    /** Returns what all frames and their times come to. */
    long hash() {
        return hash;
    }

    /** Returns how many frames there were. */
    long frames() {
        return frames;
    }

    /** Looks at a frame. */
    void onSent(long nowNs, int sender, byte[] frame, int length) {
        frames++;
        crc.reset();
        crc.update(frame, 0, length);
        hash = (hash * 31 + nowNs) * 31 + sender + (crc.getValue() << 16);
        int type = word(frame, 12);
        if (type == 0x0800) {
            onIpv4(sender, frame, length);
        } else if (type == 0x86DD && frame[20] == TCP) {
            int segment = word(frame, 18);
            require(54 + segment <= length, "an IPv6 packet is longer than its frame");
            int sum = NaiveChecksum.sum(frame, 22, 32) + TCP + segment;
            onTcp(1, sender, frame[53] & 0xFF, frame, 54, segment, sum);
        }
    }

    private void onIpv4(int sender, byte[] frame, int length) {
        int total = word(frame, 16);
        require(14 + total <= length, "an IPv4 packet is longer than its frame");
        require(NaiveChecksum.of(frame, 14, 20) == 0, "the IPv4 header's checksum is wrong");
        if (frame[23] == TCP) {
            require((frame[20] & 0x40) != 0, "a segment may be fragmented");
            int sum = NaiveChecksum.sum(frame, 26, 8) + TCP + total - 20;
            onTcp(0, sender, frame[33] & 0xFF, frame, 34, total - 20, sum);
        }
    }

    private void onTcp(int family, int sender, int to, byte[] frame, int at, int length, int pseudoSum) {
        int sum = NaiveChecksum.sum(frame, at, length) + pseudoSum;
        require(((sum & 0xFFFF) + (sum >>> 16)) % 0xFFFF == 0, "the TCP checksum is wrong");
        int flags = frame[at + 13];
        if ((flags & RST) != 0) {
            return;
        }
        int from = sender + 1;
        int here = word(frame, at);
        int there = word(frame, at + 2);
        long key = key(family, from, to, here, there);
        Side back = sides.get(key(family, to, from, there, here));
        int seq = number(frame, at + 4);
        int header = (frame[at + 12] & 0xF0) >>> 2;
        int data = length - header;
        Side side = sides.get(key);
        if ((flags & SYN) != 0) {
            require(data == 0, "data on a SYN");
            side = onSyn(key, side, seq, windowShift(frame, at, header));
        }
        if (side == null && drops.test(sender)) {
            return;
        }
        require(side != null, "a segment without a SYN before");
        onSpace(side, seq, data, flags, drops.test(sender));
        if (data > 0 && !(offers(back, seq + data) || (back != null && offers(back.before, seq + data)))) {
            throw new AssertionError("data beyond the offered window: " + place(side, back, seq, data));
        }
        if ((flags & ACK) != 0) {
            int ack = number(frame, at + 8);
            boolean known =
                    back != null && (ack - back.end <= 0 || (back.before != null && ack - back.before.end <= 0));
            require(known, "an acknowledgment of what was never sent");
            onReports(back, frame, at, header);
            onWindow(side, back, ack, word(frame, at + 14), (flags & SYN) != 0);
        }
    }

    private static boolean offers(Side back, int end) {
        return back != null && back.edgeSent && end - back.edge <= 0;
    }

    private Side onSyn(long key, Side old, int seq, int shift) {
        if (old != null && old.iss == seq) {
            return old;
        }
        Side side = new Side();
        side.iss = seq;
        side.end = seq + 1;
        side.shift = shift;
        side.before = old;
        if (old != null) {
            old.before = null;
        }
        sides.put(key, side);
        return side;
    }

    private static void onSpace(Side side, int seq, int data, int flags, boolean mayMiss) {
        int end = seq + data + ((flags & FIN) != 0 ? 1 : 0) + ((flags & SYN) != 0 ? 1 : 0);
        Side old = side.before;
        if (seq - side.end > 0 && old != null && seq - old.end <= 0) {
            // Still of the connection before: answers to what comes late.
            return;
        }
        require(seq - side.end <= 0 || mayMiss, "a gap in what is sent");
        if (data > 0 && side.finSent && seq + data - side.finSeq > 0) {
            throw new AssertionError("data behind the FIN");
        }
        if ((flags & FIN) != 0) {
            require(!side.finSent || side.finSeq == seq + data, "a second FIN elsewhere");
            require(seq + data - side.end >= 0 || side.finSent || mayMiss, "a FIN before data that was sent");
            side.finSent = true;
            side.finSeq = seq + data;
        }
        if (end - side.end > 0) {
            side.end = end;
        }
    }

    private static void onWindow(Side side, Side back, int ack, int window, boolean syn) {
        // RFC 7323 §2.2: scaled if both SYNs had the option, and never in a SYN.
        int shift = !syn && side.shift >= 0 && back.shift >= 0 ? side.shift : 0;
        int edge = ack + (window << shift);
        // RFC 7323 §2.4: what rounding takes off is no shrinking. A SYN that is sent again cannot tell the whole
        // window.
        if (!syn && side.edgeSent && ack - back.iss >= 0 && edge + (1 << shift) - 1 - side.edge < 0) {
            throw new AssertionError("the window's right edge went back by " + (side.edge - edge));
        }
        if (!side.edgeSent || edge - side.edge > 0) {
            side.edge = edge;
            side.edgeSent = true;
        }
    }

    /** RFC 2018 §3: each block tells of data that has come, so its right edge is at most the end of what was sent. */
    private static void onReports(Side back, byte[] frame, int at, int header) {
        int sack = option(5, frame, at, header);
        int end = sack < 0 ? 0 : sack + frame[sack + 1];
        for (int i = sack + 2; i < end; i += 8) {
            int right = number(frame, i + 4);
            boolean sent = right - back.end <= 0 || (back.before != null && right - back.before.end <= 0);
            require(sent, "a selective acknowledgment of what was never sent");
        }
    }

    private static int windowShift(byte[] frame, int at, int header) {
        int scale = option(3, frame, at, header);
        return scale < 0 ? -1 : frame[scale + 2];
    }

    /** Returns where an option begins, or -1. */
    private static int option(int kind, byte[] frame, int at, int header) {
        int i = at + 20;
        while (i < at + header && frame[i] != 0) {
            if (frame[i] == kind) {
                return i;
            }
            i += frame[i] == 1 ? 1 : frame[i + 1];
        }
        return -1;
    }

    private static String place(Side side, Side back, int seq, int data) {
        String edge = back == null || !back.edgeSent ? "none" : String.valueOf(back.edge - side.iss);
        return (seq - side.iss) + " to " + (seq + data - side.iss) + ", edge " + edge;
    }

    private static long key(int family, int from, int to, int here, int there) {
        return (long) family << 48 | (long) from << 40 | (long) to << 32 | (long) here << 16 | there;
    }

    private static int word(byte[] frame, int at) {
        return (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
    }

    private static int number(byte[] frame, int at) {
        return word(frame, at) << 16 | word(frame, at + 2);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
