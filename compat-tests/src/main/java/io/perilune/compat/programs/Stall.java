package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.SplittableRandom;

/**
 * Sends to an echo server and reads nothing until nothing can be sent any more; has others talk to that server then, and
 * reads at last: all must be there.
 */
public final class Stall {

    /** Nothing can be sent any more if that is so for this long. */
    private static final long STALLED_MS = 1_000;

    private static final long SEED = 3;

    private Stall() {}

    /** Runs it: ADDRESS PORT OTHER-CONNECTIONS. */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        try (SocketChannel channel = SocketChannel.open(address)) {
            long sent = sendUntilStalled(channel);
            System.out.println("stalled after " + sent + " bytes");
            ManyConnections.main(arguments);
            channel.configureBlocking(true);
            receive(channel, sent);
            System.out.println("all " + sent + " came back");
        }
    }

    private static long sendUntilStalled(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        SplittableRandom random = new SplittableRandom(SEED);
        ByteBuffer block = ByteBuffer.allocate(1 << 16).limit(0);
        long sent = 0;
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_WRITE);
            while (selector.select(STALLED_MS) > 0) {
                selector.selectedKeys().clear();
                if (!block.hasRemaining()) {
                    random.nextBytes(block.array());
                    block.clear();
                }
                sent += channel.write(block);
            }
        }
        return sent;
    }

    private static void receive(SocketChannel channel, long count) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] expected = new byte[1 << 16];
        ByteBuffer block = ByteBuffer.allocate(expected.length);
        for (long left = count; left > 0; left -= block.limit()) {
            random.nextBytes(expected);
            block.clear().limit((int) Math.min(expected.length, left));
            while (block.hasRemaining()) {
                if (channel.read(block) < 0) {
                    throw new IOException("the stream ended " + left + " bytes early");
                }
            }
            if (!block.flip().equals(ByteBuffer.wrap(expected, 0, block.limit()))) {
                throw new IOException("other bytes than sent, " + left + " before the end");
            }
        }
    }
}
