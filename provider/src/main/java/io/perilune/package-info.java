/**
 * A TCP stack in user space behind java.nio: the way of a packet, file by file. Read this page first, then {@code
 * loop/Shard.java}.
 *
 * <p><b>In.</b> A frame arrives at a link: {@code native-src/src/burst.c} asks DPDK for up to 32 at once, and {@code
 * dpdk.DpdkQueue} makes each a {@link io.perilune.memory.PacketBuffer} in a {@link io.perilune.link.Burst}. One turn
 * of the loop, {@code loop.Shard#turn}, takes the burst through {@link io.perilune.ether.EthernetInput}, {@code
 * ip.Ipv4Input} and {@code tcp.TcpInput}, each of which checks every field before it believes it, to the connection
 * ({@code tcp.TcpSynchronizedInput}, in the order of RFC 9293 §3.10.7.4). Its data waits in {@code tcp.ReceiveQueue};
 * its owner, {@link io.perilune.loop.UserSocket}, becomes ready; {@link io.perilune.channels.PeriluneSelector}
 * returns from select(); the program reads, which is the only copy.
 *
 * <p><b>Out.</b> A write copies into packet memory, {@code tcp.SendQueue}. {@code tcp.TcpOutput} decides what may
 * leave, {@code tcp.SegmentWriter}, {@code ip.Ipv4Output} and {@link io.perilune.ether.EthernetOutput} put their
 * headers before it, {@link io.perilune.link.TransmitQueue} gathers the frames, and the turn ends with one burst to
 * the link.
 *
 * <p><b>Whose thread.</b> The program's: a thread that waits in select(), read() or accept() runs the loop meanwhile
 * ({@link io.perilune.loop.UserStack#await}). No other thread is needed; a housekeeper stands in while none waits.
 *
 * <p><b>Here</b> are the doors: {@link io.perilune.PeriluneSelectorProvider}, which a JVM is started with, {@link
 * io.perilune.Perilune}, which tells what runs, {@code Bootstrap}, which reads the settings, opens the link and puts
 * all together, and {@code ExitHook}, by which nothing written is lost.
 *
 * <p>Each package says the same of its own files, and imports only what stands left of it: time, config, metrics;
 * memory; link; ether; ip; tcp; loop; channels; stream; this one. {@code dpdk} and {@code trace} are imported here alone.
 * {@code provider/ARCHITECTURE.md} has the long form, with the two worlds and the start and end.
 */
package io.perilune;
