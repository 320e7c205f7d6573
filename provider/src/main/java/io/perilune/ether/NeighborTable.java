package io.perilune.ether;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.Timer;
import io.perilune.time.TimerWheel;

/**
 * Which neighbor has which link address, with the states of RFC 4861 §7.3.2 for both families. What RFC 4861 calls
 * DELAY is left out: a stale entry is probed when it is next used. Doubt from above makes a reachable one stale at once.
 *
 * <pre>
 *   (none) --hold--> INCOMPLETE --answer--> REACHABLE --30 s--> STALE --60 s unused--> (none)
 *                        |                    ^    |               |
 *                3 x 1 s without answer       |  another claims  used
 *                        v                 answer  |               |
 *                     (none)                  |    v               v
 *                                             +--- PROBE (unicast) --3 x 1 s without answer--> (none)
 * </pre>
 *
 * <p>Bounded: {@value #CAPACITY} entries, the one least recently used makes room; {@value #PENDING} packets wait for
 * each, and for all of them one in {@value #POOL_SHARE} of the pool's buffers: a neighbor is asked for all the same. Once a
 * quarter of the table is being asked for, newcomers push those out and not the neighbors that are known (RFC 6583:
 * whoever makes this host look for addresses that nobody has must not make it forget others). An entry is
 * only made because this host wants to send, and learns its link address only from an answer: a claim that nobody
 * asked for makes the entry be probed, never changed. Allocates nothing after construction. Owned by the shard's
 * driver.
 */
public final class NeighborTable {

    /** What {@link #lookup} returns when the link address is not known. */
    public static final long UNRESOLVED = -1;

    /** How many neighbors are known at most. */
    static final int CAPACITY = 1024;
    /** How many packets wait for one neighbor at most (RFC 1122 §2.3.2.2 asks for at least one). */
    static final int PENDING = 3;
    /** Which part of the pool's buffers may wait for all neighbors: nobody's scan of the link may use up the memory. */
    static final int POOL_SHARE = 16;
    /** RFC 4861 §10: REACHABLE_TIME; a cache must have a timeout even for entries in use (RFC 1122 §2.3.2.1). */
    static final long REACHABLE_NS = 30_000_000_000L;
    /** How long an entry is remembered that nobody uses. */
    static final long STALE_NS = 60_000_000_000L;
    /** RFC 4861 §10: RETRANS_TIMER; RFC 1122 §2.3.2.1: at most one request per second and destination. */
    static final long RETRANSMIT_NS = 1_000_000_000L;
    /** RFC 4861 §10: MAX_MULTICAST_SOLICIT and MAX_UNICAST_SOLICIT. */
    static final int SOLICITATIONS = 3;

    private static final int MOST_UNRESOLVED = CAPACITY / 4;
    private static final int BUCKETS = 2 * CAPACITY;

    private final TimerWheel wheel;
    private final BufferPool pool;
    private final Counters counters;
    private final long secret;
    private final int mostPending;
    private final Entry[] buckets = new Entry[BUCKETS];
    private final PacketBuffer[] leaving = new PacketBuffer[PENDING];
    private final UseOrder unresolvedOnes = new UseOrder();
    private final UseOrder resolvedOnes = new UseOrder();
    private int pendingSum;
    private Entry unused;
    private Solicitor solicitor;
    private EthernetOutput output;
    private UnresolvedReceiver unresolved;

    private enum State {
        INCOMPLETE,
        REACHABLE,
        STALE,
        PROBE
    }

    /**
     * Makes an empty table; {@link #connect} completes it.
     *
     * @param wheel drives the timers
     * @param pool lends the copies of packets that wait
     * @param counters counts
     * @param secret random, so that nobody can choose addresses that fall into one hash bucket
     */
    public NeighborTable(TimerWheel wheel, BufferPool pool, Counters counters, long secret) {
        this.wheel = wheel;
        this.pool = pool;
        this.counters = counters;
        this.secret = secret;
        this.mostPending = Math.max(PENDING, pool.usable() / POOL_SHARE);
        for (int i = 0; i < CAPACITY; i++) {
            Entry entry = new Entry();
            entry.nextInBucket = unused;
            unused = entry;
        }
    }

