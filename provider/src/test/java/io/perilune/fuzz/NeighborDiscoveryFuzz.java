package io.perilune.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Solicitations, advertisements, router messages and redirects with any options (RFC 4861). */
public final class NeighborDiscoveryFuzz {

    private NeighborDiscoveryFuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzHost.receiveAll(data, NeighborDiscoveryFuzz::frame);
    }

    private static byte[] frame(Input in) {
        int leave = in.octet();
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        ByteBuffer head = ByteBuffer.allocate(8);
        head.put((byte) in.oneOf(135, 136, 133, 134, 137)).put((byte) ((leave & 2) == 0 ? 0 : in.octet()));
        head.put(4, (byte) in.octet());
        message.writeBytes(head.array());
        message.writeBytes(Icmpv6Messages.address(in));
        for (int i = in.below(6); i > 0; i--) {
            byte[] body = in.block(30);
            byte[] option = new byte[(body.length + 2 + 7) / 8 * 8];
            System.arraycopy(body, 0, option, 2, body.length);
            option[0] = (byte) in.below(16);
            option[1] = (byte) ((leave & 4) == 0 ? option.length / 8 : in.octet());
            message.writeBytes(option);
        }
        byte[] source = Icmpv6Messages.address(in);
        byte[] destination = Icmpv6Messages.address(in);
        int hopLimit = (leave & 8) == 0 ? 255 : in.octet();
        return Icmpv6Messages.frame(source, destination, hopLimit, message.toByteArray(), leave, false);
    }
}
