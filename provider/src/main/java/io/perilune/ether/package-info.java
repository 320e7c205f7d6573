/**
 * Ethernet and the address resolution below IP.
 *
 * <p>A frame's way in: {@link io.perilune.ether.EthernetInput} checks its addresses and hands the packet to a {@link
 * io.perilune.ether.PacketReceiver} (IPv4) or to {@link io.perilune.ether.Arp}. A packet's way out: {@link
 * io.perilune.ether.EthernetOutput} asks the {@link io.perilune.ether.NeighborTable} for the next hop's link address,
 * and sends the frame, or leaves the packet with the table until the address is known.
 *
 * <p>The table asks for an address by its {@link io.perilune.ether.Solicitor} (ARP's requests), a limited number of
 * times; a bounded number of packets waits for each neighbor; what is given up goes to the {@link
 * io.perilune.ether.UnresolvedReceiver}, which makes it a "host unreachable". Nothing is learned from an answer for
 * which nobody asked (RFC 826, RFC 1122 §2.3.2.1).
 *
 * <p>{@link io.perilune.ether.EthernetHeader} and {@link io.perilune.ether.ArpHeader} are offsets and accessors on a
 * buffer; an Ethernet address is a long ({@link io.perilune.ether.MacAddress}). Owned by the shard's driver. Imports
 * link, memory and the leaves.
 */
package io.perilune.ether;
