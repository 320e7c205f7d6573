package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Future;

/** Has an echo server give back what it writes, by asynchronous channels. */
public final class AsynchronousExchange {

    private static final int LENGTH = 200_000;

    private AsynchronousExchange() {}

    /** Runs it: ADDRESS PORT CONNECTIONS. */
    public static void main(String[] arguments) throws Exception {
        InetSocketAddress server = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        int connections = Integer.parseInt(arguments[2]);
        for (int i = 0; i < connections; i++) {
            try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
                channel.connect(server).get();
                exchange(channel, i);
            }
        }
        System.out.println("all " + connections + " echoed");
    }

    private static void exchange(AsynchronousSocketChannel channel, int number) throws Exception {
        byte[] bytes = new byte[LENGTH];
        new Random(number).nextBytes(bytes);
        ByteBuffer out = ByteBuffer.wrap(bytes);
        ByteBuffer in = ByteBuffer.allocate(LENGTH);
        Future<Integer> writing = channel.write(out);
        while (in.hasRemaining()) {
            if (channel.read(in).get() < 0) {
                throw new IOException("ended after " + in.position() + " bytes");
            }
            if (writing.isDone() && out.hasRemaining()) {
                writing = channel.write(out);
            }
        }
        writing.get();
        if (!Arrays.equals(in.array(), bytes)) {
            throw new IOException("other bytes came back");
        }
    }
}
