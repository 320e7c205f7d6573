package io.perilune.examples;

import io.perilune.zerocopy.BufferSpaceException;
import io.perilune.zerocopy.PacketBytes;
import io.perilune.zerocopy.ZeroCopyChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/**
 * The bytes on their way from one channel to the other, which do not block. What the other does not take yet is held
 * here, and no more is taken: the sender's window shuts. They are copied, by read and write, only where one of the
 * channels is the kernel's, or while the program holds as much packet memory as it may.
 */
final class Direction {

    /** How many pieces are held at most: with 1448 bytes in each, some 90 KiB. */
    private static final int MOST_PIECES = 64;

    private static final int COPY_LENGTH = 64 << 10;
    /** How often it goes on before others have their turn. */
    private static final int ROUNDS = 16;

    private final SocketChannel from;
    private final SocketChannel to;
    private final boolean zeroCopy;

    // One of these holds bytes, or none.
    private final PacketBytes[] pieces = new PacketBytes[MOST_PIECES];
    private int first;
    private int end;
    private ByteBuffer copied;

    private boolean ended;
    private boolean done;

    /** Both are connected. */
    Direction(SocketChannel from, SocketChannel to) {
        this.from = from;
        this.to = to;
        this.zeroCopy = isZeroCopy(from) && isZeroCopy(to);
    }

    private static boolean isZeroCopy(SocketChannel channel) {
        return channel instanceof ZeroCopyChannel && ((ZeroCopyChannel) channel).isZeroCopy();
    }

    /** Forwards what there is, as far as it is taken, and then the end. */
    void pump() throws IOException {
        for (int round = 0; round < ROUNDS && !done; round++) {
            if (isEmpty() && !ended) {
                receive();
            }
            if (isEmpty()) {
                break;
            }
            send();
            if (!isEmpty()) {
                break;
            }
        }
        if (ended && isEmpty() && !done) {
            to.shutdownOutput(); // the other direction goes on
            done = true;
        }
    }

    private void receive() throws IOException {
        int count;
        if (zeroCopy) {
            try {
                count = ((ZeroCopyChannel) from).take(pieces, 0, MOST_PIECES);
                first = 0;
                end = Math.max(count, 0);
            } catch (BufferSpaceException e) {
                count = read();
            }
        } else {
            count = read();
        }
        ended = count < 0;
    }

    private int read() throws IOException {
        if (copied == null) {
            copied = ByteBuffer.allocateDirect(COPY_LENGTH);
        }
        copied.clear();
        try {
            return from.read(copied);
        } finally {
            copied.flip();
        }
    }

    private void send() throws IOException {
        if (first < end) {
            first += ((ZeroCopyChannel) to).write(pieces, first, end - first);
        } else {
            to.write(copied);
        }
    }

    private boolean isEmpty() {
        return first == end && (copied == null || !copied.hasRemaining());
    }

    /** Whether the end has been passed on. */
    boolean isDone() {
        return done;
    }

    /** What the channel that it comes from is to be watched for. */
    int readInterest() {
        return isEmpty() && !ended ? SelectionKey.OP_READ : 0;
    }

    /** What the channel that it goes to is to be watched for. */
    int writeInterest() {
        return isEmpty() ? 0 : SelectionKey.OP_WRITE;
    }

    /** Gives up what is held. */
    void drop() {
        for (int i = first; i < end; i++) {
            if (pieces[i] != null) { // else a write took it before it failed
                pieces[i].release();
            }
        }
        first = 0;
        end = 0;
        copied = null;
        done = true;
    }
}
