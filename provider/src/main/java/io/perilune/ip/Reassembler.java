package io.perilune.ip;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.Timer;
import io.perilune.time.TimerWheel;
import java.nio.ByteBuffer;

/**
 * Puts fragments together, of both families (RFC 791 §3.2, RFC 8200 §4.5), within hard bounds: so many datagrams at
 * once, fewer of one sender, none longer than a cell, none for longer than a minute; a newcomer pushes the oldest out.
 * Fragments that overlap end their whole datagram (RFC 5722), in IPv4 too: nobody sends such for a good reason. The work
 * for one fragment is its copy and a search among the datagrams, whatever was sent before. Allocates nothing after
 * construction. Owned by the shard's driver.
 */
final class Reassembler {

    /** Learns of datagrams whose time is over. */
    @FunctionalInterface
    interface ExpiryReceiver {
        /**
         * Learns of a datagram that did not become whole.
         *
         * @param start its first fragment, as far as it has no gaps, with the header that {@link #add} was told; taken
         */
        void onExpired(PacketBuffer start, long nowNs);
    }

    /** Datagrams at once. */
    static final int MOST = 64;
    /** Datagrams of one sender at once. */
    static final int MOST_OF_ONE = 16;
    /** RFC 8200 §4.5: 60 seconds; RFC 1122 §3.3.2: 60 to 120. */
    static final long LIFETIME_NS = 60_000_000_000L;

    /** Fragment offsets count eight bytes. */
    private static final int UNIT = 8;

    private static final int CONGESTION_EXPERIENCED = 3;

    private final BufferPool pool;
    private final TimerWheel wheel;
    private final Counters counters;
    private final int lengthMost;
    private final Datagram[] datagrams = new Datagram[MOST];
    private ExpiryReceiver expiry;
    private int ecn;

    Reassembler(BufferPool pool, TimerWheel wheel, Counters counters) {
        this.pool = pool;
        this.wheel = wheel;
        this.counters = counters;
        this.lengthMost = pool.cellSize() - BufferPool.HEADROOM;
        for (int i = 0; i < MOST; i++) {
            datagrams[i] = new Datagram((lengthMost + UNIT - 1) / UNIT);
        }
    }

    void connect(ExpiryReceiver receiver) {
        expiry = receiver;
    }

    /** Returns how many datagrams are begun. */
    int count() {
        int count = 0;
        for (Datagram datagram : datagrams) {
            if (datagram.isUsed) {
                count++;
            }
        }
        return count;
    }

    /** Returns the ECN field of the datagram that {@link #add} returned last (RFC 3168 §5.3). */
    int ecn() {
        return ecn;
    }

    /**
     * Takes a fragment in.
     *
     * @param fragment the packet; borrowed
     * @param header the position of its IP header
     * @param headerLength what of the header to keep in front of the datagram, in bytes
     * @param identification the identification, with the protocol number above it where that belongs to the key
     * @param payloadAt the position of its part of the datagram
     * @param length how long that is, at least 1; a multiple of 8 where more follow
     * @param partOffset where in the datagram it belongs, in bytes; a multiple of 8
     * @param more whether more follow
     * @param trafficClass the octet with the ECN field
     * @return the whole datagram behind its first fragment's header, with one reference, or null
     */
    PacketBuffer add(
            PacketBuffer fragment,
            int header,
            int headerLength,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            long identification,
            int payloadAt,
            int length,
            int partOffset,
            boolean more,
            int trafficClass,
            long nowNs) {
        counters.increment(Counter.FRAGMENTS_RECEIVED);
        Datagram datagram = find(sourceHigh, sourceLow, destinationHigh, destinationLow, identification);
        if (datagram == null) {
            datagram = begin(sourceHigh, sourceLow, destinationHigh, destinationLow, identification, nowNs);
        }
        if (datagram.buffer == null) {
            // RFC 5722 §4: nor is anything kept of what comes later.
            counters.increment(Counter.DROP_FRAGMENT_OF_DROPPED);
            return null;
        }
        if (partOffset + length > lengthMost) {
            spoil(datagram, Counter.DROP_FRAGMENT_TOO_BIG);
            return null;
        }
        int end = partOffset + length;
        boolean beyond = datagram.total >= 0 && (more ? end >= datagram.total : end != datagram.total);
        if (beyond || (!more && datagram.highest > end)) {
            if (!isRepeated(datagram, fragment.bytes(), payloadAt, length, partOffset)) {
                spoil(datagram, Counter.DROP_FRAGMENT_OVERLAP);
            }
            return null;
        }
        int firstUnit = partOffset / UNIT;
        int lastUnit = (end - 1) / UNIT;
        if (datagram.hasAny(firstUnit, lastUnit)) {
            if (!isRepeated(datagram, fragment.bytes(), payloadAt, length, partOffset)) {
                spoil(datagram, Counter.DROP_FRAGMENT_OVERLAP);
            }
            return null;
        }
        store(datagram, fragment.bytes(), header, headerLength, payloadAt, length, partOffset);
        datagram.mark(firstUnit, lastUnit);
        datagram.received += length;
        datagram.highest = Math.max(datagram.highest, end);
        datagram.ecnSeen |= 1 << (trafficClass & 3);
        if (!more) {
            datagram.total = end;
        }
        return datagram.received == datagram.total ? complete(datagram) : null;
    }

