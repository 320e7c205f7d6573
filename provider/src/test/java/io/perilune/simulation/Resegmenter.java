package io.perilune.simulation;

import io.perilune.packet.NaiveChecksum;
import java.util.Arrays;

/**
 * A box on the way that cuts TCP segments in two, as proxies and cards do: what is sent again need not be cut at the same
 * place, so that segments overlap each other in ways that no two of our own stacks would make.
 */
final class Resegmenter {

    private static final int ETHERNET = 14;
    private static final int TCP = 6;
    private static final int FIN_AND_PSH = 9;
    private static final int SYN_RST_URG = 0x26;

    private Resegmenter() {}

    /** Returns how much data a frame bears that may be cut, or 0. */
    static int dataLength(byte[] frame) {
        int tcp = tcpOffset(frame);
        if (tcp == 0 || (frame[tcp + 13] & SYN_RST_URG) != 0) {
            return 0;
        }
        return end(frame) - tcp - headerLength(frame, tcp);
    }

    /** Returns the first part of a frame: so much data, and nothing that belongs behind the rest. */
    static byte[] first(byte[] frame, int length) {
        int tcp = tcpOffset(frame);
        byte[] part = Arrays.copyOf(frame, tcp + headerLength(frame, tcp) + length);
        part[tcp + 13] &= ~FIN_AND_PSH;
        return finish(part, tcp);
    }

    /** Returns the part of a frame behind so much data. */
    static byte[] rest(byte[] frame, int length) {
        int tcp = tcpOffset(frame);
        int data = tcp + headerLength(frame, tcp);
        byte[] part = Arrays.copyOf(frame, end(frame) - length);
        System.arraycopy(frame, data + length, part, data, end(frame) - data - length);
        int seq = word(part, tcp + 4) << 16 | word(part, tcp + 6);
        putWord(part, tcp + 4, (seq + length) >>> 16);
        putWord(part, tcp + 6, seq + length);
        return finish(part, tcp);
    }

    private static byte[] finish(byte[] part, int tcp) {
        int length = part.length - tcp;
        int pseudo;
        if (tcp == 34) {
            putWord(part, 16, part.length - ETHERNET);
            putWord(part, 24, 0);
            putWord(part, 24, NaiveChecksum.of(part, ETHERNET, 20));
            pseudo = NaiveChecksum.sum(part, 26, 8);
        } else {
            putWord(part, 18, length);
            pseudo = NaiveChecksum.sum(part, 22, 32);
        }
        putWord(part, tcp + 16, 0);
        int sum = NaiveChecksum.sum(part, tcp, length) + pseudo + TCP + length;
        sum = (sum & 0xFFFF) + (sum >>> 16);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        putWord(part, tcp + 16, ~sum);
        return part;
    }

    /** Where TCP begins in a frame with headers as the hosts make them, or 0. */
    private static int tcpOffset(byte[] frame) {
        int type = word(frame, 12);
        if (type == 0x0800) {
            return frame[14] == 0x45 && frame[23] == TCP ? 34 : 0;
        }
        return type == 0x86DD && frame[20] == TCP ? 54 : 0;
    }

    private static int end(byte[] frame) {
        return word(frame, 12) == 0x0800 ? ETHERNET + word(frame, 16) : 54 + word(frame, 18);
    }

    private static int headerLength(byte[] frame, int tcp) {
        return (frame[tcp + 12] & 0xF0) >>> 2;
    }

    private static int word(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
    }

    private static void putWord(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }
}
