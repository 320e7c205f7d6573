package io.perilune.sim;

import io.perilune.config.Settings;
import io.perilune.ip.IcmpError;
import io.perilune.memory.PacketBuffer;
import io.perilune.tcp.Tcp;
import io.perilune.tcp.TcpError;
import java.util.SplittableRandom;

/** TCP as the transport of a simulated host. */
public final class SimTcp implements SimHost.Transport {

    private final Tcp tcp;

    private SimTcp(Tcp tcp) {
        this.tcp = tcp;
    }

    /** Gives a host a TCP whose secret follows from a seed. */
    public static Tcp attach(SimHost host, Settings settings, long seed) {
        byte[] secret = new byte[32];
        new SplittableRandom(seed).nextBytes(secret);
        Tcp tcp = new Tcp(settings, host.ip(), host.pool(), host.wheel(), host.counters(), secret);
        host.transport(new SimTcp(tcp));
        return tcp;
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
        tcp.receive(segment, sourceHigh, sourceLow, destinationHigh, destinationLow, trafficClass, burstFlags, nowNs);
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
        return tcp.onIcmpError(
                error, mtu, localHigh, localLow, remoteHigh, remoteLow, localPort, remotePort, sequence, nowNs);
    }

    @Override
    public void flush(long nowNs) {
        tcp.flush(nowNs);
    }

    @Override
    public void end(long nowNs) {
        tcp.abortAll(TcpError.STACK_CLOSED, nowNs);
    }
}
