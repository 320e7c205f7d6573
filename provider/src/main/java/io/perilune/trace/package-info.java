/**
 * Prints frames: {@link io.perilune.trace.TraceLink} those of a link, {@link io.perilune.trace.PacketFormatter} any
 * one.
 *
 * <p>Imports link and the headers of ether, ip and tcp; only the root imports it.
 */
package io.perilune.trace;
