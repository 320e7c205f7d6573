package io.perilune.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.ip.IcmpError;
import io.perilune.packet.Seg;
import io.perilune.packet.TcpScript;
import io.perilune.tcp.ConnectionInvariants;
import io.perilune.tcp.ConnectionNumbers;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpState;

/**
 * Whole segments, calls of the user, ICMP errors and time into a connection, begun in each state of RFC 9293 §3.3.2: the
 * first octet of an input chooses it. {@link ConnectionInvariants} must hold after each step, each byte read must be the
 * peer's, and at the end nothing is left.
 */
public final class ConnectionFuzz {

    private static final int STEPS_MOST = 150;
    private static final int[] NEAR = {0, 1, -1, 2, -2, 100, 1_460, -1_461, 65_535, 65_536, -70_000};
    private static final int[] LENGTHS = {0, 0, 1, 10, 536, 1_460};
    private static final int[] WINDOWS = {65_535, 0, 1, 100, 1_459, 20_000};
    private static final int[] WAITS_MS = {1, 5, 40, 200, 500};
    private static final int[] JUMPS_MS = {1_000, 5_000, 61_000, 130_000, 7_300_000};
    private static final IcmpError[] ERRORS = IcmpError.values();

    private final Input in;
    private final TcpRig rig;
    private final TcpScript t;
    private long read;

    private ConnectionFuzz(Input in, int flags) {
        this.in = in;
        rig = (flags & 1) == 0
                ? new TcpRig("tcp.retries", "5", "tcp.congestion", CONGESTION[flags >> 6 & 3])
                : new TcpRig("tcp.retries", "3", "tcp.receive-buffer", "4096", "tcp.pacing", "true", "tcp.ecn", "on");
        t = rig.script;
        // So that each byte is at its place in what is read.
        t.options.oobInline = true;
        t.options.noDelay = (flags & 2) != 0;
        t.options.keepAlive = (flags & 4) != 0;
        t.options.keepIdle = 5;
    }

    private static final String[] CONGESTION = {"cubic", "newreno", "dctcp", "cubic"};

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        Input in = new Input(data);
        ConnectionStates state = ConnectionStates.values()[in.below(ConnectionStates.values().length)];
        int flags = in.octet();
        new ConnectionFuzz(in, flags).run(state, flags);
    }

    private void run(ConnectionStates state, int flags) {
        state.enter(t, flags);
        rig.check();
        for (int i = 0; i < STEPS_MOST && in.hasMore(); i++) {
            step();
            accept();
            rig.check();
        }
        rig.end();
    }

    private void step() {
        int choice = in.octet();
        TcpConnection c = t.connection;
        if (choice < 160) {
            t.inject(segment(choice));
        } else if (choice < 190) {
            t.advance(WAITS_MS[choice % WAITS_MS.length]);
        } else if (choice < 200) {
            rig.jump(JUMPS_MS[choice % JUMPS_MS.length]);
        } else if (choice < 208) {
            t.icmp(ERRORS[in.below(ERRORS.length)], in.halfWord() % 2_000, relative(sndUna(), in));
        } else if (c != null) {
            call(c, choice);
        }
    }

    private void call(TcpConnection c, int choice) {
        if (choice < 224) {
            t.write(1 + in.octet() * 40);
        } else if (choice < 240) {
            int from = ConnectionInvariants.initialReceived(c) - TcpScript.PEER_ISS + 1;
            read += Math.max(0, t.read(1 + in.octet() * 40, from + read));
        } else if (choice < 244) {
            c.writeUrgent((byte) 1, t.nowNs);
        } else if (choice < 248) {
            c.shutdownOutput(t.nowNs);
        } else if (choice < 250) {
            c.shutdownInput(t.nowNs);
        } else if (choice < 253) {
            c.close(t.nowNs);
        } else if (choice < 254) {
            c.abort(t.nowNs);
        } else {
            c.options().linger = in.below(3) - 1;
            // Larger only: with a smaller one than what it holds, more would be there than it may hold for good reason.
            c.options().receiveBuffer = Math.max(c.receiveBufferSize(), 16 * in.halfWord());
            c.options().sendBuffer = Math.max(c.sendBufferSize(), 16 * in.halfWord());
            c.applyOptions(t.nowNs);
        }
        t.tcp.flush(t.nowNs);
    }

    private Seg segment(int choice) {
        int letters = choice < 100 ? 0x10 | (choice & 0x28) : in.octet();
        StringBuilder flags = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            flags.append((letters >> i & 1) != 0 ? "FSRPAUEC".substring(i, i + 1) : "");
        }
        Seg s = Seg.seg(flags.toString());
        TcpConnection c = t.connection;
        int shape = in.octet();
        int expected = c == null ? 1 : ConnectionNumbers.rcvNxt(c) - TcpScript.PEER_ISS;
        s.seq((shape & 1) == 0 ? expected : relative(expected, in));
        int ack = (shape & 2) == 0 ? sndNxt() : sndUna();
        s.ack((shape & 4) == 0 ? ack : relative(ack, in));
        s.window((shape & 8) == 0 ? 65_535 : WINDOWS[in.below(WINDOWS.length)]);
        if ((letters & 0x20) != 0) {
            s.urgent(in.halfWord());
        }
        options(s, c, shape);
        s.trafficClass((shape & 0x40) == 0 ? 0 : in.below(4));
        return s.bytes((shape & 0x80) == 0 ? 0 : in.flag() ? LENGTHS[in.below(LENGTHS.length)] : in.octet());
    }

    private void options(Seg s, TcpConnection c, int shape) {
        if (c != null && ConnectionNumbers.hasTimestamps(c) && (shape & 0x30) != 0x30) {
            s.timestamps(1_000 + ((shape & 0x10) == 0 ? 0 : in.octet() - 10), 0);
        }
        if ((shape & 0x20) == 0) {
            return;
        }
        switch (in.below(5)) {
            case 0 -> s.mss(in.halfWord());
            case 1 -> s.scale(in.below(20));
            case 2 -> s.sackPermitted();
            case 3 -> {
                int left = t.mine(relative(sndUna(), in));
                int right = left + relative(0, in);
                s.sack(left, right, right + in.octet(), t.mine(sndNxt()));
            }
            default -> {
                for (byte octet : in.block(12)) {
                    s.options(octet);
                }
            }
        }
    }

    private static int relative(int to, Input in) {
        int choice = in.octet();
        if (choice < 128) {
            return to + NEAR[choice % NEAR.length];
        }
        return to + (choice < 192 ? (choice - 160) * 365 : choice < 250 ? choice - 220 : in.word());
    }

    private int sndUna() {
        return t.connection == null ? 1 : ConnectionNumbers.sndUna(t.connection) - t.iss;
    }

    private int sndNxt() {
        return t.connection == null ? 1 : ConnectionNumbers.sndNxt(t.connection) - t.iss;
    }

    /** Takes the next connection when this side has none, or one that ended. */
    private void accept() {
        boolean ended = t.connection == null || t.connection.state() == TcpState.CLOSED;
        if (t.listener == null || !ended || t.listener.acceptableCount() == 0) {
            return;
        }
        if (t.connection != null) {
            t.connection.close(t.nowNs);
            rig.check();
        }
        t.connection = t.listener.accept();
        assertThat(t.connection).isNotNull();
        t.connection.attach(t);
        t.iss = ConnectionInvariants.initialSent(t.connection);
        read = 0;
    }
}
