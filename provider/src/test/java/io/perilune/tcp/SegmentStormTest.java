package io.perilune.tcp;

import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.ip.IcmpError;
import io.perilune.packet.Seg;
import io.perilune.packet.TcpScript;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any event in any state: random segments with numbers near the edges of what is expected, user calls, ICMP errors and
 * time, one after the other. What must hold is checked after each; -Dperilune.seed=N replays one.
 */
class SegmentStormTest {

    private static final int EVENTS = 400;
    private static final String[] FLAGS = {
        "A", "A", "A", "A", "A", "A", "A", "A", "A", "A", "PA", "PA", "PA", "UA", "UA", "S", "SA", "", "P", "SF",
        "SFPUA"
    };
    private static final String[] RARE_FLAGS = {"R", "RA", "SR", "SFRPUA", "FA", "FA", "FPUA", "F"};
    private static final int[] NEAR = {-70_000, -1461, -2, -1, 0, 0, 0, 0, 1, 2, 100, 1460, 65_534, 65_535, 65_536};
    private static final int[] LENGTHS = {0, 0, 0, 1, 10, 536, 1460};
    private static final int[] WINDOWS = {0, 1, 100, 1459, 20_000, 65_535};
    private static final IcmpError[] ERRORS = IcmpError.values();

    private TcpScript t;
    private SplittableRandom random;
    private int sndUna;
    private int rcvNxt;
    private int rightEdge;
    private long read;

    static LongStream seeds() {
        Long one = Long.getLong("perilune.seed");
        return one != null ? LongStream.of(one) : LongStream.range(1, 1 + Long.getLong("perilune.storms", 300));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    @Rfc(number = 9293, section = "3.10", label = "3.10/1")
    void noEventBreaksAnyState(long seed) {
        random = new SplittableRandom(seed);
        t = begin();
        for (int i = 0; i < EVENTS; i++) {
            event();
            check();
            if (t.connection == null || t.connection.state() == TcpState.CLOSED) {
                finish();
                t = begin();
            }
        }
        finish();
    }

    private TcpScript begin() {
        String[] settings = {"tcp.receive-buffer", String.valueOf(3_000 + random.nextInt(200_000)), "tcp.retries", "5"};
        TcpScript script = new TcpScript(settings);
        script.options.noDelay = random.nextBoolean();
        script.options.keepAlive = random.nextBoolean();
        script.options.keepIdle = 1 + random.nextInt(20);
        // So that each byte is at its place in what is read.
        script.options.oobInline = true;
        boolean active = random.nextBoolean();
        Seg first = active && random.nextInt(3) != 0 ? seg("SA").ack(1) : seg("S");
        if (random.nextBoolean()) {
            first.mss(100 + random.nextInt(2000));
        }
        if (random.nextBoolean()) {
            first.scale(random.nextInt(16));
        }
        if (random.nextBoolean()) {
            first.sackPermitted();
        }
        if (random.nextInt(3) == 0) {
            first.timestamps(1000, 0);
        }
        if (active) {
            script.openActively();
            script.inject(first);
        } else {
            script.listen(3);
            script.handshake(first);
            script.connection = script.listener.accept();
            if (script.connection != null) {
                script.connection.attach(script);
            }
        }
        script.skip();
        return script;
    }

    private void event() {
        TcpConnection c = t.connection;
        switch (random.nextInt(c == null ? 6 : 14)) {
            case 6, 7 -> t.write(1 + random.nextInt(8_000));
            case 8 -> read += Math.max(0, t.read(1 + random.nextInt(9_000), 1 + read));
            case 9 -> t.advance(1 + random.nextInt(random.nextInt(10) == 0 ? 50_000 : 500));
            case 10 -> rareCall(c);
            case 11 -> t.icmp(ERRORS[random.nextInt(ERRORS.length)], random.nextInt(2_000), random.nextInt(3_000));
            default -> t.inject(segment());
        }
        t.tcp.flush(t.nowNs);
        t.skip();
    }

    private void rareCall(TcpConnection c) {
        switch (random.nextInt(20)) {
            case 0 -> c.shutdownOutput(t.nowNs);
            case 1 -> c.shutdownInput(t.nowNs);
            case 2 -> c.close(t.nowNs);
            case 3 -> {
                if (random.nextInt(4) == 0) {
                    c.abort(t.nowNs);
                }
            }
            default -> c.writeUrgent((byte) 1, t.nowNs);
        }
    }

    private Seg segment() {
        TcpConnection c = t.connection;
        int expected = c == null ? 1 : c.rcvNxt - TcpScript.PEER_ISS;
        int una = c == null ? 1 : c.sndUna - t.iss;
        int nxt = c == null ? 1 : c.sndNxt - t.iss;
        boolean rare = random.nextInt(25) == 0;
        Seg s = seg(rare ? RARE_FLAGS[random.nextInt(RARE_FLAGS.length)] : FLAGS[random.nextInt(FLAGS.length)]);
        s.seq(expected + NEAR[random.nextInt(NEAR.length)]);
        s.ack((random.nextBoolean() ? una : nxt) + (random.nextInt(3) == 0 ? NEAR[random.nextInt(NEAR.length)] : 0));
        s.window(WINDOWS[random.nextInt(WINDOWS.length)]).urgent(random.nextInt(2_000));
        if (c != null && c.timestamps && random.nextInt(10) != 0) {
            s.timestamps(1000 + random.nextInt(3), 0);
        }
        if (c != null && c.sack && random.nextInt(4) == 0) {
            int left = t.mine(una + random.nextInt(3_000));
            s.sack(left, left + random.nextInt(3_000));
        }
        return s.bytes(LENGTHS[random.nextInt(LENGTHS.length)]);
    }

    /** RFC 9293 §3.4, §3.8.6: what never goes back, and never passes the other. */
    private void check() {
        TcpConnection c = t.connection;
        if (c == null || !c.isSynchronized()) {
            return;
        }
        assertThat(c.sndNxt - c.sndUna).isNotNegative();
        assertThat(c.sendQueue.end - c.sndNxt).isNotNegative();
        assertThat(c.rcvAdv - c.rcvNxt).isNotNegative();
        assertThat(c.rcvNxt - c.rcvAcked).isNotNegative();
        if (rightEdge != 0) {
            assertThat(c.sndUna - sndUna).isNotNegative();
            assertThat(c.rcvNxt - rcvNxt).isNotNegative();
            assertThat(c.rcvAdv - rightEdge).isNotNegative();
        }
        sndUna = c.sndUna;
        rcvNxt = c.rcvNxt;
        rightEdge = c.rcvAdv;
        assertThat(c.congestion.window()).isPositive();
        assertThat(c.outstanding() == 0 || (c.timers & TcpTimers.RETRANSMISSION) != 0)
                .as("what is outstanding has a timer")
                .isTrue();
        assertThat(t.events.stream().filter(e -> e.startsWith("closed")).count())
                .isLessThanOrEqualTo(1);
    }

    private void finish() {
        t.tcp.abortAll(TcpError.STACK_CLOSED, t.nowNs);
        if (t.connection != null) {
            t.connection.close(t.nowNs);
        }
        t.expectNothingLeft();
        rightEdge = 0;
        read = 0;
    }
}
