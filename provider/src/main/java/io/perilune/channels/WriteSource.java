package io.perilune.channels;

import io.perilune.loop.UserSocket;
import io.perilune.zerocopy.PacketBytes;
import java.nio.ByteBuffer;

/**
 * Where the bytes of one writing operation come from: one buffer, several, or, uncopied, pieces of packet memory. Used
 * again by the next; guarded by the writer's lock.
 */
final class WriteSource {

    private ByteBuffer one;
    private ByteBuffer[] many;
    private PacketBytes[] pieces;
    private int offset;
    private int length;

    WriteSource buffer(ByteBuffer source) {
        one = source;
        return this;
    }

    WriteSource buffers(ByteBuffer[] sources, int first, int count) {
        many = sources;
        offset = first;
        length = count;
        return this;
    }

    /** All of them are looked at before one is written. */
    WriteSource pieces(PacketBytes[] sources, int first, int count) {
        for (int i = first; i < first + count; i++) {
            sources[i].buffer();
        }
        pieces = sources;
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

    /** Whether all is written. */
    boolean isEmpty() {
        if (one != null) {
            return !one.hasRemaining();
        }
        if (pieces != null) {
            return length == 0;
        }
        boolean empty = true;
        for (int i = offset; i < offset + length; i++) {
            empty &= !many[i].hasRemaining(); // all of them: a null is found before anything is written
        }
        return empty;
    }

    /** Writes what there is room for: what the socket's write returns, or how many pieces, which are left out next time. */
    long writeTo(UserSocket socket) {
        if (one != null) {
            return socket.write(one);
        }
        if (many != null) {
            return socket.write(many, offset, length);
        }
        int count = socket.packets().write(pieces, offset, length);
        if (count > 0) {
            offset += count;
            length -= count;
        }
        return count;
    }
}
