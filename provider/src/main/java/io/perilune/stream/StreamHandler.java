package io.perilune.stream;

import io.perilune.zerocopy.PacketBytes;

/**
 * What a program does with streams. Called on the thread of the streams, inside packet processing: while it runs no
 * other stream is served, nor any channel of Perilune's, nothing is received and nothing is sent.
 *
 * <p>So a handler may compute for some microseconds, write to this or any other stream, keep what it was given, hand work
 * to threads of its own and come back by {@link Stream#execute}. It must not wait: for a lock that is held for long, a
 * file, another socket, a future. It must not use channels or sockets that run on Perilune, which throw {@link
 * IllegalStateException} here; those of the kernel only where they do not block. With {@code perilune.stream.debug=true} a
 * handler that takes longer than 10 ms is told in the log, once for each class, with what it did at that moment.
 *
 * <p>The order of calls: {@link #opened}, then any of {@link #data}, {@link #writable} and, once, {@link #ended}, then
 * {@link #closed}, which is the last. A connection that could not be made has {@code closed} alone. No call comes from within
 * another, nor from within a method of {@link Stream}.
 *
 * <p>A handler that throws, whatever it throws, loses its stream and no other: the connection is reset, {@code closed} is
 * called with what was thrown, the counter {@code stream.handler.failures} grows, and the log has one line. One handler may
 * serve many streams: {@link Stream#attachment} is for what belongs to one.
 */
public interface StreamHandler {

    /** The connection is established. */
    default void opened(Stream stream) {}

    /**
     * Bytes have come. The handler owns them: it {@linkplain PacketBytes#release releases} them, {@linkplain
     * Stream#write(PacketBytes) writes} them, or keeps them as long as it likes, but not for ever: what is kept fills the
     * connection's receive buffer, so that the peer slows down, and once programs hold half of all packet memory nothing
     * more is handed out to any stream until something is released. If this throws, the bytes are released if they were
     * not yet.
     *
     * <p>One call for each packet buffer that bytes lie in: each segment for the most part, so that a small message that
     * came in one segment comes in one call, and allocates nothing. TCP keeps no boundaries, though: a message may come in
     * several, and several in one.
     */
    void data(Stream stream, PacketBytes bytes);

    /** There is room for at least a third of the send buffer again, after a write that was not, or not wholly, taken. */
    default void writable(Stream stream) {}

    /** The peer has ended its output, and {@link #data} has told all of it. Unless overridden this closes the stream. */
    default void ended(Stream stream) {
        stream.close();
    }

    /**
     * The stream is over; nothing follows. Called once. What of the stream's the handler has kept is to be released now, or
     * later.
     *
     * @param cause null if it ended in order, or by this side's {@link Stream#close} or {@link Stream#abort}; what the
     *     handler has thrown; or an IOException as the JDK's channels throw, for example "Connection reset", and
     *     {@link java.net.ConnectException} "Connection refused" if it could not be made
     */
    default void closed(Stream stream, Throwable cause) {}
}
