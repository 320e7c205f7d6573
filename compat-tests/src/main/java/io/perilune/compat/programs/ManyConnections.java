package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Random;

/** Opens many connections to an echo server at the same time, and checks on each what comes back. */
public final class ManyConnections {

    private static final int MESSAGE_LENGTH = 3000;
    private static final int ROUNDS = 3;
    private static final long LIMIT_NS = 60_000_000_000L;

    private final Selector selector;
    private final int total;
    private int connected;
    private int done;

    private ManyConnections(Selector selector, int total) {
        this.selector = selector;
        this.total = total;
    }

    /** Runs it: ADDRESS PORT CONNECTIONS. */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        try (Selector selector = Selector.open()) {
            new ManyConnections(selector, Integer.parseInt(arguments[2])).run(address);
        }
    }

    private void run(InetSocketAddress address) throws IOException {
        for (int i = 0; i < total; i++) {
            SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, 0, new Conversation(i));
            if (channel.connect(address)) {
                connected(key);
            } else {
                key.interestOps(SelectionKey.OP_CONNECT);
            }
        }
        long startNs = System.nanoTime();
        while (done < total) {
            selector.select(1000);
            if (System.nanoTime() - startNs > LIMIT_NS) {
                throw new IOException(connected + " connected, " + done + " done, of " + total);
            }
            for (SelectionKey key : selector.selectedKeys()) {
                work(key);
            }
            selector.selectedKeys().clear();
        }
        // Only now, so that all of them were open at once.
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        System.out.println("all " + total + " echoed");
    }

    private void work(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        if (key.isConnectable()) {
            channel.finishConnect();
            connected(key);
            return;
        }
        Conversation conversation = (Conversation) key.attachment();
        if (key.isWritable()) {
            channel.write(conversation.out);
            if (!conversation.out.hasRemaining()) {
                key.interestOps(SelectionKey.OP_READ);
            }
        } else if (key.isReadable()) {
            if (channel.read(conversation.in) < 0) {
                throw new IOException("end of stream on " + channel);
            }
            if (!conversation.in.hasRemaining()) {
                key.interestOps(conversation.check() ? SelectionKey.OP_WRITE : 0);
                done += conversation.rounds == ROUNDS ? 1 : 0;
            }
        }
    }

    /** All are connected before the first of them speaks. */
    private void connected(SelectionKey key) {
        key.interestOps(0);
        connected++;
        if (connected == total) {
            for (SelectionKey each : selector.keys()) {
                each.interestOps(SelectionKey.OP_WRITE);
            }
        }
    }

    /** What one connection says and hears. */
    private static final class Conversation {
        private final Random random;
        private final ByteBuffer out = ByteBuffer.allocate(MESSAGE_LENGTH);
        private final ByteBuffer in = ByteBuffer.allocate(MESSAGE_LENGTH);
        private int rounds;

        Conversation(int seed) {
            random = new Random(seed);
            random.nextBytes(out.array());
        }

        /** Returns whether there is more to say. */
        boolean check() throws IOException {
            if (!in.flip().equals(out.flip())) {
                throw new IOException("echo differs from what was sent, in round " + rounds);
            }
            rounds++;
            random.nextBytes(out.array());
            out.clear();
            in.clear();
            return rounds < ROUNDS;
        }
    }
}
