/**
 * DPDK ports behind link's interfaces, by JNI.
 *
 * <p>In order: {@link io.perilune.dpdk.DpdkLinks} reads the settings, loads the library ({@link
 * io.perilune.dpdk.NativeLoader}), starts DPDK (Eal, with EalArguments) and opens a {@link io.perilune.dpdk.DpdkLink}.
 * A frame then comes from rxBurst of {@code native-src/src/burst.c} through the BurstArray into DpdkQueue, which makes
 * it a PacketBuffer of its pool, and goes back the same way. {@link io.perilune.dpdk.EventSleeper} is how a driver
 * waits. Imports link, memory and the leaves; only the root imports it.
 */
package io.perilune.dpdk;
