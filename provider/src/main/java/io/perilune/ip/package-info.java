/**
 * The Internet layer: IPv4 in and out, ICMP, checksums, routes.
 *
 * <p>A packet's way in: {@link io.perilune.ip.InternetLayer#receive} -> Ethernet -> {@code Ipv4Input} checks every
 * field -> {@link io.perilune.ip.TransportReceiver} or {@code Icmpv4}. Out: {@link io.perilune.ip.IpSender#send} is
 * {@code Ipv4Output}: route ({@link io.perilune.ip.RouteTable}), header, next hop, Ethernet; what this host sends to
 * itself goes to the loopback queue.
 *
 * <p>Addresses are two longs, the high and the low half of an IPv6 address; an IPv4 address is its IPv4-mapped form
 * (RFC 4291 §2.5.5.2), and an int inside this package's IPv4 classes. Imports ether, link, memory and the leaves.
 */
package io.perilune.ip;
