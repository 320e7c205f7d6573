package io.perilune.sim;

import io.perilune.ip.Addresses;
import io.perilune.ip.RouteTable;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import io.perilune.packet.ParsedFrame;
import java.util.List;
import java.util.SplittableRandom;

/** One host at 198.18.0.2/24 with gateway 198.18.0.254, and stations around it that a test plays by hand. */
public final class SimBench {

    /** The host's address. */
    public static final int HOST = 0xC612_0002;
    /** The address of the first station. */
    public static final int PEER = 0xC612_0001;
    /** The gateway's address. */
    public static final int GATEWAY = 0xC612_00FE;
    /** An address behind the gateway. */
    public static final int FAR = 0xC613_0101;

    /** The clock. */
    public final SimClock clock = new SimClock(1_000_000_000);
    /** What lies between. */
    public final SimNetwork network = new SimNetwork(clock, new SplittableRandom(1));
    /** The host. */
    public final SimHost host;
    /** The first station. */
    public final SimStation peer;
    /** What the host's transport hears. */
    public final RawTransport transport;

    /** Makes a bench whose host leaves 127.0.0.0/8 to the kernel. */
    public SimBench() {
        this(false);
    }

    /** Makes a bench. */
    public SimBench(boolean userLoopback) {
        network.model.delayNs = 0;
        host = new SimHost(clock, network.link("host", 1500), new RouteTable(HOST, 24, GATEWAY, userLoopback), 42);
        peer = new SimStation(network, "peer");
        transport = host.transport(new RawTransport());
    }

    /** Returns the host's link address. */
    public long hostMac() {
        return host.link().macAddress();
    }

    /** Lets everything that is due now happen. */
    public void settle() {
        for (int i = 0; i < 3; i++) {
            network.pump();
            host.turn();
        }
        network.pump();
    }

    /** Moves the time forward in steps of 10 ms, a turn in each. */
    public void run(long ns) {
        long endNs = clock.nanoTime() + ns;
        while (clock.nanoTime() < endNs) {
            clock.advance(Math.min(10_000_000, endNs - clock.nanoTime()));
            settle();
        }
    }

    /** Lets the peer send a frame, and returns what the peer has received then. */
    public List<ParsedFrame> exchange(byte[] frame) {
        peer.send(frame);
        settle();
        return peer.received();
    }

    /** Lets the host send a segment. */
    public void hostSends(int destination, byte[] data) {
        PacketBuffer buffer = host.pool().allocate();
        buffer.bytes().put(buffer.append(data.length), data);
        host.ip()
                .send(
                        buffer,
                        0,
                        Addresses.mappedLow(HOST),
                        0,
                        Addresses.mappedLow(destination),
                        6,
                        0,
                        clock.nanoTime());
        settle();
    }

    /** Lets the peer answer for an address. */
    public void peerAnswers(int address) {
        peer.send(Frames.arp(hostMac(), 2, peer.mac(), address, hostMac(), HOST));
        settle();
    }

    /** Makes the host know the peer's link address. */
    public void resolvePeer() {
        hostSends(PEER, new byte[20]);
        peerAnswers(PEER);
        peer.received();
    }

    /** Returns a counter of the host. */
    public long count(Counter counter) {
        return host.counters().get(counter);
    }

    /** Returns how many buffers the host holds. */
    public int lent() {
        return host.pool().lentCount();
    }
}
