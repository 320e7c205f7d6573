package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.ip.Addresses;
import io.perilune.ip.IcmpError;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Known attacks on TCP, a test each; ATTACKS.md lists them. What each part does beside is in the tests of that part. */
class AttacksTest {

    private static final int MSS = 1460;

    /** Lets other peers send SYNs, each from a port of its own. */
    private static void flood(TcpScript t, int count) {
        int port = t.peerPort;
        for (int i = 0; i < count; i++) {
            t.peerPort = 1024 + i;
            t.inject(seg("S"));
        }
        t.peerPort = port;
    }

    @Test // CVE-2019-11477
    void sackPanic() {
        TcpScript t = new TcpScript("tcp.send-buffer", "1m")
                .connect(seg("SA").ack(1).mss(48).sackPermitted());
        t.connection.congestion.setWindow(1 << 20);
        t.write(500_000);
        int sent = t.skip();
        assertThat(sent).isGreaterThan(200);
        int size = t.connection.sndMss;
        // All but the first are reported, in pieces and then as one, and at last what was never sent.
        for (int i = 1; i < sent - 4; i += 2) {
            t.inject(seg("A").seq(1).ack(1).sack(t.mine(1 + i * size), t.mine(1 + (i + 1) * size)));
        }
        t.inject(seg("A").seq(1).ack(1).sack(t.mine(1 + size), t.mine(1 + sent * size)));
        t.inject(seg("A").seq(1).ack(1).sack(t.mine(1 + size), t.mine(1 + sent * size + 7_000)));
        assertThat(t.connection.scoreboard.sackedRecords()).isLessThanOrEqualTo(sent);
        assertThat(t.connection.scoreboard.pipe(t.connection.outstanding())).isNotNegative();
        t.skip();
        t.connection.abort(t.nowNs);
        t.advance(5);
        t.expectNothingLeft();
    }

    @Test // CVE-2019-11478, CVE-2019-5599
    void sackSlowness() {
        TcpScript t = TcpScript.establishedWithSack("tcp.send-buffer", "1m");
        t.options.noDelay = true;
        t.connection.congestion.setWindow(1 << 20);
        for (int i = 0; i < 600; i++) {
            t.write(10);
        }
        assertThat(t.skip()).isEqualTo(600);
        SplittableRandom random = new SplittableRandom(1);
        int worst = 0;
        for (int i = 0; i < 5_000; i++) {
            int at = 1 + 10 * random.nextInt(599);
            t.receive(seg("A").seq(1).ack(1).sack(t.mine(at), t.mine(at + 1 + random.nextInt(20))));
            worst = Math.max(worst, t.connection.scoreboard.steps());
        }
        assertThat(worst).as("records looked at for one segment").isLessThan(400);
    }

    @Test // CVE-2019-11479
    void lowMss() {
        for (int mss : new int[] {1, 8, 48, 100, 215}) {
            TcpScript t = new TcpScript().connect(seg("SA").ack(1).mss(mss));
            assertThat(t.connection.sndMss).as("for an MSS of %d", mss).isEqualTo(TcpOutput.LEAST_MSS);
        }
    }

    @Test // CVE-2018-5390, CVE-2018-6922
    void segmentSmack() {
        TcpScript t = TcpScript.established();
        for (int i = 0; i < 20_000; i++) {
            // From the far end of the window inwards, so that each is before all that are there.
            t.inject(data(1, 60_001 - 3L * (i % 20_000), 1));
        }
        assertThat(t.connection.outOfOrder.ranges()).isEqualTo(OutOfOrderQueue.RANGES_MAX);
        assertThat(t.pool.lentCount()).isLessThanOrEqualTo(OutOfOrderQueue.RANGES_MAX);
        assertThat(t.count(Counter.DROP_TCP_OUT_OF_ORDER_FULL)).isPositive();
    }

