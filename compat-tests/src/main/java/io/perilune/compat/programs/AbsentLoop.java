package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * A server in one thread that computes for seconds: a byte {@code 'z'} has it send a byte on each connection and then look
 * at nothing for a while. All other bytes go back.
 */
public final class AbsentLoop {

    private static final int BACKLOG = 1000;

    private final Selector selector;
    private final ServerSocketChannel server;
    private final long absentMs;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 10);

    private AbsentLoop(Selector selector, ServerSocketChannel server, long absentMs) {
        this.selector = selector;
        this.server = server;
        this.absentMs = absentMs;
    }

    /** Runs until killed: ADDRESS PORT MILLISECONDS. */
    public static void main(String[] words) throws Exception {
        try (Selector selector = Selector.open();
                ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(words[0], Integer.parseInt(words[1])), BACKLOG);
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            System.out.println("ready");
            AbsentLoop loop = new AbsentLoop(selector, server, Long.parseLong(words[2]));
            while (true) {
                loop.turn();
            }
        }
    }

    private void turn() throws IOException, InterruptedException {
        selector.select();
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.isAcceptable()) {
                accept();
            } else {
                read((SocketChannel) key.channel());
            }
        }
        selector.selectedKeys().clear();
    }

    private void accept() throws IOException {
        for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
        }
    }

    private void read(SocketChannel channel) throws IOException, InterruptedException {
        buffer.clear();
        if (channel.read(buffer) < 0) {
            channel.close();
            return;
        }
        buffer.flip();
        if (buffer.hasRemaining() && buffer.get(0) == 'z') {
            for (SelectionKey key : selector.keys()) {
                if (key.isValid() && key.channel() instanceof SocketChannel) {
                    ((SocketChannel) key.channel()).write(ByteBuffer.wrap(new byte[] {'w'}));
                }
            }
            System.out.println("absent");
            Thread.sleep(absentMs);
            System.out.println("back");
            return;
        }
        channel.write(buffer);
    }
}
