package io.perilune.fuzz;

import io.perilune.packet.Frames;
import io.perilune.sim.SimBench;
import java.nio.ByteBuffer;

/** ICMP messages, and the packets that errors among them quote (RFC 792). */
public final class Icmpv4Fuzz {

    private Icmpv4Fuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzHost.receiveAll(data, Icmpv4Fuzz::frame);
    }

    private static byte[] frame(Input in) {
        int leave = in.octet();
        byte[] message = in.block(1400);
        if (message.length >= 48 && (leave & 1) == 0) {
            ByteBuffer quote = ByteBuffer.wrap(message);
            quote.put(8, (byte) 0x45).put(17, (byte) 6);
            quote.putInt(20, SimBench.HOST).putInt(24, SimBench.PEER);
        }
        if (message.length >= 4 && (leave & 2) == 0) {
            Repair.checksum(message, 0, message.length, 2);
        }
        int from = (leave & 4) == 0 ? SimBench.PEER : in.word();
        int to = (leave & 8) == 0 ? SimBench.HOST : in.word();
        byte[] packet = Frames.ipv4(from, to).payload(1, message).bytes();
        return Frames.ethernet(FuzzHost.MAC, FuzzHost.PEER_MAC, 0x0800, packet);
    }
}
