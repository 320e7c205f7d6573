package io.perilune.fuzz;

import io.perilune.packet.Frames6;
import io.perilune.packet.NaiveChecksum;
import io.perilune.sim.SimBench6;
import java.nio.ByteBuffer;

/** Makes ICMPv6 messages of a fuzzer's choices: what the targets for it have in common. */
final class Icmpv6Messages {

    static final byte[] HOST = Frames6.address(SimBench6.HOST);
    static final byte[] PEER = Frames6.address(SimBench6.PEER);
    private static final byte[] GROUP = Frames6.address(SimBench6.HOST_GROUP);
    private static final byte[] ALL_NODES = Frames6.address("ff02::1");
    private static final byte[] LINK_LOCAL = Frames6.address("fe80::1");
    private static final byte[][] ADDRESSES = {
        PEER, HOST, GROUP, ALL_NODES, LINK_LOCAL, new byte[16], Frames6.address(SimBench6.GATEWAY)
    };

    private Icmpv6Messages() {}

    /** Returns one of the addresses that matter, or any. */
    static byte[] address(Input in) {
        int choice = in.below(ADDRESSES.length + 1);
        if (choice < ADDRESSES.length) {
            return ADDRESSES[choice];
        }
        ByteBuffer any = ByteBuffer.allocate(16);
        return any.putInt(in.word())
                .putInt(in.word())
                .putInt(in.word())
                .putInt(in.word())
                .array();
    }

    /**
     * Returns a frame.
     *
     * @param message the message; its checksum is put in unless the first bit of leave is set
     * @param routerAlert whether a hop-by-hop header with a router alert comes first (RFC 2711)
     */
    static byte[] frame(
            byte[] source, byte[] destination, int hopLimit, byte[] message, int leave, boolean routerAlert) {
        if (message.length >= 4 && (leave & 1) == 0) {
            ByteBuffer pseudo = ByteBuffer.allocate(40 + message.length);
            message[2] = 0;
            message[3] = 0;
            pseudo.put(source)
                    .put(destination)
                    .putInt(message.length)
                    .putInt(58)
                    .put(message);
            int checksum = NaiveChecksum.of(pseudo.array(), 0, pseudo.capacity());
            message[2] = (byte) (checksum >> 8);
            message[3] = (byte) checksum;
        }
        byte[] payload = routerAlert ? Frames6.extension(58, message, 5, 2, 0, 0, 1, 0) : message;
        ByteBuffer packet = ByteBuffer.allocate(40 + payload.length);
        packet.putInt(6 << 28).putShort((short) payload.length);
        packet.put((byte) (routerAlert ? 0 : 58)).put((byte) hopLimit);
        packet.put(source).put(destination).put(payload);
        long to = destination[0] == -1 ? 0x3333_0000_0000L | (packet.getInt(36) & 0xFFFF_FFFFL) : FuzzHost.MAC;
        return Frames6.frame(to, FuzzHost.PEER_MAC, packet.array());
    }
}
