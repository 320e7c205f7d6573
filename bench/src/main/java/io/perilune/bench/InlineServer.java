package io.perilune.bench;

import io.perilune.Perilune;
import io.perilune.stream.Stream;
import io.perilune.stream.StreamHandler;
import io.perilune.stream.StreamServer;
import io.perilune.zerocopy.PacketBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/** Echoes, or serves blocks, in handlers inside packet processing: what {@link NioServer} does, by Perilune's streams. */
public final class InlineServer {

    private InlineServer() {}

    /** Runs until its client has done its phases: ADDRESS PORT select|spin echo|blocks LENGTH CONNECTIONS. */
    public static void main(String[] words) throws IOException, InterruptedException {
        ParentWatch.start();
        SessionServer.ServerArguments arguments = SessionServer.ServerArguments.of(words);
        Meter meter = new Meter(arguments.connections());
        CountDownLatch over = new CountDownLatch(1);
        int length = arguments.length();
        ByteBuffer store = arguments.service() == Service.ECHO ? null : NioServer.store(length);
        Supplier<StreamHandler> handlers =
                store == null ? () -> new Echo(meter, over) : () -> new Blocks(meter, over, store, length);
        try (StreamServer server = Perilune.streams().listen(arguments.address(), arguments.connections(), handlers)) {
            System.out.println(SessionServer.READY + " on " + server.localAddress());
            over.await();
        }
    }

    /** Tells the meter, and the thread that waits for the end. */
    private abstract static class Handler implements StreamHandler {

        private final Meter meter;
        private final CountDownLatch over;

        Handler(Meter meter, CountDownLatch over) {
            this.meter = meter;
            this.over = over;
        }

        @Override
        public final void opened(Stream stream) {
            meter.opened();
        }

        @Override
        public void closed(Stream stream, Throwable cause) {
            if (cause != null) {
                System.err.println(stream + ": " + cause);
            }
            meter.ended();
            if (meter.isOver()) {
                over.countDown();
            }
        }
    }

    /** Sends back what comes, from where it lies. */
    private static final class Echo extends Handler {

        /** What found no room, in order: bounded, for it fills the receive buffer. */
        private final ArrayDeque<PacketBytes> waiting = new ArrayDeque<>();

        Echo(Meter meter, CountDownLatch over) {
            super(meter, over);
        }

        @Override
        public void data(Stream stream, PacketBytes bytes) {
            if (!waiting.isEmpty() || !stream.write(bytes)) {
                waiting.add(bytes);
            }
        }

        @Override
        public void writable(Stream stream) {
            while (!waiting.isEmpty() && stream.write(waiting.peek())) {
                waiting.remove();
            }
        }

        @Override
        public void closed(Stream stream, Throwable cause) {
            waiting.forEach(PacketBytes::release);
            waiting.clear();
            super.closed(stream, cause);
        }
    }

    /** Answers a request with a block that is copied out of memory. The client has one request outstanding. */
    private static final class Blocks extends Handler {

        private final int length;
        private final ByteBuffer request = ByteBuffer.allocate(Service.REQUEST_LENGTH);
        private final ByteBuffer answer;

        Blocks(Meter meter, CountDownLatch over, ByteBuffer store, int length) {
            super(meter, over);
            this.length = length;
            answer = store.duplicate().limit(0);
        }

        @Override
        public void data(Stream stream, PacketBytes bytes) {
            request.put(bytes.buffer());
            bytes.release();
            if (!request.hasRemaining()) {
                request.clear();
                int start = Math.toIntExact(request.getLong(0)) * length;
                answer.limit(start + length).position(start);
                stream.write(answer);
            }
        }

        @Override
        public void writable(Stream stream) {
            if (answer.hasRemaining()) {
                stream.write(answer);
            }
        }
    }
}
