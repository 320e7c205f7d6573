package io.perilune.bench;

import io.perilune.Perilune;
import io.perilune.stream.Stream;
import io.perilune.stream.StreamHandler;
import io.perilune.stream.Streams;
import io.perilune.zerocopy.PacketBytes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Does what {@link MessageClient} does, by Perilune's streams: it costs less, and leaves more of a difference between
 * servers to be seen. It looks at both ends of an answer, where they lie.
 */
public final class InlineClient {

    private static final long SECOND_NS = 1_000_000_000L;

    private final Streams streams;
    private final Service service;
    private final int length;
    private final Latencies latencies = new Latencies();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** Of the thread of the streams, but between two phases. */
    private long endNs;

    private InlineClient(Service service, int length) throws IOException {
        streams = Perilune.streams();
        this.service = service;
        this.length = length;
    }

    /**
     * Runs it: ADDRESS PORT select echo|blocks LENGTH CONNECTIONS WARM-UP-SECONDS SECONDS. The warm-up has connections of its
     * own.
     */
    public static void main(String[] words) throws IOException, InterruptedException {
        ParentWatch.start();
        InetSocketAddress address = new InetSocketAddress(words[0], Integer.parseInt(words[1]));
        int connections = Integer.parseInt(words[5]);
        InlineClient client = new InlineClient(Service.of(words[3]), Integer.parseInt(words[4]));
        client.phase(address, connections, Long.parseLong(words[6]) * SECOND_NS);
        System.out.println(
                MessageClient.LINE + client.phase(address, connections, Long.parseLong(words[7]) * SECOND_NS));
    }

    private String phase(InetSocketAddress address, int connections, long lengthNs)
            throws IOException, InterruptedException {
        CountDownLatch open = new CountDownLatch(connections);
        CountDownLatch answered = new CountDownLatch(connections);
        CountDownLatch closed = new CountDownLatch(connections);
        Exchange[] exchanges = new Exchange[connections];
        for (int i = 0; i < connections; i++) {
            exchanges[i] = new Exchange(open, answered, closed);
            exchanges[i].stream = streams.connect(address, exchanges[i]);
        }
        open.await();
        checkAll();
        long startNs = latencies.begin();
        streams.execute(() -> {
            endNs = startNs + lengthNs;
            for (Exchange exchange : exchanges) {
                exchange.start(startNs);
            }
        });
        answered.await();
        checkAll();
        String line = latencies.end();
        streams.execute(() -> {
            for (Exchange exchange : exchanges) {
                exchange.stream.close();
            }
        });
        closed.await();
        checkAll();
        return line + " sndbuf=default rcvbuf=default";
    }

    private void checkAll() throws IOException {
        if (failure.get() != null) {
            throw new IOException("a connection failed", failure.get());
        }
    }

    /** One connection, and its request that is on the way. */
    private final class Exchange implements StreamHandler {

        private final CountDownLatch open;
        private final CountDownLatch answered;
        private final CountDownLatch closed;
        private final ByteBuffer request = ByteBuffer.allocateDirect(service.requestLength(length));
        /** Both ends of the answer, wherever the segments that brought it were cut. */
        private final ByteBuffer ends = ByteBuffer.allocate(2 * Long.BYTES);

        private Stream stream;
        private int received;
        private long number;
        private long sentNs;

        Exchange(CountDownLatch open, CountDownLatch answered, CountDownLatch closed) {
            this.open = open;
            this.answered = answered;
            this.closed = closed;
        }

        @Override
        public void opened(Stream opened) {
            open.countDown();
        }

        void start(long nowNs) {
            sentNs = nowNs;
            number++;
            received = 0;
            request.clear();
            request.putLong(0, service.word(number));
            if (service == Service.BLOCKS) {
                request.putLong(Long.BYTES, length);
            }
            stream.write(request);
        }

        @Override
        public void writable(Stream writable) {
            if (request.hasRemaining()) {
                writable.write(request);
            }
        }

        @Override
        public void data(Stream from, PacketBytes bytes) {
            ByteBuffer buffer = bytes.buffer();
            int first = buffer.position();
            int count = buffer.remaining();
            if (received + count > length) {
                throw new IllegalStateException("more came back than the answer");
            }
            for (int i = received; i < Math.min(received + count, Long.BYTES); i++) {
                ends.put(i, buffer.get(first + i - received));
            }
            for (int i = Math.max(received, length - Long.BYTES); i < received + count; i++) {
                ends.put(2 * Long.BYTES - (length - i), buffer.get(first + i - received));
            }
            bytes.release();
            received += count;
            if (received == length) {
                answered();
            }
        }

        private void answered() {
            if (!service.isAnswer(ends.getLong(0), ends.getLong(Long.BYTES), service.word(number))) {
                throw new IllegalStateException("the answer to request " + number + " is another's");
            }
            long nowNs = System.nanoTime();
            latencies.record(nowNs - sentNs);
            if (nowNs - endNs < 0) {
                start(nowNs);
            } else {
                answered.countDown();
            }
        }

        @Override
        public void closed(Stream over, Throwable cause) {
            if (cause != null || answered.getCount() > 0) {
                failure.compareAndSet(null, cause == null ? new IOException("the server closed") : cause);
            }
            for (CountDownLatch each : new CountDownLatch[] {open, answered, closed}) {
                each.countDown();
            }
        }
    }
}
