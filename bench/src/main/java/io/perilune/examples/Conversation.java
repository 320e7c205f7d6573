package io.perilune.examples;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** One connection that is forwarded: a client, its target, and what goes on between them. The selector's thread. */
final class Conversation {

    private final Selector selector;
    private final InetSocketAddress target;
    private final SocketChannel client;
    private SocketChannel server;
    private SelectionKey clientKey;
    private SelectionKey serverKey;
    private Direction there;
    private Direction back;

    Conversation(SocketChannel client, Selector selector, InetSocketAddress target) {
        this.client = client;
        this.selector = selector;
        this.target = target;
    }

    /** Connects to the target; until that is done nothing is read from the client, who waits. */
    void begin() {
        try {
            server = SocketChannel.open();
            prepare(client);
            prepare(server);
            clientKey = client.register(selector, 0, this);
            serverKey = server.register(selector, SelectionKey.OP_CONNECT, this);
            if (server.connect(target)) {
                connected();
            }
        } catch (IOException e) {
            abort();
        }
    }

    private static void prepare(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    private void connected() throws IOException {
        there = new Direction(client, server);
        back = new Direction(server, client);
        forward();
    }

    /** One of its channels can be connected, read or written. */
    void onReady(SelectionKey key) {
        if (!key.isValid()) {
            return; // the other's readiness has ended it
        }
        try {
            if (there != null) {
                forward();
            } else if (key == serverKey && server.finishConnect()) {
                connected();
            }
        } catch (IOException e) {
            abort(); // what one side did to its connection is done to the other's
        }
    }

    private void forward() throws IOException {
        there.pump();
        back.pump();
        if (there.isDone() && back.isDone()) {
            client.close();
            server.close();
            return;
        }
        clientKey.interestOps(there.readInterest() | back.writeInterest());
        serverKey.interestOps(back.readInterest() | there.writeInterest());
    }

    /** Resets both connections and gives up what is held of them. */
    void abort() {
        if (there != null) {
            there.drop();
            back.drop();
        }
        reset(client);
        reset(server);
    }

    private static void reset(SocketChannel channel) {
        if (channel == null || !channel.isOpen()) {
            return;
        }
        try (channel) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            System.err.println("a connection could not be reset: " + e);
        }
    }
}
