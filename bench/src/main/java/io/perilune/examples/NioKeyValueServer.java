package io.perilune.examples;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;

/** The key-value server in stock java.nio: one thread, one selector. It knows nothing of Perilune. */
public final class NioKeyValueServer implements AutoCloseable {

    private static final int BACKLOG = 1_024;
    private static final int INPUT_LENGTH = 64 << 10;

    private final RespInterpreter interpreter = new RespInterpreter(new KeyValueStore());
    private final ByteBuffer replies = RespSession.newReplies();
    private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_LENGTH);
    private final Selector selector;
    private final ServerSocketChannel server;

    NioKeyValueServer(Selector selector, ServerSocketChannel server, InetSocketAddress address) throws IOException {
        this.selector = selector;
        this.server = server;
        server.bind(address, BACKLOG);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
    }

    /** Serves until it is killed: ADDRESS PORT. Prints a line that begins with "ready". */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        try (NioKeyValueServer server = new NioKeyValueServer(Selector.open(), ServerSocketChannel.open(), address)) {
            System.out.println("ready on " + server.server.getLocalAddress());
            server.serve();
        }
    }

    /** Serves until it is closed by another thread. */
    void serve() throws IOException {
        while (selector.isOpen()) {
            selector.select();
            if (!selector.isOpen()) {
                return;
            }
            Iterator<SelectionKey> ready = selector.selectedKeys().iterator();
            while (ready.hasNext()) {
                SelectionKey key = ready.next();
                ready.remove();
                if (!key.isValid()) {
                    continue;
                }
                if (key.isAcceptable()) {
                    accept();
                } else {
                    serve(key);
                }
            }
        }
    }

    private void accept() throws IOException {
        SocketChannel channel;
        while ((channel = server.accept()) != null) {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            RespSession session = new RespSession(interpreter, replies, channel::write);
            channel.register(selector, SelectionKey.OP_READ, session);
        }
    }

    private void serve(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            RespSession session = (RespSession) key.attachment();
            RespSession.Next next;
            if (key.isWritable()) {
                next = session.resume();
            } else {
                if (channel.read(input.clear()) < 0) {
                    channel.close();
                    return;
                }
                next = session.receive(input.flip());
            }
            if (next == RespSession.Next.CLOSE) {
                channel.close();
                return;
            }
            int wanted = next == RespSession.Next.READ ? SelectionKey.OP_READ : SelectionKey.OP_WRITE;
            if (key.interestOps() != wanted) {
                key.interestOps(wanted);
            }
        } catch (IOException | CancelledKeyException e) {
            channel.close(); // this client has reset the connection, for the most part, or the server is closed
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
        server.close();
    }
}
