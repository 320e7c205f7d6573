package io.perilune.bench;

import io.perilune.zerocopy.PacketBytes;
import io.perilune.zerocopy.ZeroCopyChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/** Echoes, or serves blocks, from where the bytes lie: what {@link NioServer} does, by Perilune's channels without a copy. */
public final class ZeroCopyServer {

    /** How many pieces are taken or written at once: those of 64 KiB in packets of 1500 bytes, and some. */
    private static final int PIECES_MAX = 64;

    private ZeroCopyServer() {}

    /** Runs until its client has done its phases: ADDRESS PORT select|spin echo|blocks LENGTH CONNECTIONS. */
    public static void main(String[] words) throws IOException {
        ParentWatch.start();
        SessionServer.ServerArguments arguments = SessionServer.ServerArguments.of(words);
        if (arguments.service() == Service.ECHO) {
            SessionServer.run(arguments, (channel, key) -> new Echo(zeroCopy(channel), key));
        } else {
            Store store = new Store(arguments.length());
            SessionServer.run(arguments, (channel, key) -> new Blocks(zeroCopy(channel), key, store));
        }
    }

    private static ZeroCopyChannel zeroCopy(SocketChannel channel) throws IOException {
        if (channel instanceof ZeroCopyChannel && ((ZeroCopyChannel) channel).isZeroCopy()) {
            return (ZeroCopyChannel) channel;
        }
        throw new IOException(channel + " copies: it is not Perilune's");
    }

    /** Pieces on their way out, and what they leave by. */
    private abstract static class Pieces implements Session {

        final ZeroCopyChannel channel;
        final PacketBytes[] pieces = new PacketBytes[PIECES_MAX];
        private final SelectionKey key;
        private int first;
        private int end;

        Pieces(ZeroCopyChannel channel, SelectionKey key) {
            this.channel = channel;
            this.key = key;
        }

        @Override
        public final boolean proceed() throws IOException {
            boolean waited = first < end;
            if (!waited) {
                first = 0;
                end = next();
                if (end < 0) {
                    return false;
                }
            }
            first += channel.write(pieces, first, end - first);
            if (waited != first < end) {
                key.interestOps(waited ? SelectionKey.OP_READ : SelectionKey.OP_WRITE);
            }
            return true;
        }

        /** Reads, and puts what is to be sent at the beginning of the pieces. Returns how many, or -1 at the end. */
        abstract int next() throws IOException;
    }

    /** Sends back what comes. */
    private static final class Echo extends Pieces {

        Echo(ZeroCopyChannel channel, SelectionKey key) {
            super(channel, key);
        }

        @Override
        int next() throws IOException {
            return channel.take(pieces, 0, pieces.length);
        }
    }

    /** Reads a request and answers it. The client has one outstanding, so that a piece never has more than one. */
    private static final class Blocks extends Pieces {

        private final ByteBuffer request = ByteBuffer.allocate(Service.REQUEST_LENGTH);
        private final Store store;

        Blocks(ZeroCopyChannel channel, SelectionKey key, Store store) {
            super(channel, key);
            this.store = store;
        }

        @Override
        int next() throws IOException {
            int count = channel.take(pieces, 0, 1);
            if (count <= 0) {
                return count;
            }
            request.put(pieces[0].buffer());
            pieces[0].release();
            if (request.hasRemaining()) {
                return 0;
            }
            request.clear();
            return store.share(channel, Math.toIntExact(request.getLong(0)), pieces);
        }
    }

    /** The blocks in packet memory: each is filled when it is asked for first, and shared from then on. */
    private static final class Store {

        private final int length;
        private final PacketBytes[][] blocks = new PacketBytes[Service.BLOCK_COUNT][];

        Store(int length) {
            this.length = length;
        }

        /** Puts further references to a block's pieces into an array, and returns how many. */
        int share(ZeroCopyChannel channel, int number, PacketBytes[] destination) throws IOException {
            PacketBytes[] block = blocks[number];
            if (block == null) {
                block = fill(channel, number);
                blocks[number] = block;
            }
            for (int i = 0; i < block.length; i++) {
                destination[i] = block[i].share();
            }
            return block.length;
        }

        private PacketBytes[] fill(ZeroCopyChannel channel, int number) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(length);
            Service.fill(bytes, number);
            PacketBytes[] pieces = new PacketBytes[PIECES_MAX];
            int count = 0;
            while (bytes.hasRemaining()) {
                PacketBytes piece = channel.allocate();
                if (piece == null) {
                    throw new IOException("packet memory is too short for " + Service.BLOCK_COUNT + " blocks");
                }
                ByteBuffer buffer = piece.buffer();
                int end = Math.min(bytes.limit(), bytes.position() + buffer.remaining());
                buffer.put(bytes.duplicate().limit(end));
                bytes.position(end);
                pieces[count++] = piece.filled();
            }
            return Arrays.copyOf(pieces, count);
        }
    }
}
