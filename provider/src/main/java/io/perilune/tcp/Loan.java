package io.perilune.tcp;

import io.perilune.memory.PacketBuffer;
import java.nio.ByteBuffer;

/**
 * Bytes in packet memory that a connection's user holds, with one reference to their buffer: received ones that it took
 * ({@link TcpConnection#take}), or memory that it asked for ({@link Tcp#lend}). What is held of a connection's data still
 * fills its receive buffer, so the window does not open for it; and all loans of a shard together are bounded.
 *
 * <p>Mutable and used again: it is empty until one of those methods fills it and again after {@link TcpConnection#write}
 * or {@link Tcp#giveBack}. Owned by the shard's driver while it changes; its bytes may be looked at by any thread that
 * has it.
 */
public final class Loan {

    PacketBuffer buffer;
    int offset;
    int length;
    /** What it fills of the receive buffer of this connection, in bytes; null for memory that was asked for. */
    TcpConnection from;

    int charge;

    /** Returns whether it holds nothing. */
    public boolean isEmpty() {
        return buffer == null;
    }

    /** Returns the memory in which the bytes lie: absolute access only. */
    public ByteBuffer bytes() {
        return buffer.bytes();
    }

    /** Returns the position of the first byte. */
    public int offset() {
        return offset;
    }

    /** Returns how many bytes there are. */
    public int length() {
        return length;
    }

    /** Makes a view of the whole buffer, and of nothing else: its index 0 is at {@link #base} in {@link #bytes}. */
    public ByteBuffer slice() {
        return buffer.bytes().slice(buffer.base(), buffer.capacity());
    }

    /** Returns where the buffer begins in {@link #bytes}. */
    public int base() {
        return buffer.base();
    }

    /** Returns the buffer's number, unique within its pool. */
    public int cell() {
        return buffer.cell();
    }

    /**
     * Narrows it to a part of its bytes.
     *
     * @param skipped how many are left out at the front
     * @param newLength how many remain
     */
    public void narrow(int skipped, int newLength) {
        if (skipped < 0 || newLength < 0 || skipped + newLength > length) {
            throw new IndexOutOfBoundsException("[" + skipped + ", +" + newLength + ") of " + length);
        }
        offset += skipped;
        length = newLength;
    }

    /** Moves what it holds to an empty one. */
    public void moveTo(Loan other) {
        assert other.isEmpty() : "a loan in use";
        other.set(buffer, offset, length);
        other.from = from;
        other.charge = charge;
        buffer = null;
        from = null;
        length = 0;
    }

    void set(PacketBuffer newBuffer, int newOffset, int newLength) {
        buffer = newBuffer;
        offset = newOffset;
        length = newLength;
    }
}
