package io.perilune.compat.programs;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** Both ends of asynchronous channels in one JVM: a server by completion handlers, clients by Futures. */
public final class AsynchronousEcho {

    private static final int BYTES = 10_000;
    private static final long LIMIT_SECONDS = 20;

    /** Why no more connections are accepted. */
    private static final CompletableFuture<Throwable> SERVER_LOST = new CompletableFuture<>();

    private static volatile String acceptedBy;

    private AsynchronousEcho() {}

    /** Runs it: ADDRESS PORT CONNECTIONS. */
    public static void main(String[] arguments) throws Exception {
        InetSocketAddress address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        int connections = Integer.parseInt(arguments[2]);
        try (AsynchronousServerSocketChannel server =
                AsynchronousServerSocketChannel.open().bind(address)) {
            System.out.println("provider " + server.provider().getClass().getName());
            server.accept(server, new Accepting());
            for (int i = 0; i < connections; i++) {
                exchange(address);
            }
        }
        System.out.println("accepted by " + acceptedBy);
        System.out.println("all " + connections + " echoed");
    }

    /** For the property that names the factory of the default group's threads. */
    public static final class NamedThreads implements ThreadFactory {

        /** By the JDK. */
        public NamedThreads() {}

        @Override
        public Thread newThread(Runnable task) {
            Thread thread = new Thread(task, "thread of the program's own");
            thread.setDaemon(true);
            return thread;
        }
    }

    private static void exchange(InetSocketAddress address) throws Exception {
        try (AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
            client.connect(address).get(LIMIT_SECONDS, TimeUnit.SECONDS);
            ByteBuffer sent = ByteBuffer.allocate(BYTES);
            for (int i = 0; i < BYTES; i++) {
                sent.put((byte) (i * 31 + i / 256));
            }
            sent.flip();
            ByteBuffer received = ByteBuffer.allocate(BYTES);
            while (received.hasRemaining()) {
                Future<Integer> reading = client.read(received);
                if (sent.hasRemaining()) {
                    client.write(sent).get(LIMIT_SECONDS, TimeUnit.SECONDS);
                }
                if (reading.get(LIMIT_SECONDS, TimeUnit.SECONDS) < 0) {
                    throw new IllegalStateException(
                            "the stream ended early", SERVER_LOST.get(LIMIT_SECONDS, TimeUnit.SECONDS));
                }
            }
            if (!received.flip().equals(sent.flip())) {
                throw new IllegalStateException("the echo differs");
            }
        }
    }

    private static final class Accepting
            implements CompletionHandler<AsynchronousSocketChannel, AsynchronousServerSocketChannel> {
        @Override
        public void completed(AsynchronousSocketChannel accepted, AsynchronousServerSocketChannel server) {
            acceptedBy = Thread.currentThread().getName();
            server.accept(server, this);
            new Echoing(accepted).read();
        }

        @Override
        public void failed(Throwable cause, AsynchronousServerSocketChannel server) {
            SERVER_LOST.complete(cause);
        }
    }

    /** Sends back what it reads; the attachment says whether the operation was a read. */
    private static final class Echoing implements CompletionHandler<Integer, Boolean> {
        private final AsynchronousSocketChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(3_000);

        Echoing(AsynchronousSocketChannel channel) {
            this.channel = channel;
        }

        void read() {
            channel.read(buffer.clear(), true, this);
        }

        @Override
        public void completed(Integer count, Boolean wasRead) {
            if (count < 0) {
                close();
                return;
            }
            if (wasRead) {
                buffer.flip();
            }
            if (buffer.hasRemaining()) {
                channel.write(buffer, false, this);
            } else {
                read();
            }
        }

        @Override
        public void failed(Throwable cause, Boolean wasRead) {
            System.out.println("connection lost: " + cause);
            close();
        }

        private void close() {
            try {
                channel.close();
            } catch (java.io.IOException e) {
                System.out.println("close failed: " + e);
            }
        }
    }
}
