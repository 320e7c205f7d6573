package io.perilune.ip;

import io.perilune.time.Timer;
import io.perilune.time.TimerWheel;

/**
 * The paths whose MTU is smaller than the link's (RFC 1191). Bounded: a path's place follows from a keyed hash, and a
 * newcomer takes it over. Allocates nothing after construction. Owned by the shard's driver.
 */
final class PathMtuCache {

    /** What a path's MTU is never lowered below, whatever a router says: the least that Linux takes too. */
    static final int FLOOR = 552;
    /** RFC 1191 §6.3: after ten minutes a larger MTU is tried again. */
    static final long AGE_NS = 600_000_000_000L;

    private static final int PLACES = 512;
    private static final long SWEEP_NS = 60_000_000_000L;
    /** RFC 1191 §7: plausible MTUs, for routers that tell none. */
    private static final int[] PLATEAUS = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 576};

    private final TimerWheel wheel;
    private final long secret;
    private final long[] highs = new long[PLACES];
    private final long[] lows = new long[PLACES];
    private final int[] mtus = new int[PLACES];
    private final long[] learnedNs = new long[PLACES];
    private final Sweep sweep = new Sweep();
    private int count;

    PathMtuCache(TimerWheel wheel, long secret) {
        this.wheel = wheel;
        this.secret = secret;
    }

    /** Returns the MTU of a path, at most the link's. */
    int mtu(long high, long low, int linkMtu) {
        if (count == 0) {
            return linkMtu;
        }
        int place = place(high, low);
        return mtus[place] != 0 && lows[place] == low && highs[place] == high
                ? Math.min(mtus[place], linkMtu)
                : linkMtu;
    }

    /**
     * Returns what MTU a router's message means.
     *
     * @param told the MTU in the message, 0 if none
     * @param packetLength the length of the packet that was too big
     */
    static int plausible(int told, int packetLength) {
        int mtu = told;
        if (mtu == 0) {
            mtu = FLOOR;
            for (int plateau : PLATEAUS) {
                if (plateau < packetLength) {
                    mtu = plateau;
                    break;
                }
            }
        }
        return Math.max(mtu, FLOOR);
    }

    /** Lowers the MTU of a path. */
    void lower(long high, long low, int mtu, long nowNs) {
        int place = place(high, low);
        if (mtus[place] == 0) {
            count++;
        }
        highs[place] = high;
        lows[place] = low;
        mtus[place] = mtu;
        learnedNs[place] = nowNs;
        if (!sweep.isArmed()) {
            wheel.arm(sweep, nowNs + SWEEP_NS);
        }
    }

    /** Forgets all paths. */
    void clear() {
        wheel.cancel(sweep);
        for (int place = 0; place < PLACES; place++) {
            mtus[place] = 0;
        }
        count = 0;
    }

    private int place(long high, long low) {
        long mixed = ((high * 31 + low) ^ secret) * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ (mixed >>> 32) ^ secret) * 0xD6E8_FEB8_6659_FD93L;
        return (int) (mixed >>> 40) & (PLACES - 1);
    }

    private final class Sweep extends Timer {
        @Override
        protected void onTimer(long nowNs) {
            for (int place = 0; place < PLACES; place++) {
                if (mtus[place] != 0 && nowNs - learnedNs[place] >= AGE_NS) {
                    mtus[place] = 0;
                    count--;
                }
            }
            if (count > 0) {
                wheel.arm(this, nowNs + SWEEP_NS);
            }
        }
    }
}
