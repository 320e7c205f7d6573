package io.perilune.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Echoes to one client after the other. */
public final class EchoServer {

    private static final int BUFFER_LENGTH = 64 << 10;

    private EchoServer() {}

    /** Runs until its client is gone: ADDRESS PORT select|spin. */
    public static void main(String[] arguments) throws IOException {
        Waiting waiting = Waiting.of(arguments[2]);
        try (Selector selector = Selector.open();
                ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
            System.out.println("ready on " + server.getLocalAddress());
            try (SocketChannel channel = server.accept()) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ);
                echo(channel, selector, waiting);
            }
        }
    }

    private static void echo(SocketChannel channel, Selector selector, Waiting waiting) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH);
        while (true) {
            waiting.await(selector);
            selector.selectedKeys().clear();
            buffer.clear();
            if (channel.read(buffer) < 0) {
                return;
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
    }
}
