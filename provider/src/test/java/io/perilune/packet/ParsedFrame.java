package io.perilune.packet;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A frame that a test looks at, read by means of its own; all numbers unsigned. */
public final class ParsedFrame {

    private final byte[] bytes;
    private final ByteBuffer view;

    /** Reads a frame. */
    public ParsedFrame(byte[] bytes) {
        this.bytes = bytes;
        this.view = ByteBuffer.wrap(bytes);
    }

    /** Returns the whole frame. */
    public byte[] bytes() {
        return bytes;
    }

    /** Returns the Ethernet destination. */
    public long destinationMac() {
        return mac(0);
    }

    /** Returns the Ethernet source. */
    public long sourceMac() {
        return mac(6);
    }

    /** Returns the Ethernet type. */
    public int type() {
        return u16(12);
    }

    /** Returns whether this is an ARP packet. */
    public boolean isArp() {
        return type() == 0x0806;
    }

    /** Returns whether this is an IPv4 packet. */
    public boolean isIpv4() {
        return type() == 0x0800;
    }

    /** Returns the ARP operation. */
    public int arpOperation() {
        return u16(20);
    }

    /** Returns the ARP sender's link address. */
    public long arpSenderMac() {
        return mac(22);
    }

    /** Returns the ARP sender's address. */
    public int arpSenderIpv4() {
        return view.getInt(28);
    }

    /** Returns the ARP target's link address. */
    public long arpTargetMac() {
        return mac(32);
    }

    /** Returns the ARP target's address. */
    public int arpTargetIpv4() {
        return view.getInt(38);
    }

    /** Returns the length of the IPv4 header. */
    public int ipHeaderLength() {
        return (bytes[14] & 0xF) * 4;
    }

    /** Returns the IPv4 total length. */
    public int ipTotalLength() {
        return u16(16);
    }

    /** Returns the flags and the fragment offset. */
    public int ipFlagsAndOffset() {
        return u16(20);
    }

    /** Returns the time to live. */
    public int ipTimeToLive() {
        return bytes[22] & 0xFF;
    }

    /** Returns the protocol. */
    public int ipProtocol() {
        return bytes[23] & 0xFF;
    }

    /** Returns whether the IPv4 header's checksum is right. */
    public boolean ipChecksumIsRight() {
        return NaiveChecksum.of(bytes, 14, ipHeaderLength()) == 0;
    }

    /** Returns the source address. */
    public int ipSource() {
        return view.getInt(26);
    }

    /** Returns the destination address. */
    public int ipDestination() {
        return view.getInt(30);
    }

    /** Returns what the IPv4 packet carries. */
    public byte[] ipPayload() {
        return Arrays.copyOfRange(bytes, 14 + ipHeaderLength(), 14 + ipTotalLength());
    }

    private int u16(int at) {
        return view.getShort(at) & 0xFFFF;
    }

    private long mac(int at) {
        return ((long) u16(at) << 32) | (view.getInt(at + 2) & 0xFFFFFFFFL);
    }
}
