package io.perilune.zerocopy;

import java.nio.ByteBuffer;

/**
 * A piece of packet memory with bytes in it, and one reference to the packet buffer they lie in: received bytes, which
 * are read-only, or memory to be filled and written.
 *
 * <p>Lifetime: whoever has a piece ends it once, by {@link #release} or by a {@linkplain ZeroCopyChannel#write write} that
 * takes it. Until then nobody changes its bytes, however long it takes: neither the end of its connection nor that of the
 * channel nor that of the whole stack. Afterwards neither the piece nor its buffer may be touched, for memory and object
 * both serve other bytes soon, and a late {@code release} would end another's piece: use after the end is told at once
 * while nobody else has the object, and always with the setting {@code memory.debug}. Pieces are not collected: one that
 * is lost is lost as long as the stack runs.
 *
 * <p>Bounds: received bytes fill the receive buffer (SO_RCVBUF) of their connection until they are released or written, so
 * that a program that holds them slows down their peer, and no other. All pieces of a program together, shared ones and
 * those to be filled among them, hold at most half of the packet memory (the setting {@code memory}); at that bound
 * {@link BufferSpaceException} is thrown, nothing is lost, and reading and writing by copies goes on.
 *
 * <p>Threads: any may have it, one at a time, and {@link #release} it.
 */
public interface PacketBytes {

    /**
     * Returns the bytes, from the buffer's position to its limit: the same object each time, big-endian at first.
     * Received bytes do not begin at index 0, for headers lie before them; memory to be filled does. Position and limit
     * may be moved within these bounds, and what is between them is what a write sends and {@link #share} shares. A
     * duplicate or slice ends with the piece.
     *
     * @throws IllegalStateException if this was released or written
     */
    ByteBuffer buffer();

    /**
     * Returns how many bytes remain in the buffer: those that a write sends.
     *
     * @throws IllegalStateException if this was released or written
     */
    default int remaining() {
        return buffer().remaining();
    }

    /**
     * Ends the filling: the bytes are those from where the buffer began to its present position, as with
     * {@link ByteBuffer#flip}. Memory that was not filled must not be written: what other packets left there would be
     * sent.
     *
     * @return this
     * @throws IllegalStateException if this was released or written
     */
    PacketBytes filled();

    /**
     * Returns a second reference to the bytes that remain, for another holder or another channel, which ends apart from
     * this one; both are read-only from now on, and of this one {@link #buffer} must be asked again. The second one fills
     * no connection's receive buffer, but counts as held.
     *
     * @throws IllegalStateException if this was released or written, or if the program holds as much as it may
     * @throws IndexOutOfBoundsException if position or limit were moved out of the piece
     */
    PacketBytes share();

    /**
     * Ends this reference; the bytes no longer fill their connection's receive buffer, whose peer hears of it at once if
     * it waits. Any thread, without blocking but for the microseconds that another thread works in the stack.
     *
     * @throws IllegalStateException if it has ended before
     */
    void release();
}
