/**
 * Ethernet and the address resolution below IP.
 *
 * <p>A frame's way in: {@link io.perilune.ether.EthernetInput} checks its addresses and hands the packet to a {@link
 * io.perilune.ether.PacketReceiver} (IPv4) or to {@link io.perilune.ether.Arp}. A packet's way out: {@link
 * io.perilune.ether.EthernetOutput} asks the {@link io.perilune.ether.NeighborTable} for the next hop's link address,
 * and sends the frame, or leaves the packet with the table until the address is known. Imports link, memory and the
 * leaves.
 */
package io.perilune.ether;
