package io.perilune.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Keeps one request outstanding on each of its connections, checks each answer, and prints how many there were and how
 * long they took: a line of words KEY=VALUE. By {@code java.nio} alone, in one thread.
 */
public final class MessageClient {

    /** Before the words of its result. */
    static final String LINE = "measured ";

    private static final long SECOND_NS = 1_000_000_000L;

    private final Selector selector;
    private final Service service;
    private final int length;
    private final Latencies latencies = new Latencies();
    private final List<Exchange> exchanges = new ArrayList<>();
    private long endNs;
    private int running;

    private MessageClient(Selector selector, Service service, int length) {
        this.selector = selector;
        this.service = service;
        this.length = length;
    }

    /**
     * Runs it: ADDRESS PORT select|spin echo|blocks LENGTH CONNECTIONS WARM-UP-SECONDS SECONDS. The warm-up has connections
     * of its own.
     */
    public static void main(String[] words) throws IOException {
        ParentWatch.start();
        InetSocketAddress address = new InetSocketAddress(words[0], Integer.parseInt(words[1]));
        Waiting waiting = Waiting.of(words[2]);
        int connections = Integer.parseInt(words[5]);
        long warmUpNs = Long.parseLong(words[6]) * SECOND_NS;
        long lengthNs = Long.parseLong(words[7]) * SECOND_NS;
        try (Selector selector = Selector.open()) {
            MessageClient client = new MessageClient(selector, Service.of(words[3]), Integer.parseInt(words[4]));
            client.phase(address, connections, waiting, warmUpNs);
            System.out.println(LINE + client.phase(address, connections, waiting, lengthNs));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private String phase(InetSocketAddress address, int connections, Waiting waiting, long lengthNs)
            throws IOException {
        for (int i = 0; i < connections; i++) {
            exchanges.add(new Exchange(address));
        }
        Consumer<SelectionKey> ready = this::ready;
        long startNs = latencies.begin();
        endNs = startNs + lengthNs;
        running = connections;
        for (Exchange exchange : exchanges) {
            exchange.start(startNs);
        }
        while (running > 0) {
            waiting.await(selector, ready);
        }
        String line = latencies.end();
        String buffers = exchanges.get(0).buffers();
        for (Exchange exchange : exchanges) {
            exchange.close();
        }
        exchanges.clear();
        // Their keys go with the next selection.
        selector.selectNow();
        return line + " " + buffers;
    }

    private void ready(SelectionKey key) {
        try {
            ((Exchange) key.attachment()).proceed();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One connection, and its request that is on the way. */
    private final class Exchange {

        private final SocketChannel channel;
        private final SelectionKey key;
        private final ByteBuffer request = ByteBuffer.allocateDirect(service.requestLength(length));
        private final ByteBuffer answer = ByteBuffer.allocateDirect(length);
        private long number;
        private long sentNs;

        Exchange(InetSocketAddress address) throws IOException {
            channel = SocketChannel.open(address);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_READ, this);
        }

        void start(long nowNs) throws IOException {
            sentNs = nowNs;
            number++;
            answer.clear();
            request.clear();
            request.putLong(0, service.word(number));
            if (service == Service.BLOCKS) {
                request.putLong(Long.BYTES, length);
            }
            channel.write(request);
            if (request.hasRemaining()) {
                key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            }
        }

        void proceed() throws IOException {
            if (request.hasRemaining()) {
                channel.write(request);
                if (!request.hasRemaining()) {
                    key.interestOps(SelectionKey.OP_READ);
                }
            }
            if (channel.read(answer) < 0) {
                throw new IOException("the server closed");
            }
            if (!answer.hasRemaining()) {
                answered();
            }
        }

        private void answered() throws IOException {
            if (!service.isAnswer(answer, service.word(number))) {
                throw new IOException("the answer to request " + number + " is another's");
            }
            long nowNs = System.nanoTime();
            latencies.record(nowNs - sentNs);
            if (nowNs - endNs < 0) {
                start(nowNs);
            } else {
                running--;
            }
        }

        String buffers() throws IOException {
            return "sndbuf=" + channel.getOption(StandardSocketOptions.SO_SNDBUF) + " rcvbuf="
                    + channel.getOption(StandardSocketOptions.SO_RCVBUF);
        }

        void close() throws IOException {
            channel.close();
        }
    }
}