    /**
     * Tells the table its surroundings, which need the table to be made.
     *
     * @param asker asks for link addresses
     * @param ethernet sends the packets that waited
     * @param onFailure knows whether packets may still leave, and learns of those that do not
     */
    public void connect(Solicitor asker, EthernetOutput ethernet, UnresolvedReceiver onFailure) {
        solicitor = asker;
        output = ethernet;
        unresolved = onFailure;
    }

    /** Returns how many neighbors are known or being asked for. */
    public int size() {
        return unresolvedOnes.count + resolvedOnes.count;
    }

    /**
     * Returns a neighbor's link address.
     *
     * @return the address in the low 48 bits, or {@link #UNRESOLVED}
     */
    public long lookup(long high, long low, long nowNs) {
        Entry entry = find(high, low);
        if (entry == null) {
            return UNRESOLVED;
        }
        if (entry != entry.order.newest) {
            entry.order.moveToNewest(entry);
        }
        if (entry.state == State.STALE) {
            startProbe(entry, nowNs);
        }
        return entry.mac;
    }

    /**
     * Keeps a packet until its neighbor's link address is known, which is asked for.
     *
     * @param packet the packet from its network header on; taken
     * @param type its Ethernet type
     */
    void hold(PacketBuffer packet, int type, long high, long low, long nowNs) {
        Entry entry = find(high, low);
        boolean isNew = entry == null;
        if (isNew) {
            entry = make(high, low);
        }
        entry.type = type;
        keep(entry, packet);
        if (isNew) {
            entry.state = State.INCOMPLETE;
            entry.mac = UNRESOLVED;
            entry.solicited = 1;
            wheel.arm(entry, nowNs + RETRANSMIT_NS);
            solicitor.solicit(high, low, MacAddress.BROADCAST, nowNs);
        }
    }

    private void keep(Entry entry, PacketBuffer packet) {
        if (entry.pendingCount == PENDING) {
            // RFC 1122 §2.3.2.2: the latest packet is the one to save.
            counters.increment(Counter.DROP_NEIGHBOR_QUEUE_FULL);
            entry.pending[0].release();
            System.arraycopy(entry.pending, 1, entry.pending, 0, PENDING - 1);
            entry.pendingCount--;
            pendingSum--;
        } else if (pendingSum >= mostPending) {
            counters.increment(Counter.DROP_NEIGHBOR_QUEUE_FULL);
            packet.release();
            return;
        }
        PacketBuffer held = packet;
        // The packet waits longer than its sender's call: if others hold the buffer too (the retransmission queue),
        // they
        // may move its data meanwhile, so a copy waits in its place.
        if (packet.references() > 1) {
            held = pool.allocateCopyOf(packet);
            packet.release();
            if (held == null) {
                counters.increment(Counter.DROP_NO_BUFFER);
                return;
            }
        }
        entry.pending[entry.pendingCount++] = held;
        pendingSum++;
    }

    /** Learns of an answer that was sent to this host. */
    public void onAnswer(long high, long low, long mac, long nowNs) {
        Entry entry = find(high, low);
        if (entry == null) {
            counters.increment(isIpv4(high, low) ? Counter.ARP_UNSOLICITED : Counter.ND_UNSOLICITED);
        } else if (entry.state == State.INCOMPLETE) {
            entry.mac = mac;
            unresolvedOnes.remove(entry);
            resolvedOnes.add(entry);
            confirm(entry, nowNs);
            sendPending(entry, nowNs);
        } else if (entry.state == State.PROBE && entry.mac == mac) {
            confirm(entry, nowNs);
        } else {
            onClaim(entry, mac, nowNs);
        }
    }

    /**
     * Learns of an answer that was sent to this host and tells no link address: it shows that a neighbor whose address is
     * known is there (RFC 4861 §7.2.5).
     */
    public void onAnswerWithoutAddress(long high, long low, long nowNs) {
        Entry entry = find(high, low);
        if (entry == null || entry.state == State.INCOMPLETE) {
            counters.increment(Counter.ND_UNSOLICITED);
        } else if (entry.state == State.PROBE) {
            confirm(entry, nowNs);
        }
    }

