package io.perilune.link;

/**
 * What a link can do, decided once when it starts. Immutable.
 *
 * @param mtu largest IP packet that it carries, in bytes
 * @param txIpChecksum whether it fills in the checksum of IPv4 headers
 * @param txTcpChecksum whether it fills in the checksum of TCP segments
 * @param rxChecksum whether it verifies checksums on receipt and says so in the burst's flags
 * @param emptyPollCostNs what an empty receive burst costs, roughly, in nanoseconds: a link whose poll is a system call
 *     is polled less often
 * @param copies whether its driver copies each frame, in both directions, as it shares no packet memory with the other
 *     end
 */
public record LinkCapabilities(
        int mtu,
        boolean txIpChecksum,
        boolean txTcpChecksum,
        boolean rxChecksum,
        int emptyPollCostNs,
        boolean copies) {}
