package io.perilune.tcp;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.metrics.Counter;

/**
 * SYN cookies (RFC 4987 §3.6): when a listener has no room for further half-open connections, a SYN is answered and
 * forgotten. Our initial sequence number is a keyed hash of the tuple, the peer's number and the time, and the peer's
 * segment size in its low bits; window scale, SACK and ECN are in the low bits of our timestamp, if the peer has
 * timestamps. Its acknowledgment brings all of it back. Owned by the shard's driver.
 */
final class SynCookies {

    /** The values of {@code tcp.syn-cookies}. */
    static final String AUTO = "auto";

    static final String ALWAYS = "always";
    static final String OFF = "off";

    /** A cookie is good until the end of the tick after the one it was made in. */
    static final long TICK_NS = 64_000_000_000L;

    /** Segment sizes that a cookie can tell: the largest that is no larger than the peer's is used. */
    private static final int[] SEGMENT_SIZES = {TcpOutput.LEAST_MSS, 536, 1220, 1300, 1400, 1440, 1460, 8960};

    private static final int SIZE_BITS = 3;
    private static final int SIZE_MASK = (1 << SIZE_BITS) - 1;

    // The low bits of the timestamp: window scale, or all ones for none; SACK; ECN.
    private static final int OPTION_MASK = 63;
    private static final int SCALE_MASK = 15;
    private static final int SACK = 16;
    private static final int ECN = 32;

    private final Tcp tcp;
    private final SipHash hash;
    private final boolean always;
    private final boolean off;
    /** What the writer and the listener's input take a half-open connection from; in no table, with no timer. */
    private final HalfOpen scratch;
    /** When a cookie was last sent, if any was. */
    private long lastSentNs;

    private boolean anySent;

    SynCookies(Tcp tcp, Settings settings) {
        this.tcp = tcp;
        this.hash = new SipHash(tcp.isn.randomLong(), tcp.isn.randomLong(), 2, 4);
        this.always = ALWAYS.equals(settings.text(Setting.TCP_SYN_COOKIES));
        this.off = OFF.equals(settings.text(Setting.TCP_SYN_COOKIES));
        this.scratch = new HalfOpen(tcp);
    }

    /** Whether a SYN to a listener is to be answered with a cookie. */
    boolean isWanted(TcpListener listener) {
        // A cookie cannot be made larger than what an earlier incarnation used (RFC 9293 §3.10.7.4, TIME-WAIT).
        return !off && tcp.reuseAfter == 0 && (always || listener.isSynQueueFull());
    }

    /** Answers a SYN and keeps nothing of it. */
    void answer(TcpListener listener, TcpSegment s, long nowNs) {
        HalfOpen h = scratch;
        tcp.listenInput.describe(h, listener, s, nowNs);
        int index = sizeIndex(h.peerMss);
        h.iss = cookie(h, index, Math.floorDiv(nowNs, TICK_NS));
        if (h.timestamps) {
            int now = tcp.timestamp(h.tsOffset, nowNs);
            int withOptions = (now & ~OPTION_MASK) | options(h);
            if (withOptions - now > 0) {
                // RFC 7323 §4.3: never later than the time it stands for, or the next would seem old.
                withOptions -= OPTION_MASK + 1;
            }
            h.tsOffset += withOptions - now;
        } else {
            h.sndShift = -1;
            h.sackPermitted = false;
            h.ecn = false;
        }
        anySent = true;
        lastSentNs = nowNs;
        tcp.counters.increment(Counter.TCP_SYN_COOKIES_SENT);
        tcp.writer.sendSynAck(h, nowNs);
        h.listener = null;
    }

    /**
     * Looks whether an acknowledgment to a listener brings a cookie back.
     *
     * @return the half-open connection as it would have been kept, until the next call; null if it is no cookie
     */
    HalfOpen redeem(TcpListener listener, TcpSegment s, long nowNs) {
        if (!anySent || nowNs - lastSentNs > 2 * TICK_NS) {
            return null;
        }
        HalfOpen h = scratch;
        tcp.listenInput.describe(h, listener, s, nowNs);
        h.listener = null;
        h.irs = s.seq - 1;
        h.iss = s.ack - 1;
        int index = h.iss & SIZE_MASK;
        long tick = Math.floorDiv(nowNs, TICK_NS);
        if (h.iss != cookie(h, index, tick) && h.iss != cookie(h, index, tick - 1)) {
            tcp.counters.increment(Counter.TCP_SYN_COOKIES_REFUSED);
            return null;
        }
        h.peerMss = SEGMENT_SIZES[index];
        int options = s.timestamps ? s.tsEcr & OPTION_MASK : SCALE_MASK;
        int scale = options & SCALE_MASK;
        h.sndShift = scale == SCALE_MASK ? -1 : scale;
        h.sackPermitted = (options & SACK) != 0;
        h.ecn = (options & ECN) != 0 && tcp.ecnAccepts;
        tcp.counters.increment(Counter.TCP_SYN_COOKIES_ACCEPTED);
        return h;
    }

    private static int options(HalfOpen h) {
        int scale = h.sndShift < 0 ? SCALE_MASK : h.sndShift;
        return scale | (h.sackPermitted ? SACK : 0) | (h.ecn ? ECN : 0);
    }

    private static int sizeIndex(int mss) {
        int index = SEGMENT_SIZES.length - 1;
        while (index > 0 && SEGMENT_SIZES[index] > mss) {
            index--;
        }
        return index;
    }

    private int cookie(HalfOpen h, int index, long tick) {
        long bits = hash.begin()
                .word(h.localHigh)
                .word(h.localLow)
                .word(h.remoteHigh)
                .word(h.remoteLow)
                .word(((long) h.ports << 32) | (h.irs & 0xFFFFFFFFL))
                .word((tick << SIZE_BITS) | index)
                .finish();
        return ((int) bits & ~SIZE_MASK) | index;
    }
}
