package io.perilune.tcp;

/** What is left of a connection in TIME-WAIT: enough to answer for it (RFC 9293 §3.10.7.4). Owned by the shard's driver. */
final class TimeWait extends FlowEntry {

    final Tcp tcp;
    int sndNxt;
    int rcvNxt;
    /** As the header bore it. */
    int windowField;

    boolean timestamps;
    int tsRecent;
    int tsOffset;
    int trafficClass;
    boolean reuseAddress;
    boolean reusePort;
    long lastAckNs;
    TimeWait nextFree;

    TimeWait(Tcp tcp) {
        this.tcp = tcp;
    }

    @Override
    boolean tolerates(boolean otherReusesAddress, boolean otherReusesPort) {
        return (otherReusesAddress && reuseAddress) || (otherReusesPort && reusePort);
    }

    @Override
    protected void onTimer(long nowNs) {
        tcp.timeWaits.expire(this);
    }
}
