package io.perilune.compat.programs;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Echoes what it gets: a thread for each connection, by blocking channels or by the streams of their sockets. */
public final class BlockingEcho {

    private static final int BUFFER_LENGTH = 16 << 10;

    private BlockingEcho() {}

    /** Runs until it is stopped: ADDRESS PORT channels|streams. */
    public static void main(String[] arguments) throws IOException {
        boolean streams = arguments[2].equals("streams");
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
            System.out.println("ready on " + server.getLocalAddress());
            while (true) {
                SocketChannel channel = server.accept();
                Thread thread = new Thread(() -> serve(channel, streams), "echo " + channel.getRemoteAddress());
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    private static void serve(SocketChannel channel, boolean streams) {
        try (channel) {
            if (streams) {
                echoByStreams(channel);
            } else {
                echoByChannel(channel);
            }
        } catch (IOException e) {
            System.out.println("lost " + channel + ": " + e);
        }
    }

    private static void echoByChannel(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_LENGTH);
        while (channel.read(buffer) >= 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            buffer.clear();
        }
    }

    private static void echoByStreams(SocketChannel channel) throws IOException {
        InputStream in = channel.socket().getInputStream();
        OutputStream out = channel.socket().getOutputStream();
        byte[] buffer = new byte[BUFFER_LENGTH];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            out.write(buffer, 0, count);
        }
    }
}
