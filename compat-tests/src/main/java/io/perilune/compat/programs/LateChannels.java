package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Opens a Selector, waits until an agent has come, and then uses channels with it that it opens from then on.
 */
public final class LateChannels {

    private static final int LENGTH = 300_000;
    private static final long LIMIT_NS = 20_000_000_000L;
    private static final long LOOK_NS = 1_000_000;

    private final Selector selector;

    private LateChannels(Selector selector) {
        this.selector = selector;
    }

    /** Runs it: PORT CONNECTIONS ADDRESS...; on each address is an echo server. */
    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0]);
        int connections = Integer.parseInt(arguments[1]);
        try (Selector selector = Selector.open()) {
            System.out.println("ready");
            while (!System.getProperty("io.perilune.agent", "").startsWith("captured")) {
                LockSupport.parkNanos(LOOK_NS);
            }
            for (int i = 2; i < arguments.length; i++) {
                SocketAddress server = new InetSocketAddress(arguments[i], port);
                for (int number = 0; number < connections; number++) {
                    LateChannels late = new LateChannels(selector);
                    late.exchange(late.connectedAndRegistered(server), number);
                    late.exchange(late.registeredAndConnected(server), number);
                }
            }
        }
        System.out.println("all echoed");
    }

    private SocketChannel connectedAndRegistered(SocketAddress server) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        boolean connected = channel.connect(server);
        channel.register(selector, SelectionKey.OP_CONNECT);
        return finished(channel, connected);
    }

    private SocketChannel registeredAndConnected(SocketAddress server) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_CONNECT);
        selector.selectNow(); // Linux has a socket that nobody has connected ready for all
        selector.selectedKeys().clear();
        return finished(channel, channel.connect(server));
    }

    private SocketChannel finished(SocketChannel channel, boolean connected) throws IOException {
        SelectionKey key = channel.keyFor(selector);
        if (key.channel() != channel || key.selector() != selector) {
            throw new IOException("a key of something else");
        }
        while (!connected) {
            await(SelectionKey.OP_CONNECT);
            connected = channel.finishConnect();
        }
        return channel;
    }

    /** Waits until the one key is ready, and for nothing else than this. */
    private SelectionKey await(int ops) throws IOException {
        long startNs = System.nanoTime();
        while (selector.select(LIMIT_NS / 1_000_000) == 0) {
            if (System.nanoTime() - startNs > LIMIT_NS) {
                throw new IOException("nothing became ready for " + ops);
            }
        }
        SelectionKey key = selector.selectedKeys().iterator().next();
        selector.selectedKeys().clear();
        if ((key.readyOps() & ~ops) != 0) {
            throw new IOException("ready for " + key.readyOps() + ", asked for " + ops);
        }
        return key;
    }

    /** Sends and receives at once, by readiness; then once more by blocking; then closes. */
    private void exchange(SocketChannel channel, int number) throws IOException {
        byte[] bytes = new byte[LENGTH];
        new Random(number).nextBytes(bytes);
        ByteBuffer out = ByteBuffer.wrap(bytes);
        ByteBuffer in = ByteBuffer.allocate(LENGTH);
        SelectionKey key = channel.keyFor(selector);
        while (in.hasRemaining()) {
            int ops = SelectionKey.OP_READ | (out.hasRemaining() ? SelectionKey.OP_WRITE : 0);
            key.interestOps(ops);
            int ready = await(ops).readyOps();
            if ((ready & SelectionKey.OP_WRITE) != 0) {
                channel.write(out);
            }
            if ((ready & SelectionKey.OP_READ) != 0 && channel.read(in) < 0) {
                throw new IOException("ended after " + in.position() + " bytes");
            }
        }
        if (!in.flip().equals(ByteBuffer.wrap(bytes))) {
            throw new IOException("other bytes came back");
        }
        if (number % 2 == 0) {
            key.cancel();
            selector.selectNow();
            channel.configureBlocking(true);
            channel.write(ByteBuffer.wrap(new byte[] {(byte) number}));
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one);
            if (one.get(0) != (byte) number) {
                throw new IOException("another byte came back");
            }
        }
        channel.close();
        selector.selectNow();
        if (!selector.keys().isEmpty() || channel.isRegistered()) {
            throw new IOException("keys are left: " + selector.keys());
        }
    }
}
