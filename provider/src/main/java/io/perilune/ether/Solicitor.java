package io.perilune.ether;

/** How a {@link NeighborTable} asks for a link address. Owned by the shard's driver. */
@FunctionalInterface
public interface Solicitor {

    /**
     * Asks once who has an address.
     *
     * @param high high half of the neighbor's address
     * @param low low half
     * @param mac whom to ask: the link address known so far, or {@link MacAddress#BROADCAST}
     * @param nowNs the turn's time
     */
    void solicit(long high, long low, long mac, long nowNs);
}
