package io.perilune.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** Sends a stream to an echo server for some seconds and reads what comes back; prints bytes and nanoseconds. */
public final class BulkClient {

    private static final int BUFFER_LENGTH = 64 << 10;
    private static final long SECOND_NS = 1_000_000_000L;

    private BulkClient() {}

    /** Runs it: ADDRESS PORT select|spin SECONDS. */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        Waiting waiting = Waiting.of(arguments[2]);
        long lengthNs = Long.parseLong(arguments[3]) * SECOND_NS;
        try (Selector selector = Selector.open();
                SocketChannel channel = SocketChannel.open(address)) {
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            long startNs = System.nanoTime();
            long echoed = echo(channel, key, waiting, startNs + lengthNs);
            System.out.println(echoed + " " + (System.nanoTime() - startNs));
        }
    }

    /** Returns how many bytes went there and came back. */
    private static long echo(SocketChannel channel, SelectionKey key, Waiting waiting, long endNs) throws IOException {
        ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_LENGTH);
        ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_LENGTH);
        long sent = 0;
        long received = 0;
        while (true) {
            waiting.await(key.selector());
            key.selector().selectedKeys().clear();
            if (key.isWritable()) {
                out.clear();
                sent += channel.write(out);
                if (System.nanoTime() - endNs > 0) {
                    key.interestOps(SelectionKey.OP_READ);
                }
            }
            if (key.isReadable()) {
                in.clear();
                int count = channel.read(in);
                if (count < 0) {
                    throw new IOException("the server closed");
                }
                received += count;
            }
            if (received == sent && (key.interestOps() & SelectionKey.OP_WRITE) == 0) {
                return received;
            }
        }
    }
}
