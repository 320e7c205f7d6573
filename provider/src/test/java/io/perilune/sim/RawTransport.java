package io.perilune.sim;

import io.perilune.ip.IcmpError;
import io.perilune.memory.PacketBuffer;
import java.util.ArrayList;
import java.util.List;

/** A transport that only remembers what it is told; for tests of the layers below. */
public final class RawTransport implements SimHost.Transport {

    /** A segment that arrived. */
    @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
    public record Received(
            byte[] bytes, long sourceLow, long destinationLow, int trafficClass, int burstFlags, long nowNs) {}

    /** An ICMP error that arrived. */
    public record Failed(
            IcmpError error, int mtu, int local, int remote, int localPort, int remotePort, int sequence) {}

    /** The segments that arrived. */
    public final List<Received> received = new ArrayList<>();
    /** The errors that arrived. */
    public final List<Failed> failed = new ArrayList<>();
    /** Whether errors are believed. */
    public boolean believes = true;

    /** Makes one that has heard nothing. */
    public RawTransport() {}

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
        byte[] bytes = new byte[segment.length()];
        segment.bytes().get(segment.start(), bytes);
        segment.release();
        received.add(new Received(bytes, sourceLow, destinationLow, trafficClass, burstFlags, nowNs));
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
        failed.add(new Failed(error, mtu, (int) localLow, (int) remoteLow, localPort, remotePort, sequence));
        return believes;
    }

    @Override
    public void flush(long nowNs) {
        // Nothing is ever due.
    }
}
