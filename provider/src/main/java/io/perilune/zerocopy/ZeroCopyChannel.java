package io.perilune.zerocopy;

import java.io.IOException;
import java.nio.channels.Channel;

/**
 * A socket channel whose bytes need not be copied. Each {@code SocketChannel} of Perilune's is one: test it by {@code
 * instanceof}, then ask {@link #isZeroCopy} once it is connected, for a connection of the kernel's TCP can only be read
 * and written.
 *
 * <pre>{@code
 * PacketBytes[] pieces = new PacketBytes[32];
 * int count = from.take(pieces, 0, pieces.length); // as read: blocks, or returns 0
 * if (count > 0) {
 *     int written = to.write(pieces, 0, count); // these are the channel's, and null in the array
 *     // pieces[written] to pieces[count - 1] found no room: to be written later, or released
 * }
 * }</pre>
 *
 * <p>The methods obey the channel's blocking mode as {@code read} and {@code write} do, are mixed with these at will, and
 * throw what these throw: {@code NotYetConnectedException}, {@code ClosedChannelException}, {@code
 * AsynchronousCloseException}, {@code ClosedByInterruptException}, and {@code IOException} with the reason when the
 * connection failed. Readiness in selectors is the channel's: OP_READ while there is something to take, OP_WRITE while
 * there is room. Any thread; one may take while another writes.
 */
public interface ZeroCopyChannel extends Channel {

    /** Returns whether the channel is connected over Perilune's TCP, and open. */
    boolean isZeroCopy();

    /**
     * Takes received bytes, one piece for each packet buffer they lie in. Bytes that are taken are read: they are not there
     * for {@code read} any more.
     *
     * @param destination where the pieces go; each is the caller's, to be released or written once
     * @param offset the index of the first
     * @param length how many at most
     * @return how many pieces, at least 1 in blocking mode; 0 if there is nothing now, or length is 0; -1 at the end of
     *     the stream, which comes behind the last piece, and after {@code shutdownInput}
     * @throws BufferSpaceException if the program holds as much as it may; also in blocking mode, which does not wait for
     *     that. The bytes stay there to be taken, or to be read. The channel stays ready
     * @throws UnsupportedOperationException if the connection is the kernel's
     * @throws IOException as {@code read}; nothing is taken then
     * @throws IndexOutOfBoundsException if the array is too short for offset and length
     * @throws ArrayStoreException if it is an array of a subtype
     */
    int take(PacketBytes[] destination, int offset, int length) throws IOException;

    /**
     * Lends memory to be filled: the length of one packet buffer, some 1,900 bytes at an MTU of 1500. It need not be
     * written to this channel: any of the same stack takes it. Never blocks.
     *
     * @return what must be written or released, or null if connections make packet memory short now: try again a little
     *     later, or write by copying
     * @throws BufferSpaceException if the program holds as much as it may
     * @throws UnsupportedOperationException if the connection is the kernel's
     * @throws IOException as {@code write}, if the channel is not open or the stack has ended
     */
    PacketBytes allocate() throws IOException;

    /**
     * Sends pieces from where they lie, received ones of this or another channel too. Of each the bytes that remain in
     * its buffer are sent; one without any ends as if it had been. A piece is taken whole or not at all. Each that is
     * taken is the channel's, which ends it when its peer has acknowledged it all; it fills the send buffer
     * (SO_SNDBUF) from then on, and the receive buffer that it came from no longer.
     *
     * <p>With the setting {@code queues} above 1 connections lie on several shards, which share no memory: a piece of another
     * shard's is copied, and may be taken in part; what is left remains in its buffer.
     *
     * @param source the pieces; null takes the place of each one taken, so that after an exception, too, those left in the
     *     array are the caller's
     * @param offset the index of the first
     * @param length how many
     * @return how many pieces were taken, in order; all of them in blocking mode, unless the connection failed or the
     *     channel was closed meanwhile; 0 if there is no room now
     * @throws UnsupportedOperationException if the connection is the kernel's
     * @throws IllegalStateException if a piece has been released or written before; none is taken then (but the first, if
     *     the array has the same one twice)
     * @throws IllegalArgumentException if one is another stack's, or no piece of Perilune's; those before it are taken
     * @throws IndexOutOfBoundsException if the array is too short for offset and length; or if position or limit of a
     *     buffer were moved out of the piece: those before it are taken
     * @throws IOException as {@code write}
     */
    int write(PacketBytes[] source, int offset, int length) throws IOException;
}
