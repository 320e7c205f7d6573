package io.perilune.compat.programs;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** Does what must fail, and prints how: one line a case, to be compared between providers. */
public final class Outcomes {

    private static final int CLOSED_PORT = 7009;
    private static final int WRITES_MAX = 10_000;

    private final String own;
    private final String peer;
    private final String nobody;

    private Outcomes(String own, String peer, String nobody) {
        this.own = own;
        this.peer = peer;
        this.nobody = nobody;
    }

    /** Runs it: OWN-ADDRESS ADDRESS-OF-UNKIND-SERVER ADDRESS-OF-NOBODY. */
    public static void main(String[] arguments) {
        Outcomes outcomes = new Outcomes(arguments[0], arguments[1], arguments[2]);
        outcomes.connects();
        outcomes.resets();
        outcomes.closes();
        outcomes.others();
    }

    private void connects() {
        InetSocketAddress closed = new InetSocketAddress(peer, CLOSED_PORT);
        InetSocketAddress silent = new InetSocketAddress(nobody, CLOSED_PORT);
        print("closed port, blocking", () -> SocketChannel.open(closed));
        print("closed port, adaptor", () -> connect(closed, 10_000));
        print("closed port, selector", () -> connectBySelector(closed));
        print("closed port, HttpClient", () -> get(peer, CLOSED_PORT));
        print("nobody, adaptor with timeout", () -> connect(silent, 300));
        print("nobody, blocking", () -> SocketChannel.open(silent));
        print("nobody, selector", () -> connectBySelector(silent));
        print("nobody, HttpClient with timeout", () -> get(nobody, CLOSED_PORT));
    }

    private void resets() {
        print("reset, blocking read", () -> {
            SocketChannel channel = poke(UnkindServer.RESETS);
            print("  first read", () -> read(channel));
            print("  second read", () -> read(channel));
            print("  write then", () -> write(channel));
            return channel;
        });
        print("reset, write first", () -> {
            SocketChannel channel = poke(UnkindServer.RESETS);
            awaitReadable(channel);
            print("  first write", () -> write(channel));
            print("  second write", () -> write(channel));
            print("  read then", () -> read(channel));
            return channel;
        });
        print("reset, stream", () -> {
            SocketChannel channel = poke(UnkindServer.RESETS);
            InputStream in = channel.socket().getInputStream();
            print("  first read", in::read);
            print("  second read", in::read);
            return channel;
        });
        print("reset, HttpClient", () -> get(peer, UnkindServer.RESETS));
    }

    private void closes() {
        print("close", () -> {
            SocketChannel channel = poke(UnkindServer.CLOSES);
            print("  read", () -> read(channel));
            print("  writes", () -> {
                for (int i = 0; i < WRITES_MAX; i++) {
                    write(channel);
                    Thread.onSpinWait();
                }
                return "none of many fails";
            });
            print("  read then", () -> read(channel));
            return channel;
        });
        print("close, HttpClient", () -> get(peer, UnkindServer.CLOSES));
    }

    private void others() {
        print("silence, stream with timeout", () -> {
            try (SocketChannel channel = poke(UnkindServer.SILENT)) {
                channel.socket().setSoTimeout(200);
                return channel.socket().getInputStream().read();
            }
        });
        print("port taken", () -> {
            try (ServerSocketChannel first = bind(own, 0);
                    ServerSocketChannel second = bind(own, first.socket().getLocalPort())) {
                return second.socket().getLocalPort() == 0;
            }
        });
        print("bind elsewhere", () -> bind(nobody, 0));
        print("unresolved", () -> SocketChannel.open(InetSocketAddress.createUnresolved("nowhere.invalid", 1)));
        print("not connected", () -> read(SocketChannel.open()));
    }

    private SocketChannel poke(int port) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(peer, port));
        write(channel);
        return channel;
    }

    private static String connect(InetSocketAddress address, int timeoutMs) throws IOException {
        try (SocketChannel channel = SocketChannel.open();
                Socket socket = channel.socket()) {
            socket.connect(address, timeoutMs);
            return "connected";
        }
    }

    private static String connectBySelector(InetSocketAddress address) throws IOException {
        try (Selector selector = Selector.open();
                SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            if (!channel.connect(address)) {
                SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
                selector.select(20_000);
                System.out.println("  connectable: " + key.isConnectable());
            }
            return "finished: " + channel.finishConnect();
        }
    }

    private static int get(String host, int port) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofMillis(500))
                .build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + "/"))
                .timeout(Duration.ofSeconds(20))
                .build();
        return client.send(request, BodyHandlers.discarding()).statusCode();
    }

    private static void awaitReadable(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_READ);
            System.out.println("  ready: " + selector.select(20_000));
        }
        channel.configureBlocking(true);
    }

    private static ServerSocketChannel bind(String address, int port) throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress(address, port));
    }

    private static int read(SocketChannel channel) throws IOException {
        return channel.read(ByteBuffer.allocate(10));
    }

    private static int write(SocketChannel channel) throws IOException {
        return channel.write(ByteBuffer.allocate(1));
    }

    private static void print(String what, Attempt attempt) {
        String outcome;
        try (Closer closer = new Closer(attempt.run())) {
            outcome = closer.text();
        } catch (Exception e) {
            outcome = e.getClass().getName() + ": " + e.getMessage();
        }
        System.out.println(what + ": " + outcome);
    }

    /** Something to try. */
    private interface Attempt {
        Object run() throws Exception;
    }

    /** Closes what an attempt returned, where it can be closed; its text has nothing that differs from run to run. */
    private static final class Closer implements Closeable {
        private final Object result;

        Closer(Object result) {
            this.result = result;
        }

        String text() {
            return result instanceof Closeable ? "done" : String.valueOf(result);
        }

        @Override
        public void close() throws IOException {
            if (result instanceof Closeable) {
                ((Closeable) result).close();
            }
        }
    }
}
