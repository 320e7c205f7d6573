package io.perilune.stream;

import io.perilune.zerocopy.PacketBytes;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * A TCP connection in the hands of a {@link StreamHandler}. What is written in a handler's calls leaves in one burst when
 * the handlers of the turn have run; Nagle's algorithm is off.
 *
 * <p>Threads: all methods are for the thread of the streams, which is where handlers and {@link #execute tasks} run, but
 * for those that say "any thread". Others get an {@link IllegalStateException} that names both threads. After the
 * stream is over nothing happens any more: writes take nothing.
 */
public interface Stream {

    /**
     * Sends bytes without a copy: those that this or another stream has received, those of a zero-copy channel of Perilune's,
     * or memory from {@link #allocate}. What remains in their buffer is sent, all of it or nothing. With the setting {@code
     * queues} above 1, those of a connection on another shard are copied, and may be taken in part: what is left remains in
     * their buffer.
     *
     * @return true if they were taken: they are the stream's then, which releases them when the peer has acknowledged all of
     *     them. False if not: they are still the caller's, who tries again in {@link StreamHandler#writable}, or releases them
     *     if the stream is not {@linkplain #isOpen open} any more
     * @throws IllegalStateException if they have been released or written before
     */
    boolean write(PacketBytes bytes);

    /**
     * Sends bytes by copying them. The buffer's position moves on by what was taken.
     *
     * @return how many were taken; if not all were, {@link StreamHandler#writable} is called when there is room again, unless
     *     the stream is not {@linkplain #isOpen open} any more
     */
    int write(ByteBuffer source);

    /**
     * Lends memory to be filled and written: the length of one packet buffer, some 1,900 bytes at an MTU of 1500.
     *
     * @return what must be written or released; or null if packet memory is short now, or programs hold half of all of it:
     *     write by copying then, which tells when there is room
     */
    PacketBytes allocate();

    /** Returns how many bytes were written and not yet acknowledged by the peer. */
    int pending();

    /** Returns whether writes may be taken: it is connected or being connected, not closed and not failed. */
    boolean isOpen();

    /**
     * Has {@link StreamHandler#data} called no more, once the present call returns: what comes fills the receive buffer and
     * then the peer must wait. A failure of the connection is told all the same, and ends what was not told.
     */
    void pauseReading();

    /** Undoes {@link #pauseReading}; what has come meanwhile is told soon, not from within this call. */
    void resumeReading();

    /** Sends the end of the stream behind what was written; the peer's data is still received. */
    void shutdownOutput();

    /**
     * Closes in order: what was written still gets to the peer, nothing more is told but {@link StreamHandler#closed}, soon.
     * If received bytes have not been told yet (reading is paused) the peer gets a reset, as of any socket.
     */
    void close();

    /** Resets the connection and drops what was written. Only {@link StreamHandler#closed} follows. */
    void abort();

    /** Returns this side's address. Any thread. */
    InetSocketAddress localAddress();

    /** Returns the peer's address. Any thread. */
    InetSocketAddress remoteAddress();

    /** Returns what was attached, null at first. */
    Object attachment();

    /** Attaches whatever the program likes. */
    void attach(Object attachment);

    /**
     * Has a task run on the thread of the streams, between handlers, soon: the way for other threads to come back to a
     * stream. Any thread. What it throws is counted and logged, and no stream suffers. The stream may be over when it runs.
     *
     * @throws java.util.concurrent.RejectedExecutionException if there is no such thread any more, for nothing is open
     */
    void execute(Runnable task);
}
