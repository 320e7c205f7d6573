package io.perilune.fuzz;

import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.packet.Seg;
import io.perilune.packet.TcpScript;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpState;

/** The states a connection can be in (RFC 9293 §3.3.2), each with the way there. New ones go to the end: inputs count. */
enum ConnectionStates {
    LISTEN,
    SYN_SENT,
    SYN_RECEIVED,
    SYN_RECEIVED_BY_BOTH,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSE_WAIT,
    CLOSING,
    LAST_ACK,
    TIME_WAIT;

    /**
     * Brings a TCP there.
     *
     * @param flags bit 3: the connection is opened by the peer, where both can; bits 4 and 5: what the peer speaks
     */
    void enter(TcpScript t, int flags) {
        switch (this) {
            case LISTEN -> t.listen(2);
            case SYN_SENT -> t.openActively();
            case SYN_RECEIVED -> t.listen(2).inject(speak(seg("S"), flags));
            case SYN_RECEIVED_BY_BOTH -> {
                t.openActively();
                t.inject(speak(seg("S"), flags));
                assertThat(t.connection.state()).isEqualTo(TcpState.SYN_RECEIVED);
            }
            default -> enterSynchronized(t, flags);
        }
    }

    private void enterSynchronized(TcpScript t, int flags) {
        if ((flags & 8) == 0) {
            t.openActively();
            t.inject(speak(seg("SA").ack(1), flags));
        } else {
            t.listen(2).accepted(speak(seg("S"), flags));
        }
        t.skip();
        TcpConnection c = t.connection;
        switch (this) {
            case ESTABLISHED -> {
                // There already.
            }
            case FIN_WAIT_1 -> finish(t);
            case FIN_WAIT_2 -> {
                finish(t);
                peer(t, "A", 2, c, flags);
            }
            case CLOSE_WAIT -> peer(t, "FA", 1, c, flags);
            case CLOSING -> {
                finish(t);
                peer(t, "FA", 1, c, flags);
            }
            case LAST_ACK -> {
                peer(t, "FA", 1, c, flags);
                finish(t);
            }
            case TIME_WAIT -> {
                finish(t);
                peer(t, "FA", 2, c, flags);
            }
            default -> throw new AssertionError(this);
        }
        if (this == TIME_WAIT) {
            assertThat(t.tcp.timeWaitCount()).isEqualTo(1);
        } else {
            assertThat(c.state()).isEqualTo(TcpState.valueOf(name()));
        }
    }

    private static void finish(TcpScript t) {
        t.connection.shutdownOutput(t.nowNs);
        t.tcp.flush(t.nowNs);
    }

    private static void peer(TcpScript t, String letters, int ack, TcpConnection c, int flags) {
        Seg s = seg(letters).seq(1).ack(ack);
        t.inject((flags & 0x20) != 0 ? s.timestamps(1_000, 0) : s);
        assertThat(t.connection).isSameAs(c);
    }

    private static Seg speak(Seg s, int flags) {
        s.mss(1_460);
        if ((flags & 0x10) != 0) {
            s.scale(2).sackPermitted();
        }
        return (flags & 0x20) != 0 ? s.timestamps(1_000, 0) : s;
    }
}