    /** Forgets all. */
    void clear() {
        for (Datagram datagram : datagrams) {
            if (datagram.isUsed) {
                end(datagram);
            }
        }
    }

    private static void store(
            Datagram datagram, ByteBuffer bytes, int header, int headerLength, int payloadAt, int length, int offset) {
        PacketBuffer buffer = datagram.buffer;
        int base = buffer.base() + BufferPool.HEADROOM;
        buffer.bytes().put(base + offset, bytes, payloadAt, length);
        if (offset == 0) {
            buffer.bytes().put(base - headerLength, bytes, header, headerLength);
            datagram.headerLength = headerLength;
        }
    }

    /** RFC 8200 §4.5: a fragment that is there already, byte for byte, may be ignored. */
    private boolean isRepeated(Datagram datagram, ByteBuffer bytes, int at, int length, int offset) {
        if (offset + length > datagram.highest || !datagram.hasAll(offset / UNIT, (offset + length - 1) / UNIT)) {
            return false;
        }
        ByteBuffer there = datagram.buffer.bytes();
        int from = datagram.buffer.base() + BufferPool.HEADROOM + offset;
        for (int i = 0; i < length; i++) {
            if (there.get(from + i) != bytes.get(at + i)) {
                return false;
            }
        }
        counters.increment(Counter.FRAGMENTS_REPEATED);
        return true;
    }

    private PacketBuffer complete(Datagram datagram) {
        int seen = datagram.ecnSeen;
        if ((seen & (1 << CONGESTION_EXPERIENCED)) != 0 && (seen & 1) != 0) {
            // RFC 3168 §5.3: such a mixture is dropped.
            spoil(datagram, Counter.DROP_FRAGMENT_MARKS);
            return null;
        }
        // RFC 3168 §5.3: CE of any part is the whole's; else it is the first's, of which the lowest seen stands here.
        ecn = (seen & (1 << CONGESTION_EXPERIENCED)) != 0
                ? CONGESTION_EXPERIENCED
                : Integer.numberOfTrailingZeros(seen);
        PacketBuffer whole = datagram.buffer;
        datagram.buffer = null;
        whole.setData(
                whole.base() + BufferPool.HEADROOM - datagram.headerLength, datagram.headerLength + datagram.total);
        end(datagram);
        counters.increment(Counter.DATAGRAMS_REASSEMBLED);
        return whole;
    }

    private Datagram find(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, long id) {
        for (Datagram datagram : datagrams) {
            if (datagram.isUsed
                    && datagram.identification == id
                    && datagram.sourceLow == sourceLow
                    && datagram.sourceHigh == sourceHigh
                    && datagram.destinationLow == destinationLow
                    && datagram.destinationHigh == destinationHigh) {
                return datagram;
            }
        }
        return null;
    }

