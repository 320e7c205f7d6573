package io.perilune.packet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Builds frames for tests, by means of its own, so that the stack's writers and readers are checked and not echoed. */
public final class Frames {

    /** Everybody's Ethernet address. */
    public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private Frames() {}

    /** Returns an Ethernet frame. */
    public static byte[] ethernet(long destination, long source, int type, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
        putMac(frame, destination);
        putMac(frame, source);
        return frame.putShort((short) type).put(payload).array();
    }

    /** Returns an ARP packet in an Ethernet frame that goes from the ARP sender to a station. */
    public static byte[] arp(long to, int operation, long senderMac, int senderIpv4, long targetMac, int targetIpv4) {
        ByteBuffer packet = ByteBuffer.allocate(28);
        packet.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4);
        packet.putShort((short) operation);
        putMac(packet, senderMac);
        packet.putInt(senderIpv4);
        putMac(packet, targetMac);
        packet.putInt(targetIpv4);
        return ethernet(to, senderMac, 0x0806, packet.array());
    }

    /** Returns a builder of an IPv4 packet from one address to another, right in all fields until they are changed. */
    public static Ipv4 ipv4(int source, int destination) {
        return new Ipv4(source, destination);
    }

    /** Returns an ICMP message with a right checksum. */
    public static byte[] icmp(int type, int code, int rest, byte[] data) {
        ByteBuffer message = ByteBuffer.allocate(8 + data.length);
        message.put((byte) type)
                .put((byte) code)
                .putShort((short) 0)
                .putInt(rest)
                .put(data);
        int checksum = NaiveChecksum.of(message.array(), 0, message.capacity());
        return message.putShort(2, (short) checksum).array();
    }

    /** Returns a TCP segment with a right checksum and without options. */
    public static byte[] tcp(
            int source,
            int destination,
            int sourcePort,
            int destinationPort,
            int seq,
            int ack,
            int flags,
            byte[] data) {
        ByteBuffer segment = ByteBuffer.allocate(20 + data.length);
        segment.putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putInt(seq)
                .putInt(ack);
        segment.put((byte) 0x50)
                .put((byte) flags)
                .putShort((short) 65535)
                .putInt(0)
                .put(data);
        ByteBuffer pseudo = ByteBuffer.allocate(12 + segment.capacity());
        pseudo.putInt(source).putInt(destination).putShort((short) 6).putShort((short) segment.capacity());
        pseudo.put(segment.array());
        return segment.putShort(16, (short) NaiveChecksum.of(pseudo.array(), 0, pseudo.capacity()))
                .array();
    }

    /** Returns so many bytes that differ from their neighbors. */
    public static byte[] pattern(int length) {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) {
            data[i] = (byte) (i * 31 + (i >> 8));
        }
        return data;
    }

    /** Returns a part of an array. */
    public static byte[] part(byte[] bytes, int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    private static void putMac(ByteBuffer bytes, long address) {
        bytes.putShort((short) (address >>> 32)).putInt((int) address);
    }

    /** An IPv4 packet to be. */
    public static final class Ipv4 {
        private final int source;
        private final int destination;
        private int version = 4;
        private int headerWords = -1;
        private int tos;
        private int totalLength = -1;
        private int identification;
        private int flagsAndOffset = 0x4000;
        private int timeToLive = 64;
        private int protocol = 6;
        private int checksum = -1;
        private byte[] options = new byte[0];
        private byte[] payload = new byte[0];
        private int padding;

        private Ipv4(int source, int destination) {
            this.source = source;
            this.destination = destination;
        }

        /** Sets the version. */
        public Ipv4 version(int value) {
            version = value;
            return this;
        }

        /** Sets the header length field, in words of four bytes. */
        public Ipv4 headerWords(int value) {
            headerWords = value;
            return this;
        }

        /** Sets the type of service. */
        public Ipv4 tos(int value) {
            tos = value;
            return this;
        }

        /** Sets the total length field. */
        public Ipv4 totalLength(int value) {
            totalLength = value;
            return this;
        }

        /** Sets the identification. */
        public Ipv4 identification(int value) {
            identification = value;
            return this;
        }

        /** Sets flags and fragment offset. */
        public Ipv4 flagsAndOffset(int value) {
            flagsAndOffset = value;
            return this;
        }

        /** Sets the time to live. */
        public Ipv4 timeToLive(int value) {
            timeToLive = value;
            return this;
        }

        /** Sets the header checksum, right or wrong. */
        public Ipv4 checksum(int value) {
            checksum = value;
            return this;
        }

        /** Sets the options; a multiple of four bytes. */
        public Ipv4 options(int... octets) {
            options = new byte[octets.length];
            for (int i = 0; i < octets.length; i++) {
                options[i] = (byte) octets[i];
            }
            return this;
        }

        /** Sets protocol and payload. */
        public Ipv4 payload(int newProtocol, byte[] data) {
            protocol = newProtocol;
            payload = data;
            return this;
        }

        /** Appends bytes behind the packet, as Ethernet pads short frames. */
        public Ipv4 padding(int length) {
            padding = length;
            return this;
        }

        /** Returns the packet. */
        public byte[] bytes() {
            int headerLength = 20 + options.length;
            ByteBuffer packet = ByteBuffer.allocate(headerLength + payload.length + padding);
            packet.put((byte) (version << 4 | (headerWords < 0 ? headerLength / 4 : headerWords)));
            packet.put((byte) tos);
            packet.putShort((short) (totalLength < 0 ? headerLength + payload.length : totalLength));
            packet.putShort((short) identification).putShort((short) flagsAndOffset);
            packet.put((byte) timeToLive).put((byte) protocol).putShort((short) 0);
            packet.putInt(source).putInt(destination).put(options).put(payload);
            for (int i = 0; i < padding; i++) {
                packet.put((byte) 0xEE);
            }
            int right = NaiveChecksum.of(packet.array(), 0, headerLength);
            return packet.putShort(10, (short) (checksum < 0 ? right : checksum))
                    .array();
        }

        /** Returns the packet in an Ethernet frame. */
        public byte[] frame(long to, long from) {
            return ethernet(to, from, 0x0800, bytes());
        }
    }

    /** Joins arrays. */
    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
