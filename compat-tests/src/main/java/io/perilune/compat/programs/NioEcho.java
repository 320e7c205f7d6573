package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;

/** Echoes what it gets: one thread, one Selector, as the textbooks write it. */
public final class NioEcho {

    private static final int BUFFER_LENGTH = 64 << 10;
    private static final int BACKLOG = 1024;

    private NioEcho() {}

    /** Runs until it is stopped: ADDRESS PORT. */
    public static void main(String[] arguments) throws IOException {
        try (Selector selector = Selector.open();
                ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])), BACKLOG);
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            System.out.println("ready on " + server.getLocalAddress());
            while (true) {
                selector.select();
                Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
                while (keys.hasNext()) {
                    SelectionKey key = keys.next();
                    keys.remove();
                    if (key.isAcceptable()) {
                        accept(server, selector);
                    } else {
                        echo(key);
                    }
                }
            }
        }
    }

    private static void accept(ServerSocketChannel server, Selector selector) throws IOException {
        SocketChannel channel = server.accept();
        if (channel != null) {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, ByteBuffer.allocateDirect(BUFFER_LENGTH));
        }
    }

    private static void echo(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        try {
            if (key.isReadable() && channel.read(buffer) < 0) {
                channel.close();
                return;
            }
            buffer.flip();
            channel.write(buffer);
            // What did not fit waits for room; meanwhile nothing more is read than the buffer holds.
            int interest = buffer.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ;
            buffer.compact();
            key.interestOps(interest);
        } catch (IOException e) {
            System.out.println("lost " + channel + ": " + e);
            channel.close();
        }
    }
}
