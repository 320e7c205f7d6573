package io.perilune.tcp;

import io.perilune.metrics.Counter;

/**
 * A connection in SYN-RECEIVED that a SYN to a listener began: no more than the handshake needs, so that a flood of SYNs
 * costs little (RFC 4987 §3.4). Owned by the shard's driver.
 */
final class HalfOpen extends FlowEntry {

    /** How often the SYN-ACK is sent again. */
    private static final int RETRIES = 5;

    final Tcp tcp;
    TcpListener listener;
    int iss;
    int irs;
    /** The peer's MSS option, or its default. */
    int peerMss;
    /** The peer's window shift, or -1: no window scaling. */
    int sndShift;

    int rcvShift;
    boolean sackPermitted;
    boolean timestamps;
    boolean ecn;
    int tsRecent;
    int tsOffset;
    int rcvWindow;
    int retries;
    long sentNs;
    long lastAnswerNs;
    HalfOpen nextFree;

    HalfOpen(Tcp tcp) {
        this.tcp = tcp;
    }

    @Override
    protected void onTimer(long nowNs) {
        if (retries >= RETRIES) {
            tcp.counters.increment(Counter.TCP_HANDSHAKES_TIMED_OUT);
            tcp.listenInput.forget(this);
            return;
        }
        retries++;
        tcp.counters.increment(Counter.TCP_RETRANSMITTED_SEGMENTS);
        tcp.writer.sendSynAck(this, nowNs);
        // RFC 6298 §5.5: the timeout doubles.
        tcp.wheel.arm(this, nowNs + (RttEstimator.INITIAL_RTO_NS << retries));
    }
}