    private Datagram begin(
            long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, long id, long nowNs) {
        Datagram free = null;
        Datagram oldest = null;
        Datagram oldestOfOne = null;
        int ofOne = 0;
        for (Datagram datagram : datagrams) {
            if (!datagram.isUsed) {
                free = datagram;
                continue;
            }
            if (oldest == null || datagram.deadlineNs() - oldest.deadlineNs() < 0) {
                oldest = datagram;
            }
            if (datagram.sourceLow == sourceLow && datagram.sourceHigh == sourceHigh) {
                ofOne++;
                if (oldestOfOne == null || datagram.deadlineNs() - oldestOfOne.deadlineNs() < 0) {
                    oldestOfOne = datagram;
                }
            }
        }
        Datagram chosen = ofOne >= MOST_OF_ONE ? oldestOfOne : free != null ? free : oldest;
        if (chosen.isUsed) {
            counters.increment(Counter.DROP_FRAGMENT_EVICTED);
            end(chosen);
        }
        chosen.sourceHigh = sourceHigh;
        chosen.sourceLow = sourceLow;
        chosen.destinationHigh = destinationHigh;
        chosen.destinationLow = destinationLow;
        chosen.identification = id;
        chosen.begin(pool.allocate());
        if (chosen.buffer == null) {
            counters.increment(Counter.DROP_NO_BUFFER);
        }
        wheel.arm(chosen, nowNs + LIFETIME_NS);
        return chosen;
    }

    /** Gives a datagram's memory back, but remembers it, so that its other fragments are dropped too. */
    private void spoil(Datagram datagram, Counter reason) {
        counters.increment(reason);
        if (datagram.buffer != null) {
            datagram.buffer.release();
            datagram.buffer = null;
        }
    }

    private void end(Datagram datagram) {
        wheel.cancel(datagram);
        if (datagram.buffer != null) {
            datagram.buffer.release();
            datagram.buffer = null;
        }
        datagram.isUsed = false;
    }

    private void onTimeout(Datagram datagram, long nowNs) {
        PacketBuffer start = datagram.buffer;
        int length = datagram.lengthWithoutGap(lengthMost);
        datagram.buffer = null;
        end(datagram);
        if (start == null) {
            return;
        }
        counters.increment(Counter.DROP_FRAGMENT_TIMEOUT);
        if (length == 0) {
            // RFC 792, RFC 4443 §3.3: without the first fragment nothing is said.
            start.release();
            return;
        }
        start.setData(start.base() + BufferPool.HEADROOM - datagram.headerLength, datagram.headerLength + length);
        expiry.onExpired(start, nowNs);
    }

    /** One datagram: which parts of it are there, one bit for eight bytes. */
    private final class Datagram extends Timer {

        private final long[] units;
        private boolean isUsed;
        private PacketBuffer buffer;
        private long sourceHigh;
        private long sourceLow;
        private long destinationHigh;
        private long destinationLow;
        private long identification;
        private int headerLength;
        private int received;
        private int highest;
        private int total;
        private int ecnSeen;

        Datagram(int unitCount) {
            units = new long[(unitCount + 63) / 64];
        }

        void begin(PacketBuffer memory) {
            isUsed = true;
            buffer = memory;
            headerLength = 0;
            received = 0;
            highest = 0;
            total = -1;
            ecnSeen = 0;
            for (int i = 0; i < units.length; i++) {
                units[i] = 0;
            }
        }

        boolean hasAny(int first, int last) {
            for (int word = first >> 6; word <= last >> 6; word++) {
                if ((units[word] & mask(word, first, last)) != 0) {
                    return true;
                }
            }
            return false;
        }

        boolean hasAll(int first, int last) {
            for (int word = first >> 6; word <= last >> 6; word++) {
                long mask = mask(word, first, last);
                if ((units[word] & mask) != mask) {
                    return false;
                }
            }
            return true;
        }

        void mark(int first, int last) {
            for (int word = first >> 6; word <= last >> 6; word++) {
                units[word] |= mask(word, first, last);
            }
        }

        int lengthWithoutGap(int most) {
            int count = 0;
            for (long word : units) {
                int ones = Long.numberOfTrailingZeros(~word);
                count += ones;
                if (ones < 64) {
                    break;
                }
            }
            return Math.min(count * UNIT, total >= 0 ? total : Math.min(highest, most));
        }

        private static long mask(int word, int first, int last) {
            long mask = -1L;
            if (word == first >> 6) {
                mask &= -1L << (first & 63);
            }
            if (word == last >> 6) {
                mask &= -1L >>> (63 - (last & 63));
            }
            return mask;
        }

        @Override
        protected void onTimer(long nowNs) {
            onTimeout(this, nowNs);
        }
    }
}
