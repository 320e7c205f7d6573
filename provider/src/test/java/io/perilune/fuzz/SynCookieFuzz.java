package io.perilune.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.packet.Seg;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import io.perilune.tcp.ConnectionNumbers;
import io.perilune.tcp.TcpConnection;

/** SYN cookies (RFC 4987 §3.6): what is sent back opens a connection as it was offered; what is not, opens none. */
public final class SynCookieFuzz {

    private static final int ROUNDS_MOST = 8;
    private static final int TICK_MS = 64_000;

    private SynCookieFuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        Input in = new Input(data);
        TcpRig rig = new TcpRig("tcp.syn-cookies", "always");
        rig.script.listen(ROUNDS_MOST + 1);
        for (int i = 0; i < ROUNDS_MOST && in.hasMore(); i++) {
            rig.script.peerPort = TcpScript.PEER_PORT + i;
            round(in, rig);
        }
        rig.end();
    }

    private static void round(Input in, TcpRig rig) {
        TcpScript t = rig.script;
        int mss = in.flag() ? in.halfWord() : -1;
        int shift = in.below(20) - 1;
        boolean sack = in.flag();
        boolean timestamps = in.flag();
        int seq = in.flag() ? in.word() : 0;
        Seg syn = Seg.seg(in.flag() ? "SEC" : "S").seq(seq);
        if (mss >= 0) {
            syn.mss(mss);
        }
        if (shift >= 0) {
            syn.scale(shift);
        }
        if (sack) {
            syn.sackPermitted();
        }
        if (timestamps) {
            syn.timestamps(in.word(), 0);
        }
        t.inject(syn);
        Sent synAck = t.next();
        assertThat(synAck.flags).startsWith("SA");
        assertThat(synAck.ack).isEqualTo(t.theirs(seq + 1));
        t.iss = synAck.seq;
        int late = in.below(6) == 0 ? in.octet() * 1_000 : 0;
        rig.jump(late);
        int wrong = in.below(3) == 0 ? in.word() : 0;
        int echo = in.below(8) == 0 ? in.word() : synAck.tsVal;
        Seg ack = Seg.seg("A").seq(seq + 1).ack(1 + wrong).bytes(in.octet());
        if (synAck.timestamps) {
            ack.timestamps(in.word(), echo);
        }
        t.inject(ack);
        TcpConnection c = t.listener.accept();
        if (c != null) {
            assertThat(wrong).as("a number that was never given out").isZero();
            assertThat(late).as("milliseconds that a cookie was out").isLessThan(2 * TICK_MS);
            assertThat(ConnectionNumbers.sndMss(c)).isLessThanOrEqualTo(1_460);
            assertThat(ConnectionNumbers.hasTimestamps(c)).isEqualTo(synAck.timestamps);
            if (echo == synAck.tsVal && synAck.timestamps) {
                assertThat(ConnectionNumbers.hasSack(c)).isEqualTo(sack);
                assertThat(ConnectionNumbers.sndShift(c)).isEqualTo(Math.max(0, Math.min(14, shift)));
            }
            t.connection = c;
            c.attach(t);
            rig.check();
            c.close(t.nowNs);
        } else {
            assertThat(wrong != 0 || late >= TICK_MS)
                    .as("a cookie that was refused")
                    .isTrue();
        }
        t.skip();
    }
}
