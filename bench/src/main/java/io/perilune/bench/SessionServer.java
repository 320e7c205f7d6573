package io.perilune.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;

/** Serves the connections of one client, in one thread with one selector, until it has done its two phases. */
final class SessionServer {

    /** What it prints when it listens. */
    static final String READY = "ready";

    private final ServerSocketChannel server;
    private final Selector selector;
    private final Session.Maker maker;
    private final Meter meter;

    private SessionServer(ServerSocketChannel server, Selector selector, Session.Maker maker, Meter meter) {
        this.server = server;
        this.selector = selector;
        this.maker = maker;
        this.meter = meter;
    }

    /** Runs one. */
    static void run(ServerArguments arguments, Session.Maker maker) throws IOException {
        try (Selector selector = Selector.open();
                ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(arguments.address(), arguments.connections());
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            System.out.println(READY);
            new SessionServer(server, selector, maker, new Meter(arguments.connections())).loop(arguments.waiting());
        }
    }

    private void loop(Waiting waiting) throws IOException {
        Consumer<SelectionKey> ready = this::ready;
        try {
            while (!meter.isOver()) {
                waiting.await(selector, ready);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void ready(SelectionKey key) {
        try {
            if (key.attachment() == null) {
                accept();
            } else if (!((Session) key.attachment()).proceed()) {
                meter.ended();
                key.channel().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() throws IOException {
        for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            key.attach(maker.make(channel, key));
            meter.opened();
        }
    }

    /**
     * What each server is told.
     *
     * @param address where it listens
     * @param waiting how it waits
     * @param service what it does
     * @param length how long its answers are, in bytes
     * @param connections how many its client opens
     */
    record ServerArguments(InetSocketAddress address, Waiting waiting, Service service, int length, int connections) {

        /** Reads ADDRESS PORT select|spin echo|blocks LENGTH CONNECTIONS. */
        static ServerArguments of(String[] words) {
            return new ServerArguments(
                    new InetSocketAddress(words[0], Integer.parseInt(words[1])),
                    Waiting.of(words[2]),
                    Service.of(words[3]),
                    Integer.parseInt(words[4]),
                    Integer.parseInt(words[5]));
        }
    }
}
