/**
 * Where frames come from and go to: the interfaces that a DPDK port, the loopback link and a simulated link implement,
 * and wrappers of any link.
 *
 * <p>A frame's way in: {@link io.perilune.link.LinkQueue#rxBurst} fills a {@link io.perilune.link.Burst}. Out: {@link
 * io.perilune.link.TransmitQueue} gathers frames and {@link io.perilune.link.LinkQueue#txBurst} sends them. {@link
 * io.perilune.link.LoopbackLink} brings a host's frames back to itself; {@link io.perilune.link.ImpairedLink} makes a
 * link a bad one; {@link io.perilune.link.ObservedLink} shows what passes, {@link io.perilune.link.PcapLink} writes it
 * to a file. Imports memory and the leaves.
 */
package io.perilune.link;