    @Test // RFC 5961 §3.2
    void blindRst() {
        TcpScript t = TcpScript.established();
        int challenges = 0;
        for (long seq = 2; seq < 65_000; seq += 1_000) {
            t.inject(seg("R").seq(seq));
            challenges += t.skip();
            t.inject(seg("RA").seq(seq).ack(1));
            challenges += t.skip();
        }
        assertThat(t.connection.state()).isEqualTo(TcpState.ESTABLISHED);
        assertThat(challenges).isBetween(1, 10);
        t.inject(seg("R").seq(1));
        assertThat(t.connection.error()).isEqualTo(TcpError.CONNECTION_RESET);
    }

    @Test // RFC 5961 §4.2
    void blindSyn() {
        TcpScript t = TcpScript.established();
        for (long seq : new long[] {0, 1, 2, 30_000, 65_000, -5, 1L << 31}) {
            t.inject(seg("S").seq(seq));
            t.expect("A", 1, 1);
        }
        assertThat(t.connection.state()).isEqualTo(TcpState.ESTABLISHED);
    }

    @Test // RFC 5961 §5.2
    void blindData() {
        TcpScript t = TcpScript.established();
        for (long ack : new long[] {2, 100_000, 1L << 31, 1 - 65_536 - 1}) {
            t.inject(data(100, 1, ack));
            t.expect("A", 1, 1);
            assertThat(t.connection.available())
                    .as("data with an ACK of %d", ack)
                    .isZero();
        }
        t.inject(data(100, 1, 1 - 60_000));
        assertThat(t.connection.available())
                .as("data with an ACK within the largest window")
                .isEqualTo(100);
    }

    @Test // CVE-2016-5696
    void challengeAckSideChannel() {
        TcpScript t = new TcpScript().listen(10).accepted(seg("S"));
        TcpConnection victim = t.connection;
        int victimIss = t.iss;
        int victimPort = t.peerPort;
        t.peerPort = 50_000;
        t.accepted(seg("S"));
        t.skip();
        for (int i = 0; i < 200; i++) {
            t.inject(seg("S").seq(1));
        }
        assertThat(t.skip()).as("the attacker's own challenges").isEqualTo(10);
        // What the attacker has used up is not the victim's.
        t.connection = victim;
        t.peerPort = victimPort;
        t.iss = victimIss;
        for (int i = 0; i < 10; i++) {
            t.inject(seg("S").seq(1));
            t.expect("A", 1, 1);
        }
    }

