package io.perilune.fuzz;

import io.perilune.packet.Frames;
import io.perilune.sim.SimBench;
import java.nio.ByteBuffer;

/** Ethernet frames of any kind, and ARP in them (RFC 826). */
public final class EthernetArpFuzz {

    private static final long GROUP = 0x0100_5E00_0001L;

    private EthernetArpFuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzHost.receiveAll(data, EthernetArpFuzz::frame);
    }

    private static byte[] frame(Input in) {
        int kind = in.octet();
        if (kind % 4 == 0) {
            return in.block(1514);
        }
        byte[] payload = kind % 4 == 1 ? in.block(1500) : arp(in);
        return Frames.ethernet(mac(in), mac(in), kind % 4 == 1 ? in.halfWord() : 0x0806, payload);
    }

    private static byte[] arp(Input in) {
        ByteBuffer packet = ByteBuffer.allocate(28);
        int leave = in.octet();
        packet.putShort((short) (leave < 240 ? 1 : in.halfWord()));
        packet.putShort((short) (leave < 240 ? 0x0800 : in.halfWord()));
        packet.put((byte) (leave < 240 ? 6 : in.octet())).put((byte) (leave < 240 ? 4 : in.octet()));
        packet.putShort((short) in.below(5));
        putMac(packet, mac(in));
        packet.putInt(address(in));
        putMac(packet, mac(in));
        packet.putInt(address(in));
        byte[] all = packet.array();
        return leave % 8 == 7 ? Frames.part(all, 0, in.below(29)) : all;
    }

    private static void putMac(ByteBuffer packet, long mac) {
        packet.putShort((short) (mac >>> 32)).putInt((int) mac);
    }

    private static long mac(Input in) {
        return switch (in.below(7)) {
            case 0 -> FuzzHost.MAC;
            case 1 -> FuzzHost.PEER_MAC;
            case 2 -> Frames.BROADCAST;
            case 3 -> GROUP;
            case 4 -> 0;
            case 5 -> FuzzHost.PEER_MAC + in.octet();
            default -> (long) in.halfWord() << 32 | (in.word() & 0xFFFF_FFFFL);
        };
    }

    private static int address(Input in) {
        return switch (in.below(7)) {
            case 0 -> SimBench.HOST;
            case 1 -> SimBench.PEER;
            case 2 -> SimBench.GATEWAY;
            case 3 -> 0;
            case 4 -> -1;
            case 5 -> (SimBench.HOST & ~0xFF) | in.octet();
            default -> in.word();
        };
    }
}
