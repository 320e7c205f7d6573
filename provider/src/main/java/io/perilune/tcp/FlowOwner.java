package io.perilune.tcp;

/** Which flows are this shard's, where there are several. Any thread. */
@FunctionalInterface
public interface FlowOwner {

    /** Every flow: there is one shard. */
    FlowOwner OF_ALL = (localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort) -> true;

    /** Whether what the peer sends on a flow comes to this shard. */
    boolean owns(long localHigh, long localLow, int localPort, long remoteHigh, long remoteLow, int remotePort);
}
