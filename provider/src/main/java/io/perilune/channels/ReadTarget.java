package io.perilune.channels;

import io.perilune.loop.PacketTransfer;
import io.perilune.loop.UserSocket;
import io.perilune.zerocopy.BufferSpaceException;
import io.perilune.zerocopy.PacketBytes;
import java.nio.ByteBuffer;

/**
 * Where the bytes of one reading operation go: one buffer, several, or, uncopied, places for pieces. Used again by the
 * next; guarded by the reader's lock.
 */
final class ReadTarget {

    private ByteBuffer one;
    private ByteBuffer[] many;
    private PacketBytes[] pieces;
    private int offset;
    private int length;

    /** How many pieces were stored. */
    private int taken;

    ReadTarget buffer(ByteBuffer destination) {
        one = destination;
        return this;
    }

    ReadTarget buffers(ByteBuffer[] destinations, int first, int count) {
        many = destinations;
        offset = first;
        length = count;
        return this;
    }

    ReadTarget pieces(PacketBytes[] destinations, int first, int count) {
        pieces = destinations;
        taken = 0;
        offset = first;
        length = count;
        return this;
    }

    /** The operation is over: keeps nothing of its caller's alive. */
    void clear() {
        one = null;
        many = null;
        pieces = null;
    }

    /** The operation fails, and its caller gets nothing. */
    void releaseTaken() {
        for (int i = offset; i < offset + taken; i++) {
            pieces[i].release();
            pieces[i] = null;
        }
        taken = 0;
    }

    /** Whether anything can be read at all. */
    boolean hasRoom() {
        if (one != null) {
            return hasRoom(one);
        }
        if (pieces != null) {
            return length > 0;
        }
        boolean room = false;
        for (int i = offset; i < offset + length; i++) {
            room |= hasRoom(many[i]);
        }
        return room;
    }

    private static boolean hasRoom(ByteBuffer destination) {
        if (destination.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
        return destination.hasRemaining();
    }

    /** Reads what is there: what the socket's read returns, or how many pieces. */
    long readFrom(UserSocket socket) throws BufferSpaceException {
        if (one != null) {
            return socket.read(one);
        }
        if (many != null) {
            return socket.read(many, offset, length);
        }
        int count = socket.packets().take(pieces, offset, length);
        taken = Math.max(0, count);
        if (count == PacketTransfer.LOANS_FULL) {
            throw socket.packets().full();
        }
        return count;
    }
}
