package io.perilune.ether;

import io.perilune.memory.PacketBuffer;

/** Who learns that a packet could not be sent because its next hop did not answer. Owned by the shard's driver. */
@FunctionalInterface
public interface UnresolvedReceiver {

    /**
     * Learns of a packet that is dropped now.
     *
     * @param packet the packet from its network header on; borrowed
     * @param nowNs the turn's time
     */
    void onUnresolved(PacketBuffer packet, long nowNs);
}
