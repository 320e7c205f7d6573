package io.perilune.fuzz;

import io.perilune.packet.NaiveChecksum;
import java.nio.ByteBuffer;

/** Makes right what a fuzzer would be long in guessing, lengths and checksums, unless its input says to leave it. */
final class Repair {

    private Repair() {}

    /** Puts a checksum (RFC 1071) over a part of a packet. */
    static void checksum(byte[] packet, int from, int length, int at) {
        packet[at] = 0;
        packet[at + 1] = 0;
        int checksum = NaiveChecksum.of(packet, from, length);
        packet[at] = (byte) (checksum >> 8);
        packet[at + 1] = (byte) checksum;
    }

    /** Puts version, length and checksum into an IPv4 header, each unless its bit is set. */
    static byte[] ipv4(byte[] packet, int leave) {
        if (packet.length < 20) {
            return packet;
        }
        if ((leave & 1) == 0) {
            packet[0] = (byte) (0x40 | Math.max(5, packet[0] & 0xF));
        }
        if ((leave & 2) == 0) {
            ByteBuffer.wrap(packet).putShort(2, (short) packet.length);
        }
        int header = (packet[0] & 0xF) * 4;
        if ((leave & 4) == 0 && header >= 20 && header <= packet.length) {
            checksum(packet, 0, header, 10);
        }
        return packet;
    }

    /** Puts version, length and, of ICMPv6 that follows at once, the checksum into an IPv6 packet, likewise. */
    static byte[] ipv6(byte[] packet, int leave) {
        if (packet.length < 40) {
            return packet;
        }
        if ((leave & 1) == 0) {
            packet[0] = (byte) (0x60 | (packet[0] & 0xF));
        }
        if ((leave & 2) == 0) {
            ByteBuffer.wrap(packet).putShort(4, (short) (packet.length - 40));
        }
        return packet;
    }
}
