package io.perilune.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** Echoes, or serves blocks, by {@code java.nio} alone. */
public final class NioServer {

    private NioServer() {}

    /** Runs until its client has done its phases: ADDRESS PORT select|spin echo|blocks LENGTH CONNECTIONS. */
    public static void main(String[] words) throws IOException {
        ParentWatch.start();
        SessionServer.ServerArguments arguments = SessionServer.ServerArguments.of(words);
        SessionServer.run(arguments, maker(arguments));
    }

    /** Returns what serves its connections. */
    static Session.Maker maker(SessionServer.ServerArguments arguments) {
        if (arguments.service() == Service.ECHO) {
            return (channel, key) -> new Echo(channel, key, arguments.length());
        }
        ByteBuffer store = store(arguments.length());
        return (channel, key) -> new Blocks(channel, key, store, arguments.length());
    }

    /** Returns all blocks, one behind the other. */
    static ByteBuffer store(int length) {
        ByteBuffer store = ByteBuffer.allocateDirect(Service.BLOCK_COUNT * length);
        for (int i = 0; i < Service.BLOCK_COUNT; i++) {
            Service.fill(store.limit((i + 1) * length).position(i * length), i);
        }
        return store;
    }

    /** Sends back what comes. */
    private static final class Echo implements Session {

        private final SocketChannel channel;
        private final SelectionKey key;
        private final ByteBuffer buffer;

        Echo(SocketChannel channel, SelectionKey key, int length) {
            this.channel = channel;
            this.key = key;
            buffer = ByteBuffer.allocateDirect(length).limit(0);
        }

        @Override
        public boolean proceed() throws IOException {
            boolean waited = buffer.hasRemaining();
            if (!waited) {
                int count = channel.read(buffer.clear());
                buffer.flip();
                if (count < 0) {
                    return false;
                }
            }
            channel.write(buffer);
            if (waited != buffer.hasRemaining()) {
                key.interestOps(waited ? SelectionKey.OP_READ : SelectionKey.OP_WRITE);
            }
            return true;
        }
    }

    /** Reads a request, answers it, and reads the next. */
    private static final class Blocks implements Session {

        private final SocketChannel channel;
        private final SelectionKey key;
        private final int length;
        private final ByteBuffer request = ByteBuffer.allocateDirect(Service.REQUEST_LENGTH);
        private final ByteBuffer answer;

        Blocks(SocketChannel channel, SelectionKey key, ByteBuffer store, int length) {
            this.channel = channel;
            this.key = key;
            this.length = length;
            answer = store.duplicate().limit(0);
        }

        @Override
        public boolean proceed() throws IOException {
            boolean waited = answer.hasRemaining();
            if (!waited) {
                if (channel.read(request) < 0) {
                    return false;
                }
                if (request.hasRemaining()) {
                    return true;
                }
                int start = Math.toIntExact(request.getLong(0)) * length;
                answer.limit(start + length).position(start);
                request.clear();
            }
            channel.write(answer);
            if (waited != answer.hasRemaining()) {
                key.interestOps(waited ? SelectionKey.OP_READ : SelectionKey.OP_WRITE);
            }
            return true;
        }
    }
}
