package io.perilune.tcp;

import java.nio.ByteBuffer;

/** The options of the TCP header: parsed into a {@link TcpSegment}, written in front of a segment (RFC 9293 §3.2). */
final class TcpOptions {

    /** What timestamps take in a segment without SYN, padded (RFC 7323, appendix A). */
    static final int TIMESTAMPS_LENGTH = 12;
    /** The largest shift of a window (RFC 7323 §2.3). */
    static final int WINDOW_SCALE_MAX = 14;

    private static final int END = 0;
    private static final int NOP = 1;
    private static final int MSS = 2;
    private static final int WINDOW_SCALE = 3;
    private static final int SACK_PERMITTED = 4;
    private static final int SACK = 5;
    private static final int TIMESTAMPS = 8;
    /** NOP, NOP, timestamps, length 10: how nearly each segment's options begin (RFC 7323, appendix A). */
    private static final int ALIGNED_TIMESTAMPS = 0x0101080A;

    private TcpOptions() {}

    /**
     * Parses options. One with a length that cannot be ends it: what was found before stays.
     *
     * @param from absolute position of the first option
     * @param to position behind the last
     * @return whether they were well formed
     */
    static boolean parse(ByteBuffer bytes, int from, int to, TcpSegment segment) {
        segment.mss = 0;
        segment.windowScale = -1;
        segment.sackPermitted = false;
        segment.timestamps = false;
        segment.sackCount = 0;
        if (from == to) {
            return true;
        }
        if (to - from == TIMESTAMPS_LENGTH && bytes.getInt(from) == ALIGNED_TIMESTAMPS) {
            segment.timestamps = true;
            segment.tsVal = bytes.getInt(from + 4);
            segment.tsEcr = bytes.getInt(from + 8);
            return true;
        }
        return parseEach(bytes, from, to, segment);
    }

    private static boolean parseEach(ByteBuffer bytes, int from, int to, TcpSegment segment) {
        int at = from;
        while (at < to) {
            int kind = bytes.get(at);
            if (kind == END) {
                return true;
            }
            if (kind == NOP) {
                at++;
                continue;
            }
            if (to - at < 2) {
                return false;
            }
            int length = bytes.get(at + 1) & 0xFF;
            // RFC 9293 §3.1 (MUST-7): be prepared for a wrong length, without crashing.
            if (length < 2 || length > to - at || !parseOne(bytes, at, kind, length, segment)) {
                return false;
            }
            at += length;
        }
        return true;
    }

    private static boolean parseOne(ByteBuffer bytes, int at, int kind, int length, TcpSegment segment) {
        switch (kind) {
            case MSS:
                if (length != 4) {
                    return false;
                }
                segment.mss = bytes.getShort(at + 2) & 0xFFFF;
                return true;
            case WINDOW_SCALE:
                if (length != 3) {
                    return false;
                }
                // RFC 7323 §2.3: a larger shift is used as 14.
                segment.windowScale = Math.min(bytes.get(at + 2) & 0xFF, WINDOW_SCALE_MAX);
                return true;
            case SACK_PERMITTED:
                segment.sackPermitted = length == 2;
                return length == 2;
            case SACK:
                return parseSack(bytes, at, length, segment);
            case TIMESTAMPS:
                if (length != 10) {
                    return false;
                }
                segment.timestamps = true;
                segment.tsVal = bytes.getInt(at + 2);
                segment.tsEcr = bytes.getInt(at + 6);
                return true;
            default:
                // RFC 9293 §3.1 (MUST-6): unknown options are passed over.
                return true;
        }
    }

    private static boolean parseSack(ByteBuffer bytes, int at, int length, TcpSegment segment) {
        // RFC 2018 §3: 8n + 2 bytes.
        int blocks = (length - 2) >> 3;
        if (blocks == 0 || blocks > TcpSegment.SACK_BLOCKS_MAX || (blocks << 3) + 2 != length) {
            return false;
        }
        for (int i = 0; i < blocks; i++) {
            segment.sackLeft[i] = bytes.getInt(at + 2 + 8 * i);
            segment.sackRight[i] = bytes.getInt(at + 6 + 8 * i);
        }
        segment.sackCount = blocks;
        return true;
    }

    /** Returns how many bytes the options of a SYN take. */
    static int synLength(boolean windowScale, boolean sackPermitted, boolean timestamps) {
        return 4 + (windowScale ? 4 : 0) + (timestamps ? 12 : sackPermitted ? 4 : 0);
    }

    /** Writes the options of a SYN, as many bytes as {@link #synLength} says. A negative shift: no window scale. */
    static void writeSyn(
            ByteBuffer bytes,
            int at,
            int mss,
            int shift,
            boolean sackPermitted,
            boolean timestamps,
            int tsVal,
            int tsEcr) {
        bytes.putInt(at, MSS << 24 | 4 << 16 | mss);
        int next = at + 4;
        if (timestamps) {
            int first = sackPermitted ? SACK_PERMITTED << 24 | 2 << 16 : NOP << 24 | NOP << 16;
            bytes.putInt(next, first | TIMESTAMPS << 8 | 10);
            bytes.putInt(next + 4, tsVal);
            bytes.putInt(next + 8, tsEcr);
            next += 12;
        } else if (sackPermitted) {
            bytes.putInt(next, NOP << 24 | NOP << 16 | SACK_PERMITTED << 8 | 2);
            next += 4;
        }
        if (shift >= 0) {
            bytes.putInt(next, NOP << 24 | WINDOW_SCALE << 16 | 3 << 8 | shift);
        }
    }

    /** Writes timestamps, {@link #TIMESTAMPS_LENGTH} bytes. */
    static void writeTimestamps(ByteBuffer bytes, int at, int tsVal, int tsEcr) {
        bytes.putInt(at, ALIGNED_TIMESTAMPS);
        bytes.putInt(at + 4, tsVal);
        bytes.putInt(at + 8, tsEcr);
    }

    /** Writes the head of a SACK option; its blocks follow, 8 bytes each. */
    static void writeSackHead(ByteBuffer bytes, int at, int blocks) {
        bytes.putInt(at, NOP << 24 | NOP << 16 | SACK << 8 | (8 * blocks + 2));
    }
}
