package io.perilune.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * One long stream over one connection, each of its bytes checked. The receiver prints how many bytes came after the
 * warm-up, in which the JVMs compile what the stream runs through, and how many nanoseconds they took.
 */
public final class CheckedStream {

    private static final int BUFFER_LENGTH = 64 << 10;
    /** Tells each place in the stream from each other: odd, so that no two words of 2^64 are the same. */
    private static final long STEP = 0x9E3779B97F4A7C15L;

    private CheckedStream() {}

    /** Runs it: listen|connect ADDRESS PORT send|receive BYTES WARM-UP-BYTES; the stream is as long as both together. */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress address = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
        boolean sends = arguments[3].equals("send");
        long warmUp = Long.parseLong(arguments[5]);
        long length = warmUp + Long.parseLong(arguments[4]);
        if (arguments[0].equals("listen")) {
            try (ServerSocketChannel server = ServerSocketChannel.open()) {
                server.bind(address);
                System.out.println("ready on " + server.getLocalAddress());
                run(server.accept(), sends, length, warmUp);
            }
        } else {
            run(SocketChannel.open(address), sends, length, warmUp);
        }
    }

    private static void run(SocketChannel channel, boolean sends, long length, long warmUp) throws IOException {
        try (channel) {
            if (sends) {
                send(channel, length);
            } else {
                receive(channel, length, warmUp);
            }
        }
    }

    private static void send(SocketChannel channel, long length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH).order(ByteOrder.nativeOrder());
        long word = 0;
        for (long left = length; left > 0; left -= buffer.limit()) {
            buffer.clear();
            while (buffer.hasRemaining()) {
                buffer.putLong(word++ * STEP);
            }
            buffer.flip().limit((int) Math.min(left, BUFFER_LENGTH));
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
        channel.shutdownOutput();
        // The receiver closes when it has checked all.
        buffer.clear();
        if (channel.read(buffer) >= 0) {
            throw new IOException("the receiver sent something");
        }
    }

    private static void receive(SocketChannel channel, long length, long warmUp) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH).order(ByteOrder.nativeOrder());
        long word = 0;
        long startNs = 0;
        long atStart = 0;
        while (channel.read(buffer) >= 0) {
            if (startNs == 0 && word * Long.BYTES >= warmUp) {
                startNs = System.nanoTime();
                atStart = word * Long.BYTES;
            }
            buffer.flip();
            while (buffer.remaining() >= Long.BYTES) {
                if (buffer.getLong() != word * STEP) {
                    throw new IOException("the stream differs behind byte " + word * Long.BYTES);
                }
                word++;
            }
            buffer.compact();
        }
        long elapsedNs = System.nanoTime() - startNs;
        if (word != length / Long.BYTES || buffer.position() != 0) {
            throw new IOException(word * Long.BYTES + buffer.position() + " bytes came instead of " + length);
        }
        System.out.println(length - atStart + " " + elapsedNs);
    }
}
