package io.perilune.tcp;

import io.perilune.metrics.Counter;

/**
 * Explicit congestion notification of one connection (RFC 3168), and the receiver's part of DCTCP (RFC 8257 §3.2). Its
 * state is one byte of flags and one sequence number in the connection. Owned by the shard's driver.
 */
final class Ecn {

    /** Both sides agreed on it. */
    static final byte AGREED = 1;
    /** Acknowledgments bear ECE (RFC 3168 §6.1.3). */
    static final byte ECHO = 1 << 1;
    /** The next new data bears CWR (RFC 3168 §6.1.2). */
    static final byte REDUCED = 1 << 2;
    /** The window was reduced, and what was sent before that is not yet acknowledged. */
    static final byte REACTED = 1 << 3;

    /** The codepoints, in the low two bits of the traffic class (RFC 3168 §5). */
    static final int ECT_0 = 2;

    static final int CE = 3;
    static final int CODEPOINT = 3;

    /** The flags of a SYN that asks for it, and of a SYN-ACK that agrees (RFC 3168 §6.1.1). */
    private static final int SETUP = TcpHeader.ECE | TcpHeader.CWR;

    private Ecn() {}

    /** The flags that our SYN bears: the first one asks, one sent again does not (RFC 3168 §6.1.1.1). */
    static int synFlags(TcpConnection c) {
        return c.tcp.ecnAsks && c.retries == 0 ? SETUP : 0;
    }

    /** Whether a SYN that came asks for it and we take it. */
    static boolean accepts(Tcp tcp, TcpSegment syn) {
        return tcp.ecnAccepts && (syn.flags & SETUP) == SETUP;
    }

    /** The answer to our SYN has come. */
    static void onSynAck(TcpConnection c, TcpSegment s) {
        // RFC 3168 §6.1.1: ECE without CWR; both are a mirror that understands nothing. A host that has sent a SYN
        // which did not ask sets no ECT.
        if (c.tcp.ecnAsks && c.retries == 0 && (s.flags & SETUP) == TcpHeader.ECE) {
            c.ecn = AGREED;
        }
    }

    /** The traffic class of a segment: user's, but for the codepoint, which is not theirs to set. */
    static int trafficClass(TcpConnection c, boolean newData) {
        int user = c.options.trafficClass & ~CODEPOINT;
        // RFC 3168 §6.1.4, §6.1.5, §6.1.6: not on acknowledgments, retransmissions and probes.
        return newData && (c.ecn & AGREED) != 0 ? user | ECT_0 : user;
    }

    /** The flags of an acknowledgment, or of any segment that is no new data. */
    static int flags(TcpConnection c) {
        return (c.ecn & ECHO) != 0 ? TcpHeader.ECE : 0;
    }

    /** The flags of new data, which is being sent. */
    static int dataFlags(TcpConnection c) {
        if ((c.ecn & AGREED) == 0) {
            return 0;
        }
        noteRecovery(c);
        int flags = flags(c);
        if ((c.ecn & REDUCED) != 0) {
            c.ecn &= ~REDUCED;
            flags |= TcpHeader.CWR;
        }
        return flags;
    }

    /** How much of what a segment acknowledges the peer reports as marked. */
    static int markedBytes(TcpConnection c, TcpSegment s, int acknowledged) {
        return (c.ecn & AGREED) != 0 && s.has(TcpHeader.ECE) ? acknowledged : 0;
    }

    /** A segment's acknowledgment was processed. */
    static void onAcknowledgment(TcpConnection c, TcpSegment s, long nowNs) {
        noteRecovery(c);
        if ((c.ecn & REACTED) != 0 && SeqNum.after(c.sndUna, c.ecnSeq)) {
            c.ecn &= ~REACTED;
        }
        if (!s.has(TcpHeader.ECE) || (c.ecn & REACTED) != 0 || c.recovery != TcpConnection.OPEN) {
            return;
        }
        // RFC 3168 §6.1.2: at most once for each window of data, as if a segment were lost.
        c.tcp.counters.increment(Counter.TCP_ECN_REDUCTIONS);
        c.ecn |= REACTED | REDUCED;
        c.ecnSeq = c.sndNxt;
        if (!c.congestion.countsMarks()) {
            // The state before is kept for this now, not for an earlier loss.
            c.undoable = false;
            c.congestion.onCongestion(c.flightSize(), c.sndMss, nowNs);
        }
    }

    /** A loss has reduced the window: that too is told by CWR, and echoes of the time before it ask for no more. */
    private static void noteRecovery(TcpConnection c) {
        if (c.recovery != TcpConnection.OPEN && ((c.ecn & REACTED) == 0 || c.ecnSeq != c.recoverSeq)) {
            c.ecn |= REACTED | REDUCED;
            c.ecnSeq = c.recoverSeq;
        }
    }

    /** Acceptable data has come and is not yet taken in. */
    static void onData(TcpConnection c, TcpSegment s, long nowNs) {
        boolean marked = (s.trafficClass & CODEPOINT) == CE;
        if (marked) {
            c.tcp.counters.increment(Counter.TCP_ECN_MARKS_RECEIVED);
        }
        if (c.congestion.countsMarks()) {
            if (marked != ((c.ecn & ECHO) != 0)) {
                // RFC 8257 §3.2: what came before is acknowledged as it was, and what comes now at once.
                if (c.rcvNxt != c.rcvAcked) {
                    c.tcp.writer.sendAck(c, nowNs);
                }
                c.ecn ^= ECHO;
                c.ackNow = true;
                c.tcp.markDirty(c);
            }
            return;
        }
        // RFC 3168 §6.1.3: echoed until the sender says that it has reduced its window.
        if (s.has(TcpHeader.CWR)) {
            c.ecn &= ~ECHO;
        }
        if (marked && (c.ecn & ECHO) == 0) {
            c.ecn |= ECHO;
            c.ackNow = true;
            c.tcp.markDirty(c);
        }
    }
}
