package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Talks to an echo server in a shutdown hook, long after the main program has ended. */
public final class Farewell {

    private static final int MESSAGES = 2000;

    private Farewell() {}

    /** Runs it: ADDRESS PORT. */
    public static void main(String[] arguments) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
        exchange(channel, 0);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> takeLeave(channel)));
        System.exit(0);
    }

    private static void takeLeave(SocketChannel channel) {
        try {
            for (int i = 1; i <= MESSAGES; i++) {
                exchange(channel, i);
            }
            channel.close();
            System.out.println("said farewell " + MESSAGES + " times");
        } catch (IOException e) {
            System.out.println("failed: " + e);
        }
    }

    private static void exchange(SocketChannel channel, int number) throws IOException {
        ByteBuffer message = ByteBuffer.allocate(Integer.BYTES).putInt(0, number);
        while (message.hasRemaining()) {
            channel.write(message);
        }
        message.clear();
        while (message.hasRemaining()) {
            if (channel.read(message) < 0) {
                throw new IOException("the server closed");
            }
        }
        if (message.getInt(0) != number) {
            throw new IOException("message " + message.getInt(0) + " came instead of " + number);
        }
    }
}
