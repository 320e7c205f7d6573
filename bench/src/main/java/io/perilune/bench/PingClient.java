package io.perilune.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.HdrHistogram.Histogram;

/** Sends 64 bytes, waits for them to come back, and again; prints how long that takes. */
public final class PingClient {

    private static final int MESSAGE_LENGTH = 64;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long LONGEST_NS = 10 * SECOND_NS;
    private static final int DIGITS = 3;
    private static final double MICROSECOND_NS = 1000.0;

    private final SocketChannel channel;
    private final Selector selector;
    private final Waiting waiting;
    private final ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_LENGTH);

    private PingClient(SocketChannel channel, Selector selector, Waiting waiting) {
        this.channel = channel;
        this.selector = selector;
        this.waiting = waiting;
    }

    /** Runs it: ADDRESS PORT select|spin SECONDS. A third of the time before those seconds warms up. */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        long seconds = Long.parseLong(arguments[3]);
        try (Selector selector = Selector.open();
                SocketChannel channel = SocketChannel.open(address)) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            PingClient client = new PingClient(channel, selector, Waiting.of(arguments[2]));
            client.run((seconds + 2) / 3 * SECOND_NS);
            print(client.run(seconds * SECOND_NS));
        }
    }

    private Histogram run(long lengthNs) throws IOException {
        Histogram histogram = new Histogram(LONGEST_NS, DIGITS);
        long startNs = System.nanoTime();
        long sentNs = startNs;
        for (int count = 0; sentNs - startNs < lengthNs; count++) {
            exchange(count);
            long nowNs = System.nanoTime();
            histogram.recordValue(Math.min(nowNs - sentNs, LONGEST_NS));
            sentNs = nowNs;
        }
        return histogram;
    }

    private void exchange(int count) throws IOException {
        message.clear();
        message.putInt(0, count);
        while (message.hasRemaining()) {
            channel.write(message);
        }
        message.clear();
        while (message.hasRemaining()) {
            waiting.await(selector);
            selector.selectedKeys().clear();
            if (channel.read(message) < 0) {
                throw new IOException("the server closed");
            }
        }
        if (message.getInt(0) != count) {
            throw new IOException("message " + message.getInt(0) + " came instead of " + count);
        }
    }

    private static void print(Histogram histogram) {
        System.out.printf(
                "%10.2f %10.2f %10.2f %12d%n",
                histogram.getValueAtPercentile(50) / MICROSECOND_NS,
                histogram.getValueAtPercentile(99) / MICROSECOND_NS,
                histogram.getValueAtPercentile(99.9) / MICROSECOND_NS,
                histogram.getTotalCount());
    }
}
