package io.perilune.examples;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * A TCP proxy that forwards connections to another address without copying their bytes: what arrives in packet memory
 * leaves from where it lies. One thread, any number of connections. {@link Conversation} is one of them, {@link Direction}
 * where the bytes go through.
 */
public final class ZeroCopyProxy implements AutoCloseable {

    private final Selector selector;
    private final ServerSocketChannel server;
    private final InetSocketAddress target;

    /** Listens on an address; what connects there is forwarded to the target once {@link #run} runs. */
    public ZeroCopyProxy(InetSocketAddress listen, InetSocketAddress target) throws IOException {
        this.target = target;
        selector = Selector.open();
        server = ServerSocketChannel.open();
        server.bind(listen);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
    }

    /** Runs until it is killed: ADDRESS PORT TARGET-ADDRESS TARGET-PORT. */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress listen = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        InetSocketAddress target = new InetSocketAddress(arguments[2], Integer.parseInt(arguments[3]));
        try (ZeroCopyProxy proxy = new ZeroCopyProxy(listen, target)) {
            System.out.println("ready on " + proxy.localAddress());
            proxy.run();
        }
    }

    /** Returns where it listens. */
    public InetSocketAddress localAddress() throws IOException {
        return (InetSocketAddress) server.getLocalAddress();
    }

    /** Forwards until another thread closes this. */
    public void run() throws IOException {
        while (selector.isOpen()) {
            selector.select(this::onReady);
        }
    }

    private void onReady(SelectionKey key) {
        if (key.attachment() != null) {
            ((Conversation) key.attachment()).onReady(key);
        } else {
            accept();
        }
    }

    private void accept() {
        try {
            SocketChannel client = server.accept();
            if (client != null) {
                new Conversation(client, selector, target).begin();
            }
        } catch (IOException e) {
            System.err.println("a connection could not be accepted: " + e);
        }
    }

    /** Stops listening and aborts what is being forwarded. */
    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() != null) {
                ((Conversation) key.attachment()).abort();
            }
        }
        server.close();
        selector.close();
    }
}
