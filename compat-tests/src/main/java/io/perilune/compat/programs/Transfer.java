package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/** Sends a long stream each way over one connection; each side compares the digest of what it got. */
public final class Transfer {

    private static final int BLOCK_LENGTH = 64 << 10;
    private static final long CLIENT_SEED = 1;
    private static final long SERVER_SEED = 2;

    private Transfer() {}

    /** Runs it: server|client ADDRESS PORT BYTES turns|duplex. */
    public static void main(String[] arguments) throws Exception {
        InetSocketAddress address = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
        long length = Long.parseLong(arguments[3]);
        boolean duplex = arguments[4].equals("duplex");
        if (arguments[0].equals("server")) {
            try (ServerSocketChannel server = ServerSocketChannel.open()) {
                server.bind(address);
                System.out.println("ready on " + server.getLocalAddress());
                try (SocketChannel channel = server.accept()) {
                    transfer(channel, SERVER_SEED, CLIENT_SEED, length, duplex);
                }
            }
        } else {
            try (SocketChannel channel = SocketChannel.open(address)) {
                transfer(channel, CLIENT_SEED, SERVER_SEED, length, duplex);
            }
        }
    }

    private static void transfer(SocketChannel channel, long ownSeed, long peerSeed, long length, boolean duplex)
            throws Exception {
        String received;
        if (duplex) {
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(channel, ownSeed, length));
            received = receive(channel);
            sending.get();
        } else if (ownSeed == CLIENT_SEED) {
            send(channel, ownSeed, length);
            received = receive(channel);
        } else {
            received = receive(channel);
            send(channel, ownSeed, length);
        }
        String expected = expected(peerSeed, length);
        if (!received.equals(expected)) {
            throw new IOException("received " + received + " instead of " + expected);
        }
        System.out.println("received " + received);
    }

    private static void send(SocketChannel channel, long seed, long length) {
        try {
            SplittableRandom random = new SplittableRandom(seed);
            ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_LENGTH);
            for (long left = length; left > 0; left -= BLOCK_LENGTH) {
                fill(block, random, left);
                while (block.hasRemaining()) {
                    channel.write(block);
                }
            }
            channel.shutdownOutput();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String receive(SocketChannel channel) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK_LENGTH);
        long total = 0;
        while (channel.read(buffer) >= 0) {
            buffer.flip();
            total += buffer.remaining();
            digest.update(buffer);
            buffer.clear();
        }
        return text(total, digest);
    }

    private static String expected(long seed, long length) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        SplittableRandom random = new SplittableRandom(seed);
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_LENGTH);
        for (long left = length; left > 0; left -= BLOCK_LENGTH) {
            fill(block, random, left);
            digest.update(block);
        }
        return text(length, digest);
    }

    private static void fill(ByteBuffer block, SplittableRandom random, long left) {
        block.clear();
        while (block.hasRemaining()) {
            block.putLong(random.nextLong());
        }
        block.flip().limit((int) Math.min(left, BLOCK_LENGTH));
    }

    private static String text(long length, MessageDigest digest) {
        StringBuilder text = new StringBuilder(length + " bytes, ");
        for (byte each : digest.digest()) {
            text.append(String.format("%02x", each));
        }
        return text.toString();
    }
}
