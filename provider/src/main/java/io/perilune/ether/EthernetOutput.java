package io.perilune.ether;

import io.perilune.link.TransmitQueue;
import io.perilune.memory.PacketBuffer;

/** The way out: finds the next hop's link address, pushes the header, queues the frame. Owned by the shard's driver. */
public final class EthernetOutput {

    private final long ownMac;
    private final NeighborTable neighbors;
    private final TransmitQueue link;
    private final TransmitQueue loopback;

    /**
     * Makes the way out.
     *
     * @param ownMac the link's own address
     * @param neighbors who has which link address
     * @param link takes frames for other stations
     * @param loopback takes frames for this host itself
     */
    public EthernetOutput(long ownMac, NeighborTable neighbors, TransmitQueue link, TransmitQueue loopback) {
        this.ownMac = ownMac;
        this.neighbors = neighbors;
        this.link = link;
        this.loopback = loopback;
    }

    /** Returns the link's own address. */
    public long ownMac() {
        return ownMac;
    }

    /**
     * Sends a packet to a neighbor, at once or when its link address has been found.
     *
     * @param packet the packet from its network header on; taken
     * @param type its Ethernet type
     * @param hopHigh high half of the neighbor's address
     * @param hopLow low half
     * @param nowNs the turn's time
     */
    public void send(PacketBuffer packet, int type, long hopHigh, long hopLow, long nowNs) {
        long mac = neighbors.lookup(hopHigh, hopLow, nowNs);
        if (mac == NeighborTable.UNRESOLVED) {
            neighbors.hold(packet, type, hopHigh, hopLow, nowNs);
        } else {
            sendTo(packet, type, mac);
        }
    }

    /** Learns that what is sent to a neighbor seems not to arrive: it is asked when it is next used. */
    public void doubt(long hopHigh, long hopLow, long nowNs) {
        neighbors.doubt(hopHigh, hopLow, nowNs);
    }

    /** Sends a packet to a station, or to all. The packet is taken. */
    public void sendTo(PacketBuffer packet, int type, long mac) {
        int header = packet.push(EthernetHeader.LENGTH);
        EthernetHeader.write(packet.bytes(), header, mac, ownMac, type);
        link.send(packet);
    }

    /** Sends a packet to this host itself; it arrives in a later turn. The packet is taken. */
    public void sendLooped(PacketBuffer packet, int type) {
        int header = packet.push(EthernetHeader.LENGTH);
        EthernetHeader.write(packet.bytes(), header, ownMac, ownMac, type);
        loopback.send(packet);
    }
}
