package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.SplittableRandom;

/** Writes a lot, closes nothing and ends at once; the other side checks what arrives. */
public final class WriteAndExit {

    private static final int BLOCK_LENGTH = 64 << 10;
    private static final long SEED = 7;

    private WriteAndExit() {}

    /** Runs it: read ADDRESS PORT, or write ADDRESS PORT BYTES exit|return|close|hold. */
    public static void main(String[] arguments) throws Exception {
        InetSocketAddress address = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
        if (arguments[0].equals("read")) {
            read(address);
            return;
        }
        SocketChannel channel = SocketChannel.open(address);
        write(channel, Integer.parseInt(arguments[3]));
        switch (arguments[4]) {
            case "exit" -> System.exit(0);
            case "close" -> channel.close();
            case "hold" -> {
                System.out.println("written");
                Thread.sleep(Long.MAX_VALUE);
            }
            default -> System.out.println("written");
        }
    }

    private static void write(SocketChannel channel, int length) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int left = length; left > 0; left -= BLOCK_LENGTH) {
            ByteBuffer block = ByteBuffer.allocate(Math.min(left, BLOCK_LENGTH));
            random.nextBytes(block.array());
            while (block.hasRemaining()) {
                channel.write(block);
            }
        }
    }

    /** Reads slowly at first, so that much is still on its way when the writer ends. */
    private static void read(InetSocketAddress address) throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(address);
            System.out.println("ready");
            try (SocketChannel channel = server.accept()) {
                Thread.sleep(300);
                System.out.println("read " + readAll(channel));
            }
        }
    }

    private static String readAll(SocketChannel channel) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] expected = new byte[BLOCK_LENGTH];
        ByteBuffer buffer = ByteBuffer.allocate(BLOCK_LENGTH);
        int total = 0;
        while (channel.read(buffer) >= 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                int at = total % BLOCK_LENGTH;
                if (at == 0) {
                    random.nextBytes(expected);
                }
                if (buffer.get() != expected[at]) {
                    return "a wrong byte at " + total;
                }
                total++;
            }
            buffer.clear();
        }
        return total + " bytes and the end";
    }
}
