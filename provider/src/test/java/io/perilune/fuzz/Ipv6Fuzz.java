package io.perilune.fuzz;

import io.perilune.packet.Frames6;
import io.perilune.sim.SimBench6;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** IPv6 headers, chains of extension headers, their options and fragments (RFC 8200). */
public final class Ipv6Fuzz {

    private static final byte[] HOST = Frames6.address(SimBench6.HOST);
    private static final byte[] PEER = Frames6.address(SimBench6.PEER);
    private static final int[] HEADERS = {0, 43, 44, 60, 6, 58, 59, 17, 50, 51};

    private Ipv6Fuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzHost.receiveAll(data, Ipv6Fuzz::frame);
    }

    private static byte[] frame(Input in) {
        int leave = in.octet();
        byte[] packet = (leave & 4) == 0 ? chain(in) : in.block(1500);
        if (packet.length >= 40 && (leave & 8) == 0) {
            ByteBuffer.wrap(packet).put(8, PEER).put(24, HOST);
        }
        long to = packet.length >= 40 && packet[24] == -1
                ? 0x3333_0000_0000L | (ByteBuffer.wrap(packet).getInt(36) & 0xFFFF_FFFFL)
                : FuzzHost.MAC;
        return Frames6.frame(to, FuzzHost.PEER_MAC, Repair.ipv6(packet, leave));
    }

    private static byte[] chain(Input in) {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.writeBytes(new byte[40]);
        int nextAt = 6;
        int count = in.below(12);
        int[] numbers = new int[count + 1];
        int[] places = new int[count + 1];
        for (int i = 0; i <= count; i++) {
            int choice = in.below(HEADERS.length + 1);
            numbers[i] = choice < HEADERS.length ? HEADERS[choice] : in.octet();
            places[i] = nextAt;
            nextAt = packet.size();
            if (i < count) {
                header(in, packet, numbers[i] == 44);
            }
        }
        packet.writeBytes(in.block(1000));
        byte[] bytes = packet.toByteArray();
        for (int i = 0; i <= count; i++) {
            bytes[places[i]] = (byte) numbers[i];
        }
        return bytes;
    }

    private static void header(Input in, ByteArrayOutputStream packet, boolean fragment) {
        byte[] body = in.block(60);
        int length = fragment ? 8 : (body.length + 2 + 7) / 8 * 8;
        byte[] header = new byte[length];
        System.arraycopy(body, 0, header, 2, Math.min(body.length, length - 2));
        header[1] = (byte) (length / 8 - 1);
        packet.writeBytes(header);
    }
}
