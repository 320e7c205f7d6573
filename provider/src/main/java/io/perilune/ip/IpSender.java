package io.perilune.ip;

import io.perilune.memory.PacketBuffer;

/** What a transport needs of the Internet layer to send. Owned by the shard's driver. */
public interface IpSender {

    /**
     * Sends one transport segment as one packet, never fragmented (RFC 791 DF is set on IPv4).
     *
     * @param segment the segment with its checksum filled in and headroom for the headers below; taken
     * @param sourceHigh high half of the source address, one of this host's
     * @param sourceLow low half
     * @param destinationHigh high half of the destination
     * @param destinationLow low half
     * @param protocol the transport's protocol number
     * @param trafficClass the TOS or traffic class octet, DSCP and ECN
     * @param nowNs the turn's time
     */
    void send(
            PacketBuffer segment,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int protocol,
            int trafficClass,
            long nowNs);

    /** Returns whether a unicast address can be sent to: own, on-link or by a gateway. */
    boolean reaches(long destinationHigh, long destinationLow);

    /** Returns whether an address is one of this host's on this stack. */
    boolean isOwn(long high, long low);

    /**
     * Returns the source address that packets to a destination bear, as an IPv4-mapped or IPv6 address's high half.
     * Meaningful only where {@link #reaches} holds.
     */
    long sourceHighFor(long destinationHigh, long destinationLow);

    /** Returns the low half that belongs to {@link #sourceHighFor}. */
    long sourceLowFor(long destinationHigh, long destinationLow);

    /** Returns the largest IP packet that can be sent to a destination, in bytes, headers included. */
    int mtuFor(long destinationHigh, long destinationLow);

    /**
     * Tells that segments to a destination seem not to arrive (RFC 1122 §3.3.1.4: negative advice), so that the next hop is
     * asked whether it is there.
     */
    void doubt(long destinationHigh, long destinationLow, long nowNs);

    /** Returns whether the link fills in TCP checksums, so that only the pseudo header's sum need be set. */
    boolean offloadsTcpChecksum();
}
