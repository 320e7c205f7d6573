package io.perilune.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.packet.Seg;
import io.perilune.packet.TcpScript;
import io.perilune.tcp.ConnectionNumbers;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpError;
import java.util.BitSet;

/**
 * SACK blocks into a scoreboard (RFC 2018, RFC 2883): no segment is marked as reported of which a byte never was, and
 * the sums agree with the marks.
 */
public final class SackFuzz {

    private static final int STEPS_MOST = 100;
    private static final int[] WRITES = {1, 100, 1_460, 5_000, 20_000};
    private static final int[] WAITS_MS = {1, 10, 100, 250, 1_000, 3_000};

    private final TcpRig rig = new TcpRig();
    private final TcpScript t = rig.script;
    /** Offsets from the first data byte. */
    private final BitSet reported = new BitSet();

    private SackFuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        new SackFuzz().run(new Input(data));
    }

    private void run(Input in) {
        t.options.noDelay = in.flag();
        t.connect(Seg.seg("SA").ack(1).mss(in.oneOf(1_460, 536, 100)).scale(4).sackPermitted());
        t.write(30_000);
        rig.check();
        for (int i = 0; i < STEPS_MOST && in.hasMore(); i++) {
            switch (in.below(8)) {
                case 0 -> t.write(WRITES[in.below(WRITES.length)]);
                case 1 -> t.advance(WAITS_MS[in.below(WAITS_MS.length)]);
                default -> report(in);
            }
            rig.check();
            if (t.connection.error() != TcpError.NONE) {
                break;
            }
            checkMarks();
        }
        rig.end();
    }

    private void report(Input in) {
        TcpConnection c = t.connection;
        int una = ConnectionNumbers.sndUna(c) - t.iss;
        int length = ConnectionNumbers.sndNxt(c) - ConnectionNumbers.sndUna(c);
        // Mostly duplicates: an acknowledgment of all leaves nothing to report.
        int ack = in.below(4) == 0 ? una + offset(in, length) : una;
        Seg s = Seg.seg("A").seq(1).ack(ack).window(60_000);
        int[] edges = new int[2 * in.below(5)];
        for (int i = 0; i < edges.length; i += 2) {
            boolean wild = in.below(16) == 0;
            int left = wild ? in.word() : t.mine(una + offset(in, length));
            int right = wild ? in.word() : left + offset(in, length);
            edges[i] = left;
            edges[i + 1] = right;
            int from = left - t.iss - 1;
            int to = right - t.iss - 1;
            if (from < to && to > 0 && to <= una - 1 + length) {
                reported.set(Math.max(0, from), to);
            }
        }
        t.inject(edges.length == 0 ? s : s.sack(edges));
    }

    private static int offset(Input in, int length) {
        int choice = in.octet();
        return choice < 128 ? (int) ((long) length * choice / 127) : Math.min(length, (choice - 128) * 1_460);
    }

    private void checkMarks() {
        for (int[] record : ConnectionNumbers.records(t.connection)) {
            if (record[2] == 1) {
                int from = record[0] - t.iss - 1;
                int to = record[1] - t.iss - 1;
                assertThat(reported.nextClearBit(from))
                        .as("marked, but never reported")
                        .isGreaterThanOrEqualTo(to);
            }
        }
    }
}
