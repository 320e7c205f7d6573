/**
 * The Internet layer: IPv4 in and out, ICMP, checksums, routes.
 *
 * <p>Addresses are two longs, the high and the low half of an IPv6 address; an IPv4 address is its IPv4-mapped form
 * (RFC 4291 §2.5.5.2). Imports ether, link, memory and the leaves.
 */
package io.perilune.ip;
