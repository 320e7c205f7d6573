package io.perilune.tcp;

/** Why a connection ended, or could not begin. The channels make exceptions with the JDK's messages of these. */
public enum TcpError {
    /** No error: it is open, or was closed in order. */
    NONE,
    /** The peer answered the SYN with a reset: nobody listens. */
    CONNECTION_REFUSED,
    /** The peer reset the connection. */
    CONNECTION_RESET,
    /** The peer reset the connection after it had ended its own side: it takes no more. */
    BROKEN_PIPE,
    /** Retransmissions, keep-alive or zero-window probes were not answered in time. */
    TIMED_OUT,
    /** The network is unreachable. */
    NET_UNREACHABLE,
    /** The host is unreachable, or nobody answers for its link address. */
    HOST_UNREACHABLE,
    /** This side aborted the connection. */
    ABORTED,
    /** No local port is free. */
    ADDRESS_NOT_AVAILABLE,
    /** The address and port are taken. */
    ADDRESS_IN_USE,
    /** Memory for another connection is not to be had. */
    NO_BUFFERS,
    /** The stack was stopped, or failed. */
    STACK_CLOSED
}
