/**
 * Frames as text, one line each, in the manner of tcpdump.
 *
 * <p>{@link io.perilune.trace.TraceLink} wraps any link and hands a line for each frame, sent or received, to whoever
 * wants it; {@link io.perilune.trace.PacketFormatter} makes the line, and is what a failed test shows. A frame that is
 * cut short or makes no sense is printed as far as it does: nothing here throws for what is on the wire.
 *
 * <p>For debugging: it allocates. Imports link and the headers of ether, ip and tcp; only the root and tests import it.
 */
package io.perilune.trace;
