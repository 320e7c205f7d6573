package io.perilune.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Queries for the groups a host listens to, of both versions, and others' reports (RFC 2710, RFC 3810). */
public final class MulticastListenerFuzz {

    private MulticastListenerFuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzHost.receiveAll(data, MulticastListenerFuzz::frame);
    }

    private static byte[] frame(Input in) {
        int leave = in.octet();
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        ByteBuffer head = ByteBuffer.allocate(8);
        head.put((byte) in.oneOf(130, 130, 130, 131, 132, 143)).put((byte) ((leave & 2) == 0 ? 0 : in.octet()));
        head.putShort(4, (short) in.halfWord());
        message.writeBytes(head.array());
        message.writeBytes(Icmpv6Messages.address(in));
        message.writeBytes(in.block(200));
        byte[] source = Icmpv6Messages.address(in);
        byte[] destination = Icmpv6Messages.address(in);
        int hopLimit = (leave & 4) == 0 ? 1 : in.octet();
        return Icmpv6Messages.frame(source, destination, hopLimit, message.toByteArray(), leave, (leave & 8) == 0);
    }
}
