package io.perilune.ether;

import io.perilune.memory.PacketBuffer;

/** What Ethernet hands a network protocol's packets to. Owned by the shard's driver. */
@FunctionalInterface
public interface PacketReceiver {

    /**
     * Receives a packet.
     *
     * @param packet the packet without its Ethernet header, perhaps with padding behind it; taken
     * @param flags what is known of the frame: those of {@link io.perilune.link.Burst}, {@link
     *     EthernetInput#TO_GROUP}, {@link EthernetInput#LOOPED}
     * @param nowNs the turn's time
     */
    void receive(PacketBuffer packet, int flags, long nowNs);
}