    /** Learns that somebody claims an address without having been asked. */
    public void onClaim(long high, long low, long mac, long nowNs) {
        Entry entry = find(high, low);
        if (entry != null) {
            onClaim(entry, mac, nowNs);
        }
    }

    /**
     * Learns that what is sent to a neighbor seems not to arrive (RFC 1122 §2.3.2.1: advice from above): one that is held
     * to be there is asked when it is next used.
     */
    void doubt(long high, long low, long nowNs) {
        Entry entry = find(high, low);
        if (entry != null && entry.state == State.REACHABLE) {
            entry.state = State.STALE;
            wheel.arm(entry, nowNs + STALE_NS);
        }
    }

    /** Asks at once for all IPv6 neighbors that are being looked for: till now nobody could be asked. */
    public void askAgain(long nowNs) {
        Entry entry = unresolvedOnes.oldest;
        while (entry != null) {
            Entry next = entry.newer;
            if (!isIpv4(entry.high, entry.low)) {
                wheel.arm(entry, nowNs + RETRANSMIT_NS);
                solicitor.solicit(entry.high, entry.low, MacAddress.BROADCAST, nowNs);
            }
            entry = next;
        }
    }

    /** Forgets all neighbors and releases what waits for them. */
    public void clear() {
        while (unresolvedOnes.oldest != null) {
            dropPending(unresolvedOnes.oldest, Counter.DROP_NEIGHBOR_EVICTED);
            remove(unresolvedOnes.oldest);
        }
        while (resolvedOnes.oldest != null) {
            remove(resolvedOnes.oldest);
        }
    }

    private void onClaim(Entry entry, long mac, long nowNs) {
        if (entry.state == State.INCOMPLETE || entry.mac == mac) {
            return;
        }
        counters.increment(
                isIpv4(entry.high, entry.low) ? Counter.ARP_CONFLICTING_CLAIMS : Counter.ND_CONFLICTING_CLAIMS);
        if (entry.state != State.PROBE) {
            // The neighbor may have moved, or somebody lies: who is known is asked, and only if that one is silent is
            // the question put to all.
            startProbe(entry, nowNs);
        }
    }

    private static boolean isIpv4(long high, long low) {
        return high == 0 && low >>> 32 == 0xFFFF;
    }

    private void startProbe(Entry entry, long nowNs) {
        entry.state = State.PROBE;
        entry.solicited = 1;
        wheel.arm(entry, nowNs + RETRANSMIT_NS);
        solicitor.solicit(entry.high, entry.low, entry.mac, nowNs);
    }

    private void confirm(Entry entry, long nowNs) {
        entry.state = State.REACHABLE;
        wheel.arm(entry, nowNs + REACHABLE_NS);
    }

    private void onTimeout(Entry entry, long nowNs) {
        switch (entry.state) {
            case REACHABLE -> {
                entry.state = State.STALE;
                wheel.arm(entry, nowNs + STALE_NS);
            }
            case STALE -> remove(entry);
            case PROBE -> {
                if (!solicitAgain(entry, entry.mac, nowNs)) {
                    remove(entry);
                }
            }
            case INCOMPLETE -> {
                if (!solicitAgain(entry, MacAddress.BROADCAST, nowNs)) {
                    fail(entry, nowNs);
                }
            }
        }
    }

    private boolean solicitAgain(Entry entry, long mac, long nowNs) {
        if (entry.solicited == SOLICITATIONS) {
            return false;
        }
        entry.solicited++;
        wheel.arm(entry, nowNs + RETRANSMIT_NS);
        solicitor.solicit(entry.high, entry.low, mac, nowNs);
        return true;
    }

    private void fail(Entry entry, long nowNs) {
        counters.increment(Counter.NEIGHBOR_FAILURES);
        // The entry goes first: who hears of the failure may send again, which makes a new one.
        int packets = takePending(entry);
        remove(entry);
        for (int i = 0; i < packets; i++) {
            dropUnresolved(i, Counter.DROP_NEIGHBOR_FAILED, nowNs);
        }
    }

