package io.perilune.dpdk;

import io.perilune.memory.PacketBuffer;
import java.nio.ByteBuffer;

/** The few bytes of Ethernet, ARP and UDP that link tests need, by hand: the stack's layers are not what is tested. */
final class Frames {

    static final int ETHERNET = 14;
    private static final int ARP = 0x0806;
    private static final int IPV4 = 0x0800;
    private static final int ECHO_PORT = 7;

    private Frames() {}

    static void putMac(ByteBuffer bytes, int position, long mac) {
        bytes.putShort(position, (short) (mac >> 32));
        bytes.putInt(position + 2, (int) mac);
    }

    static long mac(ByteBuffer bytes, int position) {
        return ((bytes.getShort(position) & 0xFFFFL) << 32) | (bytes.getInt(position + 2) & 0xFFFFFFFFL);
    }

    /** Turns an ARP request for an address into its reply, in place; returns whether it was one. RFC 826. */
    static boolean answerArp(PacketBuffer frame, long mac, int address) {
        ByteBuffer bytes = frame.bytes();
        int arp = frame.start() + ETHERNET;
        if (type(frame) != ARP || bytes.getShort(arp + 6) != 1 || bytes.getInt(arp + 24) != address) {
            return false;
        }
        long asker = mac(bytes, arp + 8);
        int askerAddress = bytes.getInt(arp + 14);
        bytes.putShort(arp + 6, (short) 2);
        putMac(bytes, arp + 8, mac);
        bytes.putInt(arp + 14, address);
        putMac(bytes, arp + 18, asker);
        bytes.putInt(arp + 24, askerAddress);
        putMac(bytes, frame.start(), asker);
        putMac(bytes, frame.start() + 6, mac);
        return true;
    }

    /** Turns a UDP datagram to the echo port around, in place; returns whether it was one. RFC 768, RFC 862. */
    static boolean answerUdp(PacketBuffer frame, long mac) {
        ByteBuffer bytes = frame.bytes();
        int ip = frame.start() + ETHERNET;
        int udp = ip + 20;
        if (type(frame) != IPV4 || bytes.get(ip + 9) != 17 || bytes.getShort(udp + 2) != ECHO_PORT) {
            return false;
        }
        putMac(bytes, frame.start(), mac(bytes, frame.start() + 6));
        putMac(bytes, frame.start() + 6, mac);
        // Source and destination change places: the header's checksum stays right.
        int source = bytes.getInt(ip + 12);
        bytes.putInt(ip + 12, bytes.getInt(ip + 16));
        bytes.putInt(ip + 16, source);
        short port = bytes.getShort(udp);
        bytes.putShort(udp, bytes.getShort(udp + 2));
        bytes.putShort(udp + 2, port);
        bytes.putShort(udp + 6, (short) 0); // no checksum
        return true;
    }

    private static int type(PacketBuffer frame) {
        return frame.length() < 42 ? 0 : frame.bytes().getShort(frame.start() + 12) & 0xFFFF;
    }
}
