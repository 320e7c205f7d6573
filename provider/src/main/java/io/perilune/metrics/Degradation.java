package io.perilune.metrics;

/**
 * What makes the stack serve worse than it should, and can be mended by whoever runs it: the single table of the warnings
 * that {@link DegradationLog} gives. Each is seen by a counter.
 */
public enum Degradation {
    MEMORY_SHORT(
            Counter.TCP_MEMORY_SHORTAGES,
            1,
            "packet memory runs short, so windows shrink and writes wait: a larger perilune.memory helps, and programs that"
                    + " read what they are sent"),
    MEMORY_USED_UP(
            Counter.DROP_NO_BUFFER,
            1,
            "packets are dropped because packet memory is used up: a larger perilune.memory helps"),
    CONNECTIONS_REFUSED(
            Counter.DROP_TCP_MEMORY,
            1,
            "new connections are not accepted because packet memory is scarce: a larger perilune.memory helps"),
    SYN_COOKIES(
            Counter.TCP_SYN_COOKIES_SENT,
            1,
            "SYN cookies are in use because a listener has too many handshakes under way: a flood, or a backlog that is too"
                    + " small for the program's clients"),
    SYN_QUEUE_FULL(
            Counter.DROP_TCP_SYN_QUEUE_FULL,
            1,
            "connections are not accepted because a listener has too many handshakes under way:"
                    + " perilune.tcp.syn-cookies=auto or a larger backlog helps"),
    ACCEPT_QUEUE_FULL(
            Counter.DROP_TCP_ACCEPT_QUEUE_FULL,
            1,
            "connections wait because the program does not accept them as fast as they come: a larger backlog helps"),
    ORPHANS_ABORTED(
            Counter.TCP_ORPHANS_ABORTED,
            1,
            "closed connections are reset with data unsent because too many others still send: a larger"
                    + " perilune.tcp.orphans helps"),
    TIME_WAIT_FULL(
            Counter.TCP_TIME_WAIT_OVERFLOWS,
            1,
            "closed connections are forgotten early because too many are in TIME-WAIT: a shorter perilune.tcp.msl helps, or"
                    + " peers that close first"),
    NEIGHBORS_FULL(
            Counter.NEIGHBOR_EVICTIONS,
            1,
            "the table of neighbors is full, so some are forgotten and asked for again: somebody scans the link, or it is"
                    + " too large for one host; a longer prefix in perilune.address and a gateway help"),
    ADDRESS_CONFLICT(
            Counter.ARP_ADDRESS_CONFLICTS,
            1,
            "another station on the link uses this host's IPv4 address: one of them needs another perilune.address"),
    ADDRESS6_CONFLICT(
            Counter.ND_ADDRESS_CONFLICTS,
            1,
            "another station on the link uses an IPv6 address of this host, which does without if the other was there first:"
                    + " one of them needs another perilune.address6, or link address"),
    LINK_LOSES(
            Counter.DROP_LINK_RECEIVE,
            1,
            "the link's driver loses frames on receipt, as they come faster than the program's threads fetch them or find no"
                    + " memory: a larger perilune.memory helps, or perilune.poll=spin"),
    LINK_FULL(
            Counter.DROP_TX_QUEUE_FULL,
            1,
            "frames are dropped because the link does not take them: its other end is slow, or not there"),
    CHECKSUMS_WRONG(
            Counter.DROP_TCP_CHECKSUM,
            100,
            "many TCP segments arrive with a wrong checksum: a bad path, or a virtual interface whose other end leaves"
                    + " checksums to a card that is not there; ethtool -K IF tx off there helps");

    private final Counter counter;
    private final int least;
    private final String sentence;

    Degradation(Counter counter, int least, String sentence) {
        this.counter = counter;
        this.least = least;
        this.sentence = sentence;
    }

    /** Returns what counts it. */
    public Counter counter() {
        return counter;
    }

    /** Returns how often it must have happened before it is worth a word. */
    public int least() {
        return least;
    }

    /** Returns what happens and what helps, as one sentence without a capital and a full stop. */
    public String sentence() {
        return sentence;
    }
}
