package io.perilune.ip;

import io.perilune.metrics.Counter;
import java.nio.ByteBuffer;

/**
 * Walks the headers between IPv6 and the protocol above (RFC 8200 §4), within bounds (RFC 8504 §5.3). The results are
 * the fields, valid until the next walk. Owned by the shard's driver.
 */
final class Ipv6ExtensionHeaders {

    /** The protocol above was found. */
    static final int GOOD = 0;
    /** A fragment header was found; {@link #offset} is its position. */
    static final int FRAGMENT = 1;
    /** The packet is to be dropped without a word. */
    static final int BAD = 2;
    /** The packet is to be dropped, and its sender told, unless it was sent to a group. */
    static final int PROBLEM = 3;
    /** The packet is to be dropped, and its sender told in any case. */
    static final int PROBLEM_EVEN_TO_GROUP = 4;

    /** Code of a parameter problem: a field is wrong. */
    static final int CODE_FIELD = 0;
    /** Code of a parameter problem: the next header is unknown. */
    static final int CODE_NEXT_HEADER = 1;
    /** Code of a parameter problem: an option is unknown. */
    static final int CODE_OPTION = 2;
    /** Code of a parameter problem: the first fragment lacks headers (RFC 7112). */
    static final int CODE_CHAIN = 3;

    /** Length of the fragment header. */
    static final int FRAGMENT_LENGTH = 8;

    private static final int MOST_HEADERS = 8;
    private static final int MOST_OPTIONS = 16;
    private static final int OPTION_PAD_1 = 0;
    private static final int OPTION_PAD_N = 1;
    private static final int OPTION_ROUTER_ALERT = 5;

    /** Number of the protocol above. */
    int protocol;
    /** Where its header begins, or the fragment header. */
    int offset;
    /** Where the number stands that led there. */
    int nextHeaderAt;
    /** What is wrong: the code of a parameter problem. */
    int code;
    /** What is wrong: the position of the field. */
    int pointer;
    /** What is wrong: the counter of it. */
    Counter reason;
    /** Whether there was a router alert (RFC 2711). */
    boolean routerAlert;

    private int count;

    /**
     * Walks from the IPv6 header on.
     *
     * @param header the position of the IPv6 header
     * @param end the position behind the packet
     */
    int walk(ByteBuffer bytes, int header, int end) {
        count = 0;
        routerAlert = false;
        return walk(bytes, header, header + Ipv6Header.NEXT_HEADER, header + Ipv6Header.LENGTH, end);
    }

    /** Walks on behind the fragment header that was found, of a packet that is whole; no second one is borne. */
    int walkBehindFragmentHeader(ByteBuffer bytes, int header, int end) {
        int result = walk(bytes, header, offset, offset + FRAGMENT_LENGTH, end);
        return result == FRAGMENT ? bad(Counter.DROP_IPV6_EXTENSION) : result;
    }

    private int walk(ByteBuffer bytes, int header, int numberAt, int from, int end) {
        int at = from;
        nextHeaderAt = numberAt;
        while (true) {
            int number = bytes.get(nextHeaderAt) & 0xFF;
            switch (number) {
                case Ipv6Header.HOP_BY_HOP, Ipv6Header.DESTINATION_OPTIONS, Ipv6Header.ROUTING -> {
                    int length = end - at < 8 ? 0 : 8 + 8 * (bytes.get(at + 1) & 0xFF);
                    if (length == 0 || length > end - at || ++count > MOST_HEADERS) {
                        return bad(Counter.DROP_IPV6_EXTENSION);
                    }
                    int result = examine(bytes, number, header, at, length);
                    if (result != GOOD) {
                        return result;
                    }
                    nextHeaderAt = at;
                    at += length;
                }
                case Ipv6Header.FRAGMENT -> {
                    offset = at;
                    return end - at < FRAGMENT_LENGTH ? bad(Counter.DROP_IPV6_EXTENSION) : FRAGMENT;
                }
                default -> {
                    protocol = number;
                    offset = at;
                    return GOOD;
                }
            }
        }
    }

    private int examine(ByteBuffer bytes, int number, int header, int at, int length) {
        if (number == Ipv6Header.ROUTING) {
            // RFC 8200 §4.4, RFC 5095 §3: no type is known here, 0 least of all; only one that is used up may pass.
            return bytes.get(at + 3) == 0 ? GOOD : problem(Counter.DROP_IPV6_ROUTING, CODE_FIELD, at + 2, PROBLEM);
        }
        if (number == Ipv6Header.HOP_BY_HOP && at != header + Ipv6Header.LENGTH) {
            // RFC 8200 §4.1: nowhere but first.
            return problem(Counter.DROP_IPV6_EXTENSION, CODE_NEXT_HEADER, nextHeaderAt, PROBLEM);
        }
        return examineOptions(bytes, number, at + 2, at + length);
    }

    private int examineOptions(ByteBuffer bytes, int number, int from, int end) {
        int options = 0;
        int at = from;
        while (at < end) {
            int type = bytes.get(at) & 0xFF;
            if (type == OPTION_PAD_1) {
                at++;
                continue;
            }
            int length = end - at < 2 ? 0 : 2 + (bytes.get(at + 1) & 0xFF);
            if (length == 0 || length > end - at || ++options > MOST_OPTIONS) {
                return bad(Counter.DROP_IPV6_OPTION);
            }
            if (type == OPTION_ROUTER_ALERT && number == Ipv6Header.HOP_BY_HOP) {
                routerAlert = true;
            } else if (type != OPTION_PAD_N) {
                // RFC 8200 §4.2: the two high bits say what to do with an option that is not known.
                switch (type >>> 6) {
                    case 0 -> {
                        // Skipped.
                    }
                    case 1 -> {
                        return bad(Counter.DROP_IPV6_OPTION);
                    }
                    case 2 -> {
                        return problem(Counter.DROP_IPV6_OPTION, CODE_OPTION, at, PROBLEM_EVEN_TO_GROUP);
                    }
                    default -> {
                        return problem(Counter.DROP_IPV6_OPTION, CODE_OPTION, at, PROBLEM);
                    }
                }
            }
            at += length;
        }
        return GOOD;
    }

    private int bad(Counter why) {
        reason = why;
        return BAD;
    }

    private int problem(Counter why, int newCode, int at, int result) {
        reason = why;
        code = newCode;
        pointer = at;
        return result;
    }

    /**
     * Skips all headers, without a look at what they say.
     *
     * @return the position of the protocol above, which {@link #protocol} names, or -1 if the packet ends before
     */
    int skipToProtocol(ByteBuffer bytes, int numberAt, int from, int end) {
        int number = bytes.get(numberAt) & 0xFF;
        int at = from;
        for (int i = 0; i <= MOST_HEADERS; i++) {
            boolean isFragment = number == Ipv6Header.FRAGMENT;
            if (!isFragment
                    && number != Ipv6Header.HOP_BY_HOP
                    && number != Ipv6Header.DESTINATION_OPTIONS
                    && number != Ipv6Header.ROUTING) {
                protocol = number;
                return at;
            }
            if (end - at < 8) {
                return -1;
            }
            int length = isFragment ? FRAGMENT_LENGTH : 8 + 8 * (bytes.get(at + 1) & 0xFF);
            if (length > end - at) {
                return -1;
            }
            number = bytes.get(at) & 0xFF;
            at += length;
        }
        return -1;
    }
}
