package io.perilune.tcp;

import io.perilune.config.Settings;
import io.perilune.ip.IcmpError;
import io.perilune.ip.IpSender;
import io.perilune.ip.TransportReceiver;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counters;
import io.perilune.time.TimerWheel;

/** TCP of one shard: its connections, listeners and ports. Owned by the shard's driver. */
public final class Tcp implements TransportReceiver {

    /**
     * Makes TCP without connections.
     *
     * @param secret 32 bytes from a secure source, for initial sequence numbers and ports (RFC 6528, RFC 6056)
     */
    public Tcp(Settings settings, IpSender ip, BufferPool pool, TimerWheel wheel, Counters counters, byte[] secret) {
        throw new UnsupportedOperationException();
    }

    /** Begins an active open. Address halves of the local side may be 0 (unspecified), the local port 0 (any). The result is in SYN-SENT, or CLOSED with its error set. */
    public TcpConnection connect(
            long localHigh,
            long localLow,
            int localPort,
            long remoteHigh,
            long remoteLow,
            int remotePort,
            TcpSocketOptions options,
            TcpUser user,
            long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Reserves a local port (0: a random free one) for a later connect or listen. Returns the port, or 0 if taken. */
    public int bind(long localHigh, long localLow, int localPort, boolean reuseAddress) {
        throw new UnsupportedOperationException();
    }

    /** Gives back a port that bind reserved and that neither connect nor listen has used. */
    public void unbind(long localHigh, long localLow, int localPort) {
        throw new UnsupportedOperationException();
    }

    /** Listens on a port reserved by bind. */
    public TcpListener listen(
            long localHigh, long localLow, int localPort, int backlog, TcpSocketOptions options, TcpAcceptor acceptor) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void receive(
            PacketBuffer segment,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int trafficClass,
            int burstFlags,
            long nowNs) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean onIcmpError(
            IcmpError error,
            int mtu,
            long localHigh,
            long localLow,
            long remoteHigh,
            long remoteLow,
            int localPort,
            int remotePort,
            int sequence,
            long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Sends what the segments and calls since the last time made due: called at the end of each turn, and after a user's writes. */
    public void flush(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** Connections that are not CLOSED or TIME-WAIT. */
    public int connectionCount() {
        throw new UnsupportedOperationException();
    }

    /** Connections that still have bytes or a FIN to bring to the peer (D9). */
    public int drainingCount() {
        throw new UnsupportedOperationException();
    }

    /** Aborts everything: connections are reset, listeners closed, timers cancelled, buffers released. */
    public void abortAll(TcpError error, long nowNs) {
        throw new UnsupportedOperationException();
    }
}
