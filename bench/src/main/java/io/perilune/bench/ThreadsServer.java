package io.perilune.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ThreadFactory;

/** Echoes, in a thread for each connection, by channels that block. */
public final class ThreadsServer {

    private final int length;
    private final Meter meter;
    private final ServerSocketChannel server;

    private ThreadsServer(int length, Meter meter, ServerSocketChannel server) {
        this.length = length;
        this.meter = meter;
        this.server = server;
    }

    /** Runs until its client has done its phases: ADDRESS PORT select echo LENGTH CONNECTIONS. */
    public static void main(String[] words) throws IOException {
        run(words, task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** The same with virtual threads. */
    static final class Virtual {

        private Virtual() {}

        /** Runs until its client has done its phases: ADDRESS PORT select echo LENGTH CONNECTIONS. */
        public static void main(String[] words) throws IOException {
            run(words, virtualThreads());
        }
    }

    /** Returns whether this JDK has them, for good: since 21. */
    static boolean hasVirtualThreads() {
        return Runtime.version().feature() >= 21;
    }

    /** Found by its name: this is compiled for 17. */
    private static ThreadFactory virtualThreads() {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            return (ThreadFactory) Class.forName("java.lang.Thread$Builder")
                    .getMethod("factory")
                    .invoke(builder);
        } catch (NoSuchMethodException
                | IllegalAccessException
                | InvocationTargetException
                | ClassNotFoundException e) {
            throw new IllegalStateException("virtual threads need a JDK of 21 or later", e);
        }
    }

    private static void run(String[] words, ThreadFactory threads) throws IOException {
        ParentWatch.start();
        SessionServer.ServerArguments arguments = SessionServer.ServerArguments.of(words);
        Meter meter = new Meter(arguments.connections());
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(arguments.address(), arguments.connections());
            System.out.println(SessionServer.READY);
            ThreadsServer serving = new ThreadsServer(arguments.length(), meter, server);
            while (!meter.isOver()) {
                SocketChannel channel = server.accept();
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                threads.newThread(() -> serving.serve(channel)).start();
            }
        } catch (AsynchronousCloseException e) {
            if (!meter.isOver()) {
                throw e;
            }
        }
    }

    private void serve(SocketChannel channel) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        meter.opened();
        try (channel) {
            while (channel.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                buffer.clear();
            }
            meter.ended();
            if (meter.isOver()) {
                server.close(); // ends the wait for more
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
