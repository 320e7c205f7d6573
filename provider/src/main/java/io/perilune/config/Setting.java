package io.perilune.config;

import java.util.Locale;

/**
 * Everything that can be set: the single table from which settings are read, checked and documented. The key of {@code
 * TCP_RTO_MIN} is {@code tcp.rto-min}: the part before the first underscore is the group where there is one.
 */
public enum Setting {
    LINK(
            "link",
            "tap",
            Kind.LINK,
            "where frames come from and go to: tap, tap:NAME, memif:PATH,server|client, afpacket:IF, none"),
    ADDRESS("address", "", Kind.PREFIX, "the stack's IPv4 address with its prefix length; 198.18.0.2/24 with link=tap"),
    ADDRESS6(
            "address6",
            "",
            Kind.PREFIX6,
            "the stack's IPv6 address with its prefix length; fd00:7065::2/64 with link=tap; without one no IPv6"),
    GATEWAY("gateway", "", Kind.ADDRESS, "the IPv4 router to addresses that are not on the link"),
    GATEWAY6("gateway6", "", Kind.ADDRESS6, "the IPv6 router to addresses that are not on the link"),
    MTU("mtu", "1500", Kind.number(576, 9000), "the largest IP packet that is sent, in bytes"),
    TTL("ttl", "64", Kind.number(1, 255), "the time to live of IP packets that are sent (RFC 9293)"),
    QUEUES("queues", "1", Kind.number(1, 16), "how many shards, and queues of the link where it has several"),
    POLL("poll", "adaptive", Kind.choice("adaptive", "spin", "sleep"), "how a thread waits for frames"),
    POLL_SPIN("poll.spin", "50us", Kind.DURATION, "how long poll=adaptive spins before it sleeps"),
    LOOPBACK("loopback", "kernel", Kind.choice("kernel", "user"), "which stack 127.0.0.0/8 and ::1 run on"),
    REQUIRED("required", "false", Kind.FLAG, "whether a stack that cannot start is an error instead of a warning"),
    CAPTURE(
            "capture",
            "nio,socket,async",
            Kind.words("nio", "socket", "async"),
            "what the agent takes: channels and selectors, Socket and ServerSocket, asynchronous channels"),
    NETTY_NATIVE(
            "netty-native",
            "off",
            Kind.choice("off", "keep"),
            "whether the agent turns Netty's own native transports off, which bypass java.nio"),
    EAL("eal", "", Kind.TEXT, "extra arguments for DPDK's environment abstraction layer"),
    MEMORY("memory", "64m", Kind.SIZE, "packet memory of each queue, in bytes; k, m and g multiply"),
    MEMORY_DEBUG(
            "memory.debug",
            "false",
            Kind.FLAG,
            "whether the owners of packet buffers are traced, and use after release is found; slow"),
    DRAIN("drain", "2s", Kind.DURATION, "how long the exit of the JVM waits for written bytes to be acknowledged"),
    TCP_RTO_MIN("tcp.rto-min", "200ms", Kind.DURATION, "the least retransmission timeout (RFC 6298)"),
    TCP_MSL("tcp.msl", "30s", Kind.DURATION, "the maximum segment lifetime: TIME-WAIT lasts twice this (RFC 9293)"),
    TCP_SYN_RETRIES("tcp.syn-retries", "7", Kind.number(0, 127), "how often an unanswered SYN is sent again"),
    TCP_SYN_COOKIES(
            "tcp.syn-cookies",
            "auto",
            Kind.choice("auto", "always", "off"),
            "SYN cookies (RFC 4987): when a listener has no room for half-open connections, for each, or never"),
    TCP_RETRIES("tcp.retries", "15", Kind.number(1, 127), "how often unacknowledged data is sent again"),
    TCP_ORPHANS(
            "tcp.orphans",
            "8192",
            Kind.number(0, 1_000_000),
            "how many closed connections may still have something to send; further ones are reset when closed"),
    TCP_RECEIVE_BUFFER(
            "tcp.receive-buffer",
            "256k",
            Kind.SIZE,
            "the receive buffer with which a socket starts that sets none (SO_RCVBUF), in bytes"),
    TCP_RECEIVE_BUFFER_MAX(
            "tcp.receive-buffer-max",
            "6m",
            Kind.SIZE,
            "how far such a receive buffer grows by itself, in bytes; at most a quarter of the memory"),
    TCP_SEND_BUFFER(
            "tcp.send-buffer",
            "256k",
            Kind.SIZE,
            "the send buffer with which a socket starts that sets none (SO_SNDBUF), in bytes"),
    TCP_SEND_BUFFER_MAX(
            "tcp.send-buffer-max",
            "4m",
            Kind.SIZE,
            "how far such a send buffer grows by itself, in bytes; at most a quarter of the memory"),
    TCP_CONGESTION(
            "tcp.congestion",
            "cubic",
            Kind.choice("cubic", "newreno", "dctcp"),
            "the congestion control: CUBIC (RFC 9438), NewReno (RFC 5681) or DCTCP (RFC 8257, for data centres)"),
    TCP_ECN(
            "tcp.ecn",
            "accept",
            Kind.choice("accept", "on", "off"),
            "explicit congestion notification (RFC 3168): accepted when a peer asks, asked for too, or neither"),
    TCP_PACING(
            "tcp.pacing", "false", Kind.FLAG, "whether data is spread over the round-trip time instead of in bursts"),
    STREAM_DEBUG(
            "stream.debug",
            "false",
            Kind.FLAG,
            "whether handlers of streams are watched: one that takes longer than 10 ms is logged with its stack"),
    REPORT("report", "", Kind.FILE, "a file to which the counters are written when the JVM exits, or nothing"),
    TRACE("trace", "false", Kind.FLAG, "whether each frame of the link is printed on standard error, for debugging"),
    PCAP(
            "pcap",
            "",
            Kind.FILE,
            "a file to which each frame of the link is written, for tcpdump and Wireshark, or nothing"),
    IMPAIR("impair", "", Kind.IMPAIRMENT, "what a bad path does to the link's frames in both directions, for tests");

    private final String key;
    private final String defaultValue;

    @SuppressWarnings("ImmutableEnumChecker") // it is: final class, final fields, made once
    private final Kind kind;

    private final String sentence;

    Setting(String key, String defaultValue, Kind kind, String sentence) {
        this.key = key;
        this.defaultValue = defaultValue;
        this.kind = kind;
        this.sentence = sentence;
    }

    /** Returns the key without its prefix, as {@code tcp.rto-min}. */
    public String key() {
        return key;
    }

    /** Returns the system property that sets it, as {@code perilune.tcp.rto-min}. */
    public String property() {
        return "perilune." + key;
    }

    /** Returns the environment variable that sets it, as {@code PERILUNE_TCP_RTO_MIN}. */
    public String environment() {
        return "PERILUNE_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /** Returns the default as it would be written. */
    public String defaultValue() {
        return defaultValue;
    }

    /** Returns what is allowed and how a value is read. */
    public Kind kind() {
        return kind;
    }

    /** Returns what it sets, as one sentence without a full stop. */
    public String sentence() {
        return sentence;
    }
}