    @Test // RFC 6528, CVE-2020-27213
    void predictableIsn() {
        TcpScript t = new TcpScript("tcp.syn-cookies", "off").listen(4_096);
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            t.peerPort = 1024 + i;
            t.inject(seg("S"));
            numbers.add(t.next().seq);
        }
        // Neighbouring tuples tell nothing of each other: differences hit each sixteenth of the space about equally.
        int[] sixteenths = new int[16];
        for (int i = 1; i < numbers.size(); i++) {
            sixteenths[(numbers.get(i) - numbers.get(i - 1)) >>> 28]++;
        }
        for (int count : sixteenths) {
            assertThat(count).isBetween(30, 100);
        }
        assertThat(new HashSet<>(numbers)).hasSize(1_000);
    }

    @Test // RFC 6056, CVE-2024-10603
    void portPrediction() {
        TcpScript t = new TcpScript();
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            ports.add(t.openActively().sourcePort);
        }
        int ascending = 0;
        int near = 0;
        for (int i = 1; i < ports.size(); i++) {
            int step = ports.get(i) - ports.get(i - 1);
            ascending += step > 0 ? 1 : 0;
            near += Math.abs(step) <= 16 ? 1 : 0;
        }
        assertThat(ascending).isBetween(150, 250);
        assertThat(near).isLessThan(10);
    }

    @Test // RFC 7323 §5.4, §7.1
    void timestampsLeak() {
        TcpScript t = new TcpScript("tcp.syn-cookies", "off").listen(4_096);
        Set<Integer> high = new HashSet<>();
        for (int i = 0; i < 64; i++) {
            t.peerPort = 1024 + i;
            t.inject(seg("S").timestamps(1, 0));
            high.add(t.next().tsVal >>> 24);
        }
        assertThat(high).as("clocks that two tuples show").hasSizeGreaterThan(40);
    }

    @Test // RFC 4987
    void synFlood() {
        TcpScript t = new TcpScript().listen(5);
        flood(t, 20_000);
        t.skip();
        assertThat(t.tcp.connectionCount()).isEqualTo(128);
        assertThat(t.pool.lentCount()).isZero();
        assertThat(t.count(Counter.TCP_SYN_COOKIES_SENT)).isEqualTo(20_000 - 128);
        // Meanwhile an honest peer gets in, with all that it can.
        t.accepted(seg("S").mss(MSS).scale(7).sackPermitted().timestamps(5, 0));
        assertThat(t.connection.sack).isTrue();
        assertThat(t.connection.sndScale).isEqualTo((byte) 7);
        t.inject(data(100, 1, 1).timestamps(6, t.skip()));
        assertThat(t.read(1000, 1)).isEqualTo(100);
        // The flood is over: what it left goes, and cookies with it.
        t.advance(70_000);
        t.skip();
        t.connection.abort(t.nowNs);
        t.skip();
        assertThat(t.tcp.connectionCount()).isZero();
        t.listener.close(t.nowNs);
        t.expectNothingLeft();
    }

    @Test
    void acceptFlood() {
        TcpScript t = new TcpScript().listen(2);
        int[] numbers = new int[5];
        for (int i = 0; i < 5; i++) {
            t.peerPort = 20_000 + i;
            t.inject(seg("S"));
            numbers[i] = t.next().seq;
        }
        for (int i = 0; i < 5; i++) {
            t.peerPort = 20_000 + i;
            t.iss = numbers[i];
            t.inject(seg("A").seq(1).ack(1)).silence();
        }
        assertThat(t.listener.acceptableCount()).isEqualTo(2);
        // Nobody was reset: who comes again when there is room gets in.
        assertThat(t.listener.accept()).isNotNull();
        t.inject(data(10, 1, 1));
        assertThat(t.listener.acceptableCount()).isEqualTo(2);
    }

    @Test // CVE-2008-4609, CERT VU#723308, RFC 6429
    void sockstress() {
        TcpScript t = TcpScript.established();
        t.write(5 * MSS);
        t.skip();
        t.inject(seg("A").seq(1).ack(1 + 5 * MSS).window(0));
        t.write(20_000);
        t.connection.close(t.nowNs);
        t.tcp.flush(t.nowNs);
        long beganNs = t.nowNs;
        while (t.connection.isLive()) {
            assertThat(t.nowNs - beganNs).isLessThan(700_000 * TcpScript.MS);
            t.advance(50);
            if (t.skip() > 0 && t.connection.isLive()) {
                t.inject(seg("A").seq(1).ack(1 + 5 * MSS).window(0));
            }
        }
        // RFC 9293 §3.8.3 (SHLD-11): at least 100 s.
        assertThat(t.nowNs - beganNs).isGreaterThan(100_000 * TcpScript.MS);
        t.expectNothingLeft();
    }

    @Test
    void sockstressWhileMemoryIsScarce() {
        TcpScript t = TcpScript.established();
        t.inject(seg("A").seq(1).ack(1).window(0));
        t.write(20_000);
        t.connection.close(t.nowNs);
        List<PacketBuffer> others = new ArrayList<>();
        while (t.pool.lentCount() < t.pool.usable() * 15 / 16) {
            others.add(t.pool.allocate());
        }
        t.advance(1_000);
        assertThat(t.connection.isLive()).isFalse();
        Sent last = null;
        while (t.hasSent()) {
            last = t.next();
        }
        assertThat(last.flags).isEqualTo("RA");
        others.forEach(PacketBuffer::release);
        t.expectNothingLeft();
    }

    @Test
    void finWait2Hoard() {
        TcpScript t = TcpScript.established();
        t.connection.close(t.nowNs);
        t.tcp.flush(t.nowNs);
        t.expect("FA", 1, 1);
        t.inject(seg("A").seq(1).ack(2));
        assertThat(t.connection.state()).isEqualTo(TcpState.FIN_WAIT_2);
        t.advance(61_000);
        t.expectNothingLeft();
    }

    @Test
    void orphanHoard() {
        TcpScript t = new TcpScript("tcp.orphans", "3").listen(100);
        for (int i = 0; i < 5; i++) {
            t.peerPort = 20_000 + i;
            t.accepted(seg("S"));
            t.skip();
            t.write(100);
            t.connection.close(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.expect("PA", 1, 1, 100);
            assertThat(t.next().flags).isEqualTo(i < 3 ? "FA" : "RA");
        }
        assertThat(t.count(Counter.TCP_ORPHANS_ABORTED)).isEqualTo(2);
        assertThat(t.tcp.connectionCount()).isEqualTo(3);
        // Who is done makes room.
        t.advance(120_000);
        assertThat(t.tcp.orphans).isZero();
        t.skip();
        t.listener.close(t.nowNs);
        t.expectNothingLeft();
    }

    @Test // RFC 1337
    void timeWaitAssassination() {
        TcpScript t = TcpScript.established();
        t.connection.close(t.nowNs);
        t.tcp.flush(t.nowNs);
        t.expect("FA", 1, 1);
        t.inject(seg("FA").seq(1).ack(2));
        t.expect("A", 2, 2);
        for (long seq : new long[] {0, 1, 2, 3}) {
            t.inject(seg("R").seq(seq));
            t.inject(data(1, seq, 2));
            t.skip();
            t.inject(seg("RA").seq(seq).ack(2));
        }
        assertThat(t.tcp.timeWaitCount()).isOne();
        t.advance(61_000);
        t.expectNothingLeft();
    }

    @Test // CVE-2019-12255 to -12265, RFC 6093
    void urgent11() {
        TcpScript t = TcpScript.established();
        // Pointers of nothing, before the data, far beyond it, and again while one is pending.
        for (int pointer : new int[] {0, 1, 50, 0xFFFF, 3}) {
            t.inject(seg("UA").seq(1).ack(1).urgent(pointer));
        }
        t.inject(seg("UA").seq(1).ack(1).urgent(0xFFFF).bytes(100));
        t.inject(seg("UA").seq(101).ack(1).urgent(1).bytes(100));
        t.inject(seg("UFA").seq(201).ack(1).urgent(2).bytes(1));
        int available = t.connection.available();
        // At most one byte for each pointer is taken out of the stream.
        assertThat(available).isBetween(198, 201);
        t.connection.abort(t.nowNs);
        t.skip();
        t.expectNothingLeft();
    }

    @Test
    void malformedOptions() {
        int[][] options = {
            {2, 0},
            {2, 1},
            {2, 3, 5},
            {2, 4, 5},
            {2, 40, 5, 180},
            {3, 3},
            {3, 2, 4},
            {3, 3, 255},
            {8, 10, 1, 2},
            {5, 3, 1, 1},
            {5, 34, 1, 1},
            {5, 0},
            {255, 255},
            {254, 1},
            {1, 1, 1, 2},
            {19, 18, 1, 1}
        };
        for (int[] octets : options) {
            TcpScript t = new TcpScript().listen(10);
            t.inject(seg("S").options(octets));
            t.skip();
            TcpScript u = TcpScript.established();
            u.inject(data(10, 1, 1).options(octets));
            assertThat(u.connection.available()).isIn(0, 10);
            u.connection.abort(u.nowNs);
            u.skip();
            u.expectNothingLeft();
        }
    }

    @Test // RFC 5927
    void icmpAttacks() {
        TcpScript t = TcpScript.established();
        t.write(1000);
        t.skip();
        // Not in flight: not believed.
        assertThat(t.icmp(IcmpError.PORT_UNREACHABLE, 0, 5_000)).isFalse();
        assertThat(t.icmp(IcmpError.PACKET_TOO_BIG, 68, -1)).isFalse();
        // In flight: a hard error is a soft one, and no path is smaller than the least.
        t.icmp(IcmpError.PORT_UNREACHABLE, 0, 1);
        t.icmp(IcmpError.PROTOCOL_UNREACHABLE, 0, 1);
        assertThat(t.connection.state()).isEqualTo(TcpState.ESTABLISHED);
        int before = t.connection.sndMss;
        t.icmp(IcmpError.PACKET_TOO_BIG, 68, 1);
        assertThat(t.connection.sndMss)
                .isGreaterThanOrEqualTo(TcpOutput.LEAST_MSS)
                .isLessThanOrEqualTo(before);
    }

    @Test // RFC 3465
    void ackDivision() {
        TcpScript t = TcpScript.established("tcp.congestion", "newreno", "tcp.send-buffer", "1m");
        int start = t.connection.congestion.window();
        t.write(start);
        t.skip();
        for (int i = 1; i <= MSS; i++) {
            t.inject(seg("A").seq(1).ack(1 + i));
        }
        assertThat(t.connection.congestion.window() - start).isLessThanOrEqualTo(MSS);
    }

    @Test // CERT VU#102014
    void optimisticAck() {
        TcpScript t = TcpScript.established();
        t.write(1000);
        t.skip();
        int window = t.connection.congestion.window();
        for (int i = 0; i < 5; i++) {
            t.inject(seg("A").seq(1).ack(50_000 + i));
            t.skip();
        }
        assertThat(t.connection.congestion.window()).isEqualTo(window);
        assertThat(t.connection.unacknowledged()).isEqualTo(1000);
    }

    @Test // RFC 9293 §3.8.6.2
    void sillyWindow() {
        TcpScript t = TcpScript.established();
        t.inject(seg("A").seq(1).ack(1).window(10));
        t.write(20_000);
        t.silence();
        for (int i = 0; i < 20; i++) {
            t.inject(seg("A").seq(1).ack(1).window(11 + i)).silence();
        }
    }

    @Test // RFC 7323 §2.3, §5; the tests' numbers begin just before they wrap around
    void wrapAround() {
        TcpScript t = new TcpScript().connect(seg("SA").ack(1).mss(MSS).scale(255));
        assertThat(t.connection.sndScale).isEqualTo((byte) 14);
        for (int i = 0; i < 10; i++) {
            t.inject(data(1000, 1 + 1000L * i, 1));
        }
        assertThat(t.read(20_000, 1)).isEqualTo(10_000);
        assertThat(t.connection.rcvNxt).as("has passed zero").isPositive();
        // An old segment, half of the space away, is not the next one.
        t.inject(data(100, 10_001 - (1L << 31), 1));
        assertThat(t.connection.available()).isZero();
    }

    @Test
    void checksumTrust() {
        TcpScript t = TcpScript.established();
        t.inject(data(100, 1, 1).badChecksum()).silence();
        assertThat(t.count(Counter.DROP_TCP_CHECKSUM)).isOne();
        assertThat(t.connection.available()).isZero();
    }

    @Test // RFC 4987
    void reflection() {
        TcpScript t = new TcpScript("tcp.syn-cookies", "off").listen(10);
        t.inject(seg("S"));
        t.advance(200_000);
        assertThat(t.skip()).as("SYN-ACKs for one SYN").isEqualTo(6);
        // A segment of a connection that is not there is answered once, and not for ever.
        TcpScript u = new TcpScript();
        for (int i = 0; i < 5_000; i++) {
            u.inject(data(100, 1, 1));
        }
        assertThat(u.skip()).isBetween(800, 1_000);
        assertThat(u.count(Counter.TCP_RESETS_LIMITED)).isGreaterThan(3_900);
        u.advance(1_000);
        u.inject(data(100, 1, 1));
        assertThat(u.next().flags).isEqualTo("R");
    }

    @Test // CVE-1999-0016: a SYN that claims to come from the very socket it goes to
    void landOnAListener() {
        TcpScript t = new TcpScript().listen(10);
        long any = Addresses.mappedLow(0);
        assertThat(t.listener.localLow()).isEqualTo(any);
        t.peerPort = t.hostPort;
        t.inject(seg("S"));
        assertThat(t.skip()).isLessThanOrEqualTo(1);
        assertThat(t.tcp.connectionCount()).isLessThanOrEqualTo(1);
    }
}
