package io.perilune.fuzz;

import java.nio.ByteBuffer;

/** ICMPv6 messages of any type, and the packets that errors among them quote (RFC 4443). */
public final class Icmpv6Fuzz {

    private Icmpv6Fuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzHost.receiveAll(data, Icmpv6Fuzz::frame);
    }

    private static byte[] frame(Input in) {
        int leave = in.octet();
        byte[] message = in.block(1400);
        if (message.length >= 68 && (leave & 2) == 0) {
            ByteBuffer quote = ByteBuffer.wrap(message);
            quote.put(8, (byte) 0x60).put(16, Icmpv6Messages.HOST).put(32, Icmpv6Messages.PEER);
        }
        byte[] source = (leave & 4) == 0 ? Icmpv6Messages.PEER : Icmpv6Messages.address(in);
        byte[] destination = (leave & 8) == 0 ? Icmpv6Messages.HOST : Icmpv6Messages.address(in);
        return Icmpv6Messages.frame(source, destination, (leave & 16) == 0 ? 64 : 255, message, leave, false);
    }
}
