package io.perilune.tcp;

import java.nio.ByteBuffer;

/**
 * Numbers that outsiders must not guess: initial sequence numbers (RFC 6528), timestamp offsets (RFC 7323 §5.4), and a
 * stream of random ones for ports (RFC 6056). Owned by the shard's driver.
 */
final class IsnGenerator {

    private final SipHash flows;
    private final SipHash stream;
    private long counter;

    /** @param secret 32 bytes */
    IsnGenerator(byte[] secret) {
        ByteBuffer keys = ByteBuffer.wrap(secret);
        flows = new SipHash(keys.getLong(0), keys.getLong(8), 2, 4);
        stream = new SipHash(keys.getLong(16), keys.getLong(24), 2, 4);
    }

    /** RFC 6528 §3: a clock of about 4 us, plus a keyed hash of the tuple. */
    int initialSequence(FlowEntry flow, long nowNs) {
        return (int) (nowNs >> 12) + (int) hash(flow, 1);
    }

    /** RFC 7323 §5.4: each tuple has a timestamp offset of its own, the same for each of its incarnations. */
    int timestampOffset(FlowEntry flow) {
        return (int) hash(flow, 2);
    }

    /** Returns a random number, uniform in [0, bound). */
    int random(int bound) {
        long bits = stream.begin().word(counter++).finish();
        return (int) (((bits >>> 32) * bound) >>> 32);
    }

    /** Returns 64 random bits. */
    long randomLong() {
        return stream.begin().word(counter++).finish();
    }

    private long hash(FlowEntry flow, long purpose) {
        return flows.begin()
                .word(flow.localHigh)
                .word(flow.localLow)
                .word(flow.remoteHigh)
                .word(flow.remoteLow)
                .word(purpose << 32 | (flow.ports & 0xFFFFFFFFL))
                .finish();
    }
}
