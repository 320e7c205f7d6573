package io.perilune.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Opens connections, rests for a while, in which it can be seen what that costs, and then sends a message now and then: what
 * the first one costs after a rest.
 */
public final class IdleClient {

    /** What it prints when it rests. */
    static final String RESTING = "resting";
    /** What it prints when it does no longer. */
    static final String RESTED = "rested";

    private static final int MESSAGE_LENGTH = 64;
    private static final long MILLISECOND_NS = 1_000_000;
    private static final long LEAST_PAUSE_NS = 5 * MILLISECOND_NS;
    private static final long MOST_PAUSE_NS = 25 * MILLISECOND_NS;
    private static final long LONGEST_NS = 10_000 * MILLISECOND_NS;
    private static final long SETTLE_NS = 2_000 * MILLISECOND_NS;
    private static final int DIGITS = 3;
    /** All that a message needs is compiled then. */
    private static final int WARM_UP_MESSAGES = 100_000;

    private static final long SEED = 7;

    private IdleClient() {}

    /** Runs it: ADDRESS PORT CONNECTIONS REST-IN-SECONDS MESSAGES. */
    public static void main(String[] words) throws IOException {
        ParentWatch.start();
        InetSocketAddress address = new InetSocketAddress(words[0], Integer.parseInt(words[1]));
        int connections = Integer.parseInt(words[2]);
        long restNs = Long.parseLong(words[3]) * 1_000 * MILLISECOND_NS;
        int messages = Integer.parseInt(words[4]);
        try (Selector selector = Selector.open()) {
            List<SocketChannel> channels = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                SocketChannel channel = SocketChannel.open(address);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ);
                channels.add(channel);
            }
            // Whatever opening them has left to be done is done in this time, and compiled.
            selector.select(SETTLE_NS / MILLISECOND_NS);
            System.out.println(RESTING);
            selector.select(restNs / MILLISECOND_NS);
            System.out.println(RESTED);
            exchange(selector, channels, WARM_UP_MESSAGES, 0);
            Histogram histogram = exchange(selector, channels, messages, LEAST_PAUSE_NS);
            System.out.println(MessageClient.LINE
                    + "p50=" + histogram.getValueAtPercentile(50)
                    + " p99=" + histogram.getValueAtPercentile(99));
            for (SocketChannel channel : channels) {
                channel.close();
            }
        }
    }

    private static Histogram exchange(Selector selector, List<SocketChannel> channels, int messages, long leastPauseNs)
            throws IOException {
        Histogram histogram = new Histogram(LONGEST_NS, DIGITS);
        SplittableRandom random = new SplittableRandom(SEED);
        ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_LENGTH);
        for (int i = 0; i < messages; i++) {
            if (leastPauseNs > 0) {
                LockSupport.parkNanos(random.nextLong(leastPauseNs, MOST_PAUSE_NS));
            }
            SocketChannel channel = channels.get(random.nextInt(channels.size()));
            long startNs = System.nanoTime();
            channel.write(message.clear());
            message.clear();
            while (message.hasRemaining()) {
                Waiting.SELECT.await(selector);
                selector.selectedKeys().clear();
                if (channel.read(message) < 0) {
                    throw new IOException("the server closed");
                }
            }
            histogram.recordValue(Math.min(System.nanoTime() - startNs, LONGEST_NS));
        }
        return histogram;
    }
}
