package io.perilune.fuzz;

import io.perilune.packet.Frames;
import io.perilune.sim.SimBench;
import java.nio.ByteBuffer;

/** IPv4 headers, their options and fragments, in packets of any protocol (RFC 791). */
public final class Ipv4Fuzz {

    private Ipv4Fuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzHost.receiveAll(data, Ipv4Fuzz::frame);
    }

    private static byte[] frame(Input in) {
        int leave = in.octet();
        byte[] packet = in.block(1500);
        if (packet.length >= 20) {
            ByteBuffer header = ByteBuffer.wrap(packet);
            if ((leave & 8) == 0) {
                header.putInt(12, SimBench.PEER).putInt(16, SimBench.HOST);
            }
            if ((leave & 16) == 0) {
                header.putShort(6, (short) 0);
            }
            if ((leave & 32) == 0) {
                header.put(9, (byte) 6);
            }
        }
        long to = (leave & 64) == 0 ? FuzzHost.MAC : Frames.BROADCAST;
        return Frames.ethernet(to, FuzzHost.PEER_MAC, 0x0800, Repair.ipv4(packet, leave));
    }
}
