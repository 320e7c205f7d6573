/**
 * DPDK ports behind link's interfaces, by JNI.
 *
 * <p>The start: {@link io.perilune.dpdk.DpdkLinks} reads the settings ({@code LinkName}), loads the library ({@link
 * io.perilune.dpdk.NativeLoader}, which refuses one whose {@code NativeLayout} is not that of the classes), looks for
 * what it can say in better words than DPDK, starts DPDK ({@code Eal} with {@code EalArguments}) and opens a {@link
 * io.perilune.dpdk.DpdkLink}. A tap's other end is set up by {@code KernelSide}, a memif's socket is checked by
 * {@code MemifSocket}.
 *
 * <p>A frame's way in: rxBurst of {@code native-src/src/burst.c} writes cell, offset and length into the {@code
 * BurstArray}; {@code DpdkQueue} makes it a buffer of its pool. The same way out: a descriptor each, one call a
 * burst; a frame of which Java keeps a reference is marked, and its cell is free when both sides are done. {@link
 * io.perilune.dpdk.EventSleeper} is how a driver waits.
 *
 * <p>The border: {@code Native} has all the native methods, with the cost of each. C believes no handle, index,
 * length or descriptor that it gets, and every failure is an exception in words. {@link
 * io.perilune.dpdk.JdkInternals}, with a library of its own, reaches the JDK's own channels.
 *
 * <p>Imports link, memory and the leaves; only the root imports it.
 */
package io.perilune.dpdk;
