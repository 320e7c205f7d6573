package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.ip.Ipv6Routes;
import io.perilune.ip.RouteTable;
import io.perilune.link.QueueSpreading;
import io.perilune.link.Toeplitz;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.memory.Slab;
import io.perilune.packet.Frames;
import io.perilune.packet.Frames6;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SteeringTest {

    private static final long HOST_MAC = 0x02_00_00_00_01_01L;
    private static final long PEER_MAC = 0x02_00_00_00_01_02L;
    private static final int HOST = 0xC6120002;
    private static final int PEER = 0xC6120003;
    private static final String HOST6 = "fd00:7065::2";
    private static final String PEER6 = "fd00:7065::3";
    private static final int SHARDS = 3;
    private static final int FIRST = 0;
    private static final byte[] DATA = Frames.pattern(100);

    private final Settings settings =
            Settings.of(Map.of("address", "198.18.0.2/24", "address6", HOST6 + "/64", "loopback", "user"));
    private final RouteTable routes = RouteTable.of(settings).with(Ipv6Routes.of(settings, HOST_MAC));
    private final Steering steering = new Steering(routes, QueueSpreading.symmetric(SHARDS), SHARDS);
    private final BufferPool pool = new BufferPool(List.of(Slab.ofDirectMemory(2048)));
    private final Random random = new Random(1);

    private int shardOf(byte[] frame) {
        PacketBuffer buffer = pool.allocate();
        buffer.bytes().put(buffer.append(frame.length), frame);
        int shard = steering.shardOf(buffer);
        buffer.release();
        return shard;
    }

    private static byte[] frame(byte[] packet) {
        return Frames.ethernet(HOST_MAC, PEER_MAC, 0x0800, packet);
    }

    private static byte[] frame6(byte[] packet) {
        return Frames6.frame(HOST_MAC, PEER_MAC, packet);
    }

    private static byte[] tcp(int source, int destination, int sourcePort, int destinationPort) {
        return Frames.tcp(source, destination, sourcePort, destinationPort, 1, 1, 0x10, DATA);
    }

    private static byte[] tcp6(String source, String destination, int sourcePort, int destinationPort) {
        return Frames6.tcp(source, destination, sourcePort, destinationPort, 1, 0x10, DATA);
    }

    private int flow(int port) {
        return steering.shardOf(
                Addresses.MAPPED_HIGH,
                Addresses.mappedLow(HOST),
                80,
                Addresses.MAPPED_HIGH,
                Addresses.mappedLow(PEER),
                port);
    }

    private int flow6(int port) throws Exception {
        InetAddress host = InetAddress.getByName(HOST6);
        InetAddress peer = InetAddress.getByName(PEER6);
        return steering.shardOf(
                Addresses.high(host), Addresses.low(host), 80, Addresses.high(peer), Addresses.low(peer), port);
    }

    @Test
    void allOfAFlowGoesToItsShardAndTheShardsHaveAboutAsMany() throws Exception {
        int[] count = new int[SHARDS];
        for (int i = 0; i < 3_000; i++) {
            int port = random.nextInt(65_536);
            int shard = shardOf(frame(Frames.ipv4(PEER, HOST)
                    .payload(6, tcp(PEER, HOST, port, 80))
                    .bytes()));
            assertThat(shard).isEqualTo(flow(port));
            int shard6 = shardOf(frame6(Frames6.packet(PEER6, HOST6, 6, 64, tcp6(PEER6, HOST6, port, 80))));
            assertThat(shard6).isEqualTo(flow6(port));
            count[shard]++;
            count[shard6]++;
        }
        for (int flows : count) {
            assertThat(flows).isBetween(1_700, 2_300);
        }
    }

    @Test
    void headersBetweenDoNotHideThePorts() throws Exception {
        for (int port = 1_000; port < 1_020; port++) {
            byte[] options = Frames.ipv4(PEER, HOST)
                    .options(1, 1, 1, 1)
                    .payload(6, tcp(PEER, HOST, port, 80))
                    .bytes();
            assertThat(shardOf(frame(options))).isEqualTo(flow(port));
            byte[] extended = Frames6.extension(6, tcp6(PEER6, HOST6, port, 80), 1, 4, 0, 0, 0, 0);
            assertThat(shardOf(frame6(Frames6.packet(PEER6, HOST6, 60, 64, extended))))
                    .isEqualTo(flow6(port));
        }
    }

    @Test
    void anErrorGoesToTheFlowThatItQuotes() throws Exception {
        for (int port = 1_000; port < 1_020; port++) {
            byte[] sent = Frames.ipv4(HOST, PEER)
                    .payload(6, tcp(HOST, PEER, 80, port))
                    .bytes();
            byte[] error = Frames.icmp(3, 4, 1400, Frames.part(sent, 0, 28));
            assertThat(shardOf(frame(
                            Frames.ipv4(0xC6120001, HOST).payload(1, error).bytes())))
                    .isEqualTo(flow(port));
            byte[] sent6 = Frames6.packet(HOST6, PEER6, 6, 64, tcp6(HOST6, PEER6, 80, port));
            byte[] error6 = Frames6.icmp("fd00:7065::1", HOST6, 2, 0, 1400, sent6);
            assertThat(shardOf(frame6(Frames6.packet("fd00:7065::1", HOST6, 58, 64, error6))))
                    .isEqualTo(flow6(port));
        }
    }

    @Test
    void neighborsAndFragmentsAreEverybodysAffair() {
        assertThat(shardOf(Frames.arp(HOST_MAC, 2, PEER_MAC, PEER, HOST_MAC, HOST)))
                .isEqualTo(Steering.ALL);
        byte[] advertised = Frames6.neighbor(PEER6, HOST6, 136, 0x6000_0000, PEER6, 2, PEER_MAC);
        assertThat(shardOf(frame6(Frames6.packet(PEER6, HOST6, 58, 255, advertised))))
                .isEqualTo(Steering.ALL);
        byte[] whole = tcp(PEER, HOST, 1_000, 80);
        byte[] first = Frames.ipv4(PEER, HOST)
                .flagsAndOffset(0x2000)
                .payload(6, Frames.part(whole, 0, 64))
                .bytes();
        byte[] last = Frames.ipv4(PEER, HOST)
                .flagsAndOffset(8)
                .payload(6, Frames.part(whole, 64, whole.length))
                .bytes();
        assertThat(shardOf(frame(first))).isEqualTo(Steering.ALL);
        assertThat(shardOf(frame(last))).isEqualTo(Steering.ALL);
        byte[] part6 = Frames6.fragment(6, 1, 0, true, Frames.part(whole, 0, 64));
        assertThat(shardOf(frame6(Frames6.packet(PEER6, HOST6, 44, 64, part6)))).isEqualTo(Steering.ALL);
    }

    @Test
    void whatIsNobodysIsTheFirsts() {
        byte[] echo = Frames.icmp(8, 0, 1, DATA);
        assertThat(shardOf(frame(Frames.ipv4(PEER, HOST).payload(1, echo).bytes())))
                .isEqualTo(FIRST);
        byte[] datagram = Frames.pattern(20);
        assertThat(shardOf(frame(Frames.ipv4(PEER, HOST).payload(17, datagram).bytes())))
                .isEqualTo(FIRST);
        byte[] echo6 = Frames6.icmp(PEER6, HOST6, 128, 0, 1, DATA);
        assertThat(shardOf(frame6(Frames6.packet(PEER6, HOST6, 58, 64, echo6)))).isEqualTo(FIRST);
        assertThat(shardOf(Frames.ethernet(HOST_MAC, PEER_MAC, 0x88CC, DATA))).isEqualTo(FIRST);
    }

    /** Cut anywhere, and with any byte changed: it never fails, and always names a shard. */
    @Test
    void nothingOfAFrameIsTrusted() {
        byte[] sent6 = Frames6.packet(HOST6, PEER6, 6, 64, tcp6(HOST6, PEER6, 80, 9));
        byte[][] whole = {
            frame(Frames.ipv4(PEER, HOST).payload(6, tcp(PEER, HOST, 9, 80)).bytes()),
            frame6(Frames6.packet(PEER6, HOST6, 60, 64, Frames6.extension(6, tcp6(PEER6, HOST6, 9, 80), 1, 4, 0, 0))),
            frame6(Frames6.packet(PEER6, HOST6, 58, 64, Frames6.icmp(PEER6, HOST6, 1, 4, 0, sent6))),
        };
        for (byte[] frame : whole) {
            for (int length = 0; length < frame.length; length++) {
                assertThat(shardOf(Frames.part(frame, 0, length))).isBetween(Steering.ALL, SHARDS - 1);
            }
            for (int i = 0; i < 20_000; i++) {
                byte[] changed = frame.clone();
                for (int j = random.nextInt(4); j >= 0; j--) {
                    changed[random.nextInt(changed.length)] = (byte) random.nextInt();
                }
                assertThat(shardOf(changed)).isBetween(Steering.ALL, SHARDS - 1);
            }
        }
    }

    /** What this host sends to itself crosses no link: both ends must be found on the loopback queue they share. */
    @Test
    void bothEndsOfAFlowToOneselfAreOnOneShard() throws Exception {
        Steering uneven = new Steering(routes, new QueueSpreading(unsymmetric(), new int[] {0, 1, 2, 0}), SHARDS);
        for (String address : new String[] {"198.18.0.2", "127.0.0.1", HOST6, "::1"}) {
            InetAddress own = InetAddress.getByName(address);
            for (int i = 0; i < 100; i++) {
                int port = random.nextInt(65_536);
                assertThat(uneven.shardOf(
                                Addresses.high(own),
                                Addresses.low(own),
                                port,
                                Addresses.high(own),
                                Addresses.low(own),
                                80))
                        .isEqualTo(uneven.shardOf(
                                Addresses.high(own),
                                Addresses.low(own),
                                80,
                                Addresses.high(own),
                                Addresses.low(own),
                                port));
            }
        }
    }

    private static Toeplitz unsymmetric() {
        byte[] key = new byte[40];
        new Random(3).nextBytes(key);
        return new Toeplitz(key);
    }
}
