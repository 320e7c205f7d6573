package io.perilune.ether;

import io.perilune.memory.PacketBuffer;

/** Who knows of packets that wait for their next hop's link address. Owned by the shard's driver. */
public interface UnresolvedReceiver {

    /**
     * Returns whether a packet that has waited may still leave: its source address may have been given up meanwhile.
     *
     * @param packet the packet from its network header on; borrowed
     */
    boolean mayLeave(PacketBuffer packet);

    /**
     * Learns of a packet that is dropped now, as its next hop did not answer or it may not leave any more.
     *
     * @param packet the packet from its network header on; borrowed
     * @param nowNs the turn's time
     */
    void onUnresolved(PacketBuffer packet, long nowNs);
}