    private void sendPending(Entry entry, long nowNs) {
        int type = entry.type;
        long mac = entry.mac;
        int packets = takePending(entry);
        for (int i = 0; i < packets; i++) {
            if (unresolved.mayLeave(leaving[i])) {
                output.sendTo(leaving[i], type, mac);
                leaving[i] = null;
            } else {
                // RFC 4862 §5.4.5: its source address was lost while it waited.
                dropUnresolved(i, Counter.DROP_SOURCE_NOT_OWN, nowNs);
            }
        }
    }

    /** Moves the packets that wait to {@link #leaving}, as whoever hears of them may send others. Returns how many. */
    private int takePending(Entry entry) {
        int packets = entry.pendingCount;
        for (int i = 0; i < packets; i++) {
            leaving[i] = entry.pending[i];
            entry.pending[i] = null;
        }
        entry.pendingCount = 0;
        pendingSum -= packets;
        return packets;
    }

    private void dropUnresolved(int index, Counter reason, long nowNs) {
        counters.increment(reason);
        unresolved.onUnresolved(leaving[index], nowNs);
        leaving[index].release();
        leaving[index] = null;
    }

    private void dropPending(Entry entry, Counter reason) {
        for (int i = 0; i < entry.pendingCount; i++) {
            counters.increment(reason);
            entry.pending[i].release();
            entry.pending[i] = null;
        }
        pendingSum -= entry.pendingCount;
        entry.pendingCount = 0;
    }

    private Entry make(long high, long low) {
        if (unused == null) {
            counters.increment(Counter.NEIGHBOR_EVICTIONS);
            Entry leaves = unresolvedOnes.count > MOST_UNRESOLVED ? unresolvedOnes.oldest : resolvedOnes.oldest;
            dropPending(leaves, Counter.DROP_NEIGHBOR_EVICTED);
            remove(leaves);
        }
        Entry entry = unused;
        unused = entry.nextInBucket;
        entry.high = high;
        entry.low = low;
        int bucket = bucket(high, low);
        entry.nextInBucket = buckets[bucket];
        buckets[bucket] = entry;
        unresolvedOnes.add(entry);
        return entry;
    }

    private void remove(Entry entry) {
        wheel.cancel(entry);
        int bucket = bucket(entry.high, entry.low);
        if (buckets[bucket] == entry) {
            buckets[bucket] = entry.nextInBucket;
        } else {
            Entry before = buckets[bucket];
            while (before.nextInBucket != entry) {
                before = before.nextInBucket;
            }
            before.nextInBucket = entry.nextInBucket;
        }
        entry.order.remove(entry);
        entry.nextInBucket = unused;
        unused = entry;
    }

    private Entry find(long high, long low) {
        Entry entry = buckets[bucket(high, low)];
        while (entry != null && (entry.low != low || entry.high != high)) {
            entry = entry.nextInBucket;
        }
        return entry;
    }

    private int bucket(long high, long low) {
        long mixed = ((high * 31 + low) ^ secret) * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ (mixed >>> 32) ^ secret) * 0xD6E8_FEB8_6659_FD93L;
        return (int) (mixed >>> 40) & (BUCKETS - 1);
    }

    /** Entries in the order of their last use. */
    private static final class UseOrder {
        private Entry newest;
        private Entry oldest;
        private int count;

        void add(Entry entry) {
            entry.order = this;
            entry.older = newest;
            entry.newer = null;
            if (newest == null) {
                oldest = entry;
            } else {
                newest.newer = entry;
            }
            newest = entry;
            count++;
        }

        void remove(Entry entry) {
            if (entry.older == null) {
                oldest = entry.newer;
            } else {
                entry.older.newer = entry.newer;
            }
            if (entry.newer == null) {
                newest = entry.older;
            } else {
                entry.newer.older = entry.older;
            }
            count--;
        }

        void moveToNewest(Entry entry) {
            remove(entry);
            add(entry);
        }
    }

    private final class Entry extends Timer {

        private final PacketBuffer[] pending = new PacketBuffer[PENDING];
        private int pendingCount;
        private long high;
        private long low;
        private long mac;
        private int type;
        private int solicited;
        private State state;
        private Entry nextInBucket;
        private UseOrder order;
        private Entry older;
        private Entry newer;

        @Override
        protected void onTimer(long nowNs) {
            onTimeout(this, nowNs);
        }
    }
}
