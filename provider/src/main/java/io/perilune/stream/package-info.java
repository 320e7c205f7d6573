/**
 * Streams: TCP connections whose handlers run inside packet processing (inline-r2c), for programs in which each message is
 * little work, and a thread that waits in a selector would cost more than that.
 *
 * <p>{@link io.perilune.Perilune#streams} gives {@link io.perilune.stream.Streams}, which listens and connects; a program
 * writes a {@link io.perilune.stream.StreamHandler}, which is called with a {@link io.perilune.stream.Stream} and with the
 * bytes as they lie in packet memory. All that runs on one thread, which first takes a burst of frames through TCP, then
 * calls the handlers of what came, then sends what they wrote in one burst. There is no lock, no queue and no thread switch
 * between the card and the handler, and no copy where the handler asks for none.
 *
 * <p>What happens below is in {@code loop}: {@link io.perilune.loop.InlineSocket} and {@link
 * io.perilune.loop.InlineListener}. Imports channels (for the JDK's exceptions), loop and tcp's options.
 */
package io.perilune.stream;
