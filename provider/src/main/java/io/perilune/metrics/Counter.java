package io.perilune.metrics;

import java.util.Locale;

/** Everything that is counted, each with one sentence. A dropped frame always has a counter of its own kind. */
public enum Counter {
    RX_FRAMES("frames received from the link"),
    RX_BYTES("bytes of the frames received from the link"),
    TX_FRAMES("frames that the link took to send"),
    TX_BYTES("bytes of the frames that the link took to send"),
    DROP_LINK_RECEIVE(
            "frames that the link lost on receipt, by its driver's own count: no room, no memory, or too long"),
    LINK_SEND_ERRORS("times that the link's driver did not send a frame; one that it did not take counts each time"),
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
    TCP_SEGMENTS_RECEIVED("TCP segments received"),
    TCP_SEGMENTS_SENT("TCP segments sent, those sent again included"),
    TCP_RETRANSMITTED_SEGMENTS("TCP segments sent again"),
    TCP_FAST_RECOVERIES("times that duplicate acknowledgments or SACK began a recovery"),
    TCP_TIMEOUTS("times that the retransmission timer of a connection fired"),
    TCP_ECN_MARKS_RECEIVED("TCP segments with data that a router has marked (RFC 3168)"),
    TCP_ECN_REDUCTIONS("times that a peer's echo of a mark reduced the congestion window (RFC 3168)"),
    TCP_LOSS_PROBES("TCP segments sent to learn of the loss of the last ones"),
    TCP_PROBES_REPAIRED("times that such a segment has replaced one that was lost"),
    TCP_RECOVERIES_UNDONE("times that segments held to be lost were only late, and the congestion window came back"),
    TCP_DUPLICATES_REPORTED("duplicates of TCP segments sent that the peer reported"),
    TCP_CONNECTS("TCP connections begun by this side"),
    TCP_CONNECTIONS_ESTABLISHED("TCP connections established, by either side"),
    TCP_CONNECTIONS_TIMED_OUT("TCP connections given up because the peer did not answer"),
    TCP_HANDSHAKES_TIMED_OUT("TCP handshakes of peers given up because they did not answer"),
    TCP_RESETS_SENT("TCP resets sent"),
    TCP_RESETS_RECEIVED("TCP resets received and believed"),
    TCP_CHALLENGE_ACKS("acknowledgments sent in answer to TCP segments that should not be"),
    TCP_CHALLENGE_ACKS_LIMITED("such acknowledgments not sent because there were too many"),
    TCP_WINDOW_PROBES("probes of a peer's shut window sent"),
    TCP_KEEP_ALIVES("keep-alive probes sent"),
    TCP_OPTIONS_MALFORMED("TCP segments received with an option whose length cannot be"),
    TCP_TIME_WAIT_OVERFLOWS("TCP connections that did not enter TIME-WAIT because too many were in it"),
    TCP_ICMP_IGNORED("ICMP errors ignored because they quote no TCP segment in flight"),
    TCP_PATH_MTU_LOWERED("TCP connections whose segments became smaller because a router said so"),
    DROP_TCP_MALFORMED("TCP segments received with a length that cannot be"),
    DROP_TCP_CHECKSUM("TCP segments received with a wrong checksum"),
    DROP_TCP_NO_CONNECTION("TCP segments received that belong to no connection and begin none"),
    DROP_TCP_OUTSIDE_WINDOW("TCP segments received that lie outside of the window"),
    DROP_TCP_PAWS("TCP segments received with an old timestamp"),
    DROP_TCP_NO_TIMESTAMP("TCP segments received without the timestamp that was agreed on"),
    DROP_TCP_ACK("TCP segments received with an acknowledgment that cannot be, or none"),
    DROP_TCP_RESET("TCP resets received with a sequence number that is not the expected one"),
    DROP_TCP_SYN("TCP SYNs received in a connection that is open"),
    DROP_TCP_DUPLICATE("TCP segments received out of order whose data was there already"),
    DROP_TCP_OUT_OF_ORDER_FULL("TCP segments received out of order that were not kept for want of room"),
    DROP_TCP_RECEIVE_QUEUE_FULL("TCP segments received in order that were not kept for want of room"),
    DROP_TCP_AFTER_FIN("TCP segments received with data or FIN behind the peer's FIN"),
    DROP_TCP_AFTER_CLOSE("TCP segments received with data for a connection that was closed"),
    DROP_TCP_SYN_QUEUE_FULL("TCP SYNs received while too many handshakes were under way"),
    DROP_TCP_ACCEPT_QUEUE_FULL("TCP segments of handshakes received while the accept queue was full"),
    DROP_TCP_TIME_WAIT("TCP segments received for a connection in TIME-WAIT and not used"),
    LOOPBACK_FRAMES("frames that this host sent to itself over the loopback link"),
    LOOPBACK_BYTES("bytes of the frames that this host sent to itself over the loopback link"),
    ARP_RECEIVED("ARP packets received and found well-formed"),
    UNEXPECTED_ERRORS("throwables that ended a turn, an operation or a listener's call");

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
