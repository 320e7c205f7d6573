package io.perilune.ip;

import io.perilune.memory.PacketBuffer;

/** What the Internet layer hands its packets to: TCP. Owned by the shard's driver. */
public interface TransportReceiver {

    /**
     * Receives one segment. The addresses have been checked: the destination is this host's, the source is unicast.
     *
     * @param segment the transport header and data, cut to the length that the IP header told; taken
     * @param sourceHigh high half of the sender's address
     * @param sourceLow low half
     * @param destinationHigh high half of the address it was sent to
     * @param destinationLow low half
     * @param trafficClass the TOS or traffic class octet
     * @param burstFlags what the link knows, as in {@link io.perilune.link.Burst}
     * @param nowNs the turn's time
     */
    void receive(
            PacketBuffer segment,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int trafficClass,
            int burstFlags,
            long nowNs);

    /**
     * Learns of an ICMP error that quotes a segment which this host seems to have sent (RFC 1122 §4.2.3.9, RFC 5927).
     * Nothing of it is trusted.
     *
     * @param error what went wrong
     * @param mtu the next hop's MTU for {@link IcmpError#PACKET_TOO_BIG}, or 0 where not told
     * @param localHigh high half of the quoted source address
     * @param localLow low half
     * @param remoteHigh high half of the quoted destination address
     * @param remoteLow low half
     * @param localPort the quoted source port
     * @param remotePort the quoted destination port
     * @param sequence the quoted sequence number
     * @param nowNs the turn's time
     * @return whether it is about a segment that is in flight on a connection of this host, so that what it says of the
     *     path may be believed (RFC 5927 §4.1, §7.2)
     */
    boolean onIcmpError(
            IcmpError error,
            int mtu,
            long localHigh,
            long localLow,
            long remoteHigh,
            long remoteLow,
            int localPort,
            int remotePort,
            int sequence,
            long nowNs);
}
