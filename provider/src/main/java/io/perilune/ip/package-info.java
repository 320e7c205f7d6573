/**
 * The Internet layer: IPv4 and IPv6 in and out, ICMP of both, fragments, neighbor discovery, checksums, routes.
 *
 * <p>A packet's way in: {@link io.perilune.ip.InternetLayer#receive} -> Ethernet -> {@code Ipv4Input} or {@code
 * Ipv6Input}, with {@code Ipv6ExtensionHeaders}, checks every field; {@code Reassembler} keeps fragments until they are
 * whole -> {@link io.perilune.ip.TransportReceiver}, {@code Icmpv4} or {@code Icmpv6}. Out: {@link
 * io.perilune.ip.IpSender#send} is {@code IpOutput}, which leaves it to {@code Ipv4Output} or {@code Ipv6Output}: route
 * ({@link io.perilune.ip.RouteTable}, {@link io.perilune.ip.Ipv6Routes}), header, next hop, Ethernet; what this host
 * sends to itself goes to the loopback queue.
 *
 * <p>{@code NeighborDiscovery} does for IPv6 what ARP does for IPv4, with the same table, and checks that nobody else
 * has this host's addresses; {@code MulticastListener} reports the groups it needs for that. Who learns of a path's MTU
 * keeps it in {@code PathMtuCache}.
 *
 * <p>Addresses are two longs, the high and the low half of an IPv6 address; an IPv4 address is its IPv4-mapped form
 * (RFC 4291 §2.5.5.2), and an int inside this package's IPv4 classes. Imports ether, link, memory and the leaves.
 */
package io.perilune.ip;
