package io.perilune.packet;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** Builds IPv6 packets for tests, by means of its own. Addresses are texts. */
public final class Frames6 {

    private Frames6() {}

    /** Returns the 16 octets of an address. */
    public static byte[] address(String text) {
        try {
            byte[] octets = InetAddress.getByName(text).getAddress();
            if (octets.length == 4) {
                // The JDK makes IPv4 of a mapped address: on the wire it has 16 octets.
                return ByteBuffer.allocate(16)
                        .putShort(10, (short) -1)
                        .put(12, octets, 0, 4)
                        .array();
            }
            return octets;
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    /** Returns a packet, right in all fields but those of what it carries. */
    public static byte[] packet(String source, String destination, int nextHeader, int hopLimit, byte[] payload) {
        ByteBuffer packet = ByteBuffer.allocate(40 + payload.length);
        packet.putInt(6 << 28)
                .putShort((short) payload.length)
                .put((byte) nextHeader)
                .put((byte) hopLimit);
        return packet.put(address(source))
                .put(address(destination))
                .put(payload)
                .array();
    }

    /** Returns an ICMPv6 message with a right checksum. */
    public static byte[] icmp(String source, String destination, int type, int code, int rest, byte[] data) {
        ByteBuffer message = ByteBuffer.allocate(8 + data.length);
        message.put((byte) type)
                .put((byte) code)
                .putShort((short) 0)
                .putInt(rest)
                .put(data);
        return withChecksum(source, destination, 58, 2, message.array());
    }

    /** Returns a TCP segment with a right checksum and without options. */
    public static byte[] tcp(
            String source, String destination, int sourcePort, int destinationPort, int seq, int flags, byte[] data) {
        ByteBuffer segment = ByteBuffer.allocate(20 + data.length);
        segment.putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putInt(seq)
                .putInt(0);
        segment.put((byte) 0x50)
                .put((byte) flags)
                .putShort((short) 65535)
                .putInt(0)
                .put(data);
        return withChecksum(source, destination, 6, 16, segment.array());
    }

    /** Returns a message with its checksum at a place filled in (RFC 8200 §8.1). */
    public static byte[] withChecksum(String source, String destination, int protocol, int at, byte[] message) {
        byte[] result = message.clone();
        result[at] = 0;
        result[at + 1] = 0;
        int checksum = checksum(source, destination, protocol, result);
        result[at] = (byte) (checksum >> 8);
        result[at + 1] = (byte) checksum;
        return result;
    }

    /** Returns the checksum over a message and its pseudo header: 0 if the message's own is right. */
    public static int checksum(String source, String destination, int protocol, byte[] message) {
        ByteBuffer all = ByteBuffer.allocate(40 + message.length);
        all.put(address(source)).put(address(destination));
        all.putInt(message.length).putInt(protocol).put(message);
        return NaiveChecksum.of(all.array(), 0, all.capacity());
    }

    /** Returns a neighbor solicitation or advertisement, with a link address option unless that is 0. */
    public static byte[] neighbor(
            String source, String destination, int type, int flags, String target, int option, long mac) {
        ByteBuffer data = ByteBuffer.allocate(16 + (mac == 0 ? 0 : 8));
        data.put(address(target));
        if (mac != 0) {
            data.put((byte) option).put((byte) 1).putShort((short) (mac >>> 32)).putInt((int) mac);
        }
        return icmp(source, destination, type, 0, flags, data.array());
    }

    /** Returns a fragment header and the part of a payload behind it. */
    public static byte[] fragment(int nextHeader, int id, int offset, boolean more, byte[] part) {
        ByteBuffer fragment = ByteBuffer.allocate(8 + part.length);
        fragment.put((byte) nextHeader)
                .put((byte) 0)
                .putShort((short) (offset | (more ? 1 : 0)))
                .putInt(id);
        return fragment.put(part).array();
    }

    /** Returns an extension header of 8 bytes, or more, whose octets behind the length are told, and what follows it. */
    public static byte[] extension(int nextHeader, byte[] behind, int... octets) {
        int length = (2 + octets.length + 7) / 8 * 8;
        ByteBuffer header = ByteBuffer.allocate(length + behind.length);
        header.put((byte) nextHeader).put((byte) (length / 8 - 1));
        for (int octet : octets) {
            header.put((byte) octet);
        }
        header.position(length);
        return header.put(behind).array();
    }

    /** Returns a packet in an Ethernet frame. */
    public static byte[] frame(long to, long from, byte[] packet) {
        return Frames.ethernet(to, from, 0x86DD, packet);
    }
}
