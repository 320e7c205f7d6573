package io.perilune.metrics;

import java.util.Locale;

/** Everything that is counted, each with one sentence. A dropped frame always has a counter of its own kind. */
public enum Counter {
    RX_FRAMES("frames received from the link"),
    RX_BYTES("bytes of the frames received from the link"),
    TX_FRAMES("frames that the link took to send"),
    TX_BYTES("bytes of the frames that the link took to send"),
    DROP_TX_QUEUE_FULL("frames not sent because the link's queue stayed full"),
    DROP_NO_BUFFER("frames not sent because the pool had no free buffer"),
    DROP_ETHERNET_SHORT("frames received that are shorter than an Ethernet header"),
    DROP_ETHERNET_SOURCE("frames received whose source address is a group's or this link's own"),
    DROP_ETHERNET_DESTINATION("frames received for another station or an unknown group"),
    DROP_ETHERNET_TYPE("frames received of a type that is not spoken here"),
    DROP_IPV6_FRAMES("IPv6 frames received, which this stack does not speak"),
    DROP_ARP_MALFORMED("ARP packets received with a length, format or address that cannot be"),
    ARP_REQUESTS_SENT("ARP requests sent, announcements included"),
    ARP_REQUESTS_ANSWERED("ARP requests for this host's address, answered"),
    ARP_UNSOLICITED("ARP replies received that nobody had asked for; nothing is learned from them"),
    ARP_CONFLICTING_CLAIMS("ARP packets received that claim another link address for a known neighbor"),
    ARP_ADDRESS_CONFLICTS("ARP packets received in which another station uses this host's address"),
    ARP_SOLICITATIONS_LIMITED("ARP requests not sent because too many were sent in this second"),
    NEIGHBOR_EVICTIONS("neighbors forgotten because the table was full"),
    NEIGHBOR_FAILURES("neighbors that did not answer three solicitations"),
    DROP_NEIGHBOR_QUEUE_FULL("packets dropped because too many wait for one neighbor's link address"),
    DROP_NEIGHBOR_FAILED("packets dropped because the neighbor did not answer"),
    DROP_NEIGHBOR_EVICTED("packets dropped because the neighbor they waited for was forgotten"),
    IPV4_RECEIVED("IPv4 packets received and found good"),
    DROP_IPV4_HEADER("IPv4 packets received with a version, a length or options that cannot be"),
    DROP_IPV4_CHECKSUM("IPv4 packets received with a wrong header checksum"),
    DROP_IPV4_SOURCE("IPv4 packets received from an address that cannot be a sender, or this host's own"),
    DROP_IPV4_DESTINATION("IPv4 packets received for an address that is not this host's"),
    DROP_IPV4_BROADCAST("IPv4 packets received in a link broadcast or for a broadcast or multicast address"),
    DROP_IPV4_SOURCE_ROUTE("IPv4 packets received with a source route"),
    DROP_IPV4_FRAGMENT("IPv4 fragments received, which are not reassembled"),
    DROP_IPV4_PROTOCOL("IPv4 packets received of a protocol that is not spoken here"),
    DROP_NO_TRANSPORT("TCP segments received before TCP was there"),
    DROP_NO_ROUTE("packets not sent because no route leads to their destination"),
    DROP_SOURCE_LOOPBACK("packets not sent because their loopback source address must not leave this host"),
    DROP_TOO_BIG("packets not sent because they are longer than the link's MTU"),
    DROP_ICMP_MALFORMED("ICMP messages received with a length or checksum that cannot be"),
    DROP_ICMP_TYPE("ICMP messages received of a type that this host does not act on"),
    DROP_ICMP_QUOTE("ICMP errors received that do not quote a TCP segment of this host"),
    ICMP_ERRORS_RECEIVED("ICMP errors received that quote a TCP segment of this host"),
    ICMP_ECHO_REPLIES("echo requests answered"),
    DROP_ICMP_ECHO_LIMITED("echo requests not answered because there were too many"),
    ICMP_ERRORS_SENT("ICMP errors sent"),
    ICMP_ERRORS_LIMITED("ICMP errors not sent because there were too many"),
    PATH_MTU_LOWERED("path MTUs lowered because a router said so and TCP believed it"),
    LOOPBACK_FRAMES("frames that this host sent to itself over the loopback link"),
    LOOPBACK_BYTES("bytes of the frames that this host sent to itself over the loopback link"),
    ARP_RECEIVED("ARP packets received and found well-formed");

    private final String sentence;

    Counter(String sentence) {
        this.sentence = sentence;
    }

    /** Returns what is counted, as one sentence. */
    public String sentence() {
        return sentence;
    }

    /** Returns the name that reports print: lower case with dots, as {@code rx.frames}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
