package io.perilune.sim;

import io.perilune.ip.Addresses;
import io.perilune.ip.Ipv6Routes;
import io.perilune.ip.RouteTable;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.packet.Frames6;
import io.perilune.packet.ParsedFrame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** One host at fd00:7065::2/64 with gateway fd00:7065::fe, and a station beside it that a test plays by hand. */
public final class SimBench6 {

    /** The host's address. */
    public static final String HOST = "fd00:7065:0:0:0:0:0:2";
    /** The station's address. */
    public static final String PEER = "fd00:7065:0:0:0:0:0:1";
    /** The gateway's address. */
    public static final String GATEWAY = "fd00:7065:0:0:0:0:0:fe";
    /** An address behind the gateway. */
    public static final String FAR = "fd00:7066:0:0:0:0:0:1";
    /** The solicited-node group of the host's address. */
    public static final String HOST_GROUP = "ff02:0:0:0:0:1:ff00:2";
    /** The link address of that group. */
    public static final long HOST_GROUP_MAC = 0x3333_FF00_0002L;

    /** The clock. */
    public final SimClock clock = new SimClock(1_000_000_000);
    /** What lies between. */
    public final SimNetwork network = new SimNetwork(clock, new SplittableRandom(1));
    /** The host. */
    public final SimHost host;
    /** The station. */
    public final SimStation peer;
    /** What the host's transport hears. */
    public final RawTransport transport;

    /** Makes a bench. */
    public SimBench6() {
        network.model.delayNs = 0;
        SimLink link = network.link("host", 1500);
        byte[] own = Frames6.address(HOST);
        byte[] gateway = Frames6.address(GATEWAY);
        Ipv6Routes ipv6 =
                new Ipv6Routes(high(own), low(own), 64, high(gateway), low(gateway), link.macAddress(), false);
        RouteTable routes = new RouteTable(SimBench.HOST, 24, SimBench.GATEWAY, false).with(ipv6);
        host = new SimHost(clock, link, routes, 42);
        peer = new SimStation(network, "peer");
        transport = host.transport(new RawTransport());
    }

    /** Returns the host's link address. */
    public long hostMac() {
        return host.link().macAddress();
    }

    /** Returns the host's link-local address. */
    public String linkLocal() {
        Ipv6Routes ipv6 = host.routes().ipv6();
        return Addresses.toInetAddress(ipv6.linkLocalHigh(), ipv6.linkLocalLow(), 0)
                .getHostAddress();
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

    /** Lets the station send a packet to the host, and returns what it has received then. */
    public List<Packet> exchange(byte[] packet) {
        return exchange(packet, hostMac());
    }

    /** Lets the station send a packet to a link address, and returns what it has received then. */
    public List<Packet> exchange(byte[] packet, long mac) {
        peer.send(Frames6.frame(mac, peer.mac(), packet));
        settle();
        return received();
    }

    /** Returns the IPv6 packets that the station has received since the last call. */
    public List<Packet> received() {
        List<Packet> packets = new ArrayList<>();
        for (ParsedFrame frame : peer.received()) {
            if (frame.type() == 0x86DD) {
                packets.add(new Packet(frame));
            }
        }
        return packets;
    }

    /** Lets the host send a segment. */
    public void hostSends(String destination, byte[] data) {
        PacketBuffer buffer = host.pool().allocate();
        buffer.bytes().put(buffer.append(data.length), data);
        byte[] own = Frames6.address(HOST);
        byte[] to = Frames6.address(destination);
        host.ip().send(buffer, high(own), low(own), high(to), low(to), 6, 0, clock.nanoTime());
        settle();
    }

    /** Makes the host know the link address of the station under an address. */
    public void resolve(String address) {
        hostSends(address, new byte[20]);
        byte[] answer = Frames6.neighbor(address, HOST, 136, 0x6000_0000, address, 2, peer.mac());
        exchange(Frames6.packet(address, HOST, 58, 255, answer));
    }

    /** Returns a counter of the host. */
    public long count(Counter counter) {
        return host.counters().get(counter);
    }

    /** Returns how many buffers the host holds. */
    public int lent() {
        return host.pool().lentCount();
    }

    /** Returns the high half of an address. */
    public static long high(byte[] address) {
        return ByteBuffer.wrap(address).getLong(0);
    }

    /** Returns the low half of an address. */
    public static long low(byte[] address) {
        return ByteBuffer.wrap(address).getLong(8);
    }

    /** An IPv6 packet that the station received, read by means of its own. */
    public static final class Packet {
        private final byte[] bytes;
        private final long toMac;

        Packet(ParsedFrame frame) {
            this.bytes = frame.bytes();
            this.toMac = frame.destinationMac();
        }

        /** Returns the link address it was sent to. */
        public long toMac() {
            return toMac;
        }

        /** Returns the number of the first header. */
        public int nextHeader() {
            return bytes[20] & 0xFF;
        }

        /** Returns the hop limit. */
        public int hopLimit() {
            return bytes[21] & 0xFF;
        }

        /** Returns the source. */
        public String source() {
            return text(22);
        }

        /** Returns the destination. */
        public String destination() {
            return text(38);
        }

        /** Returns what it carries. */
        public byte[] payload() {
            int length = ((bytes[18] & 0xFF) << 8) | (bytes[19] & 0xFF);
            return Arrays.copyOfRange(bytes, 54, 54 + length);
        }

        /** Returns an octet of what it carries. */
        public int octet(int at) {
            return bytes[54 + at] & 0xFF;
        }

        /** Returns four octets of what it carries. */
        public int word(int at) {
            return ByteBuffer.wrap(bytes).getInt(54 + at);
        }

        /** Returns an address in what it carries. */
        public String address(int at) {
            return text(54 + at);
        }

        private String text(int at) {
            byte[] octets = Arrays.copyOfRange(bytes, at, at + 16);
            return Addresses.toInetAddress(high(octets), low(octets), 0).getHostAddress();
        }
    }
}
