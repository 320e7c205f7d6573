package io.perilune.zerocopy;

import java.io.IOException;
import java.nio.channels.Channel;

/**
 * A socket channel whose bytes need not be copied. Each {@code SocketChannel} of Perilune is one: test it by {@code
 * instanceof}, then ask {@link #isZeroCopy} once it is connected, for a connection of the kernel's TCP can only be read
 * and written.
 *
 * <p>The methods obey the channel's blocking mode, are mixed with {@code read} and {@code write} at will, and throw what
 * those throw: {@code NotYetConnectedException}, {@code ClosedChannelException}, {@code AsynchronousCloseException},
 * {@code ClosedByInterruptException}, and {@code IOException} with the reason when the connection failed. Readiness is
 * the channel's, in the same selectors. Any thread; one may take while another writes.
 */
public interface ZeroCopyChannel extends Channel {

    /** Returns whether the channel is connected over Perilune's TCP. */
    boolean isZeroCopy();

    /**
     * Takes received bytes, one piece for each packet buffer they lie in.
     *
     * @param destination where the pieces go; each is the caller's to release
     * @param offset the index of the first
     * @param length how many at most
     * @return how many pieces, at least 1 in blocking mode; 0 if there is nothing now, or length is 0; -1 at the end of
     *     the stream
     * @throws java.net.SocketException "No buffer space available" if the program holds as much as it may: it must
     *     release something first, and loses nothing
     * @throws UnsupportedOperationException if the connection is the kernel's
     */
    int take(PacketBytes[] destination, int offset, int length) throws IOException;

    /**
     * Lends memory to be filled: the length of one packet buffer, some 1,900 bytes at an MTU of 1500.
     *
     * @return what must be written or released, or null if packet memory is short now: try again when something was
     *     acknowledged, or write by copying
     * @throws java.net.SocketException "No buffer space available" if the program holds as much as it may
     * @throws UnsupportedOperationException if the connection is the kernel's
     */
    PacketBytes allocate() throws IOException;

    /**
     * Sends pieces from where they lie, received ones of this or another channel too. Of each the bytes that remain in
     * its buffer are sent; one that was taken is the channel's, which releases it when its peer has acknowledged all of
     * it. A piece is taken whole or not at all.
     *
     * @param source the pieces
     * @param offset the index of the first
     * @param length how many
     * @return how many pieces were taken, in order; all of them in blocking mode, unless the connection failed meanwhile;
     *     0 if there is no room now
     * @throws UnsupportedOperationException if the connection is the kernel's
     * @throws IllegalStateException if a piece has been released or written before; those before it are taken
     */
    int write(PacketBytes[] source, int offset, int length) throws IOException;
}
