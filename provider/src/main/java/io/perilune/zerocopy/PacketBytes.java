package io.perilune.zerocopy;

import java.nio.ByteBuffer;

/**
 * Bytes in packet memory, and one reference to the buffer they lie in: received ones, which are read-only, or memory to
 * be filled and written.
 *
 * <p>Lifetime: whoever has it {@linkplain #release releases} it once, or gives it to a channel by a write that takes it.
 * Until then nobody else uses that memory, however long it takes; afterwards neither it nor its buffer may be touched,
 * for both serve other bytes soon (the object too is used again). It is not collected: one that is lost is lost for the
 * life of the stack. With {@code memory.debug} use after release is found.
 *
 * <p>What a program holds is bounded. Received bytes fill the receive buffer of their connection until they are released,
 * so that the peer is slowed down; all that is held together is at most half of the packet memory.
 *
 * <p>Threads: any may have it, one at a time.
 */
public interface PacketBytes {

    /**
     * Returns the bytes, from the buffer's position to its limit. They do not begin at index 0: what lies before the
     * position and behind the limit at first is not this one's. The position may be moved on, and the limit set back;
     * memory to be filled is filled relative to the position, and then {@linkplain #filled cut}. The same object each
     * time.
     *
     * @throws IllegalStateException if this was released or written
     */
    ByteBuffer buffer();

    /** Returns how many bytes remain in the buffer: those that a write sends. */
    default int remaining() {
        return buffer().remaining();
    }

    /**
     * Ends the filling: the bytes are those from where the buffer began to its present position, as with
     * {@link ByteBuffer#flip}.
     *
     * @return this
     * @throws IllegalStateException if this was released or written
     */
    PacketBytes filled();

    /**
     * Returns a second reference to the bytes that remain, for another holder or another channel; both are read-only from
     * now on. It fills no connection's receive buffer, but counts as held.
     *
     * @throws IllegalStateException if this was released or written, or if the program holds as much as it may
     */
    PacketBytes share();

    /**
     * Ends this reference. Any thread; may take a microsecond while another thread works in the stack.
     *
     * @throws IllegalStateException if it has ended before
     */
    void release();
}
