package io.perilune.ip;

/** The ICMP errors that concern a transport (RFC 792, RFC 4443), and what this host's own failed resolution counts as. */
public enum IcmpError {
    /** The network is unreachable. */
    NET_UNREACHABLE,
    /** The host is unreachable, or nobody answered for its link address. */
    HOST_UNREACHABLE,
    /** The protocol is not spoken there. */
    PROTOCOL_UNREACHABLE,
    /** Nobody listens on the port. */
    PORT_UNREACHABLE,
    /** The packet does not fit the next link and must not be fragmented. */
    PACKET_TOO_BIG,
    /** The communication is forbidden by an administrator. */
    PROHIBITED,
    /** The hop limit ran out on the way. */
    TIME_EXCEEDED,
    /** A header field was found wrong. */
    PARAMETER_PROBLEM
}
