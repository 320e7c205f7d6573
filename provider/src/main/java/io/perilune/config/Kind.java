package io.perilune.config;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What values a setting takes. Immutable. */
public final class Kind {

    /** Any text. */
    static final Kind TEXT = new Kind("any text", value -> 0);
    /** The path of a file; whether it is there, or can be, is seen by who opens it. */
    static final Kind FILE = new Kind("a file's path, or nothing", Kind::path);
    /** True or false. */
    static final Kind FLAG = new Kind("true or false", value -> {
        if (value.equals("true")) {
            return 1;
        }
        if (value.equals("false")) {
            return 0;
        }
        throw new IllegalArgumentException();
    });
    /** A time with its unit, as a number of nanoseconds. */
    static final Kind DURATION = new Kind("a time as 500ns, 50us, 200ms, 2s or 5m", Kind::nanoseconds);
    /** An amount of bytes. */
    static final Kind SIZE = new Kind("a number of bytes as 4096, 256k, 64m or 1g", Kind::bytes);
    /** A link. */
    static final Kind LINK = new Kind(
            "tap, tap:NAME, memif:PATH,server, memif:PATH,client, afpacket:INTERFACE, afxdp:INTERFACE, pci:ADDRESS"
                    + " or none",
            Kind::link);
    /** An IPv4 address. */
    static final Kind ADDRESS =
            new Kind("an IPv4 address as 198.18.0.1, or nothing", value -> matches(value, "|" + Kind.IPV4));
    /** An IPv4 address with its prefix length. */
    static final Kind PREFIX = new Kind(
            "an IPv4 address and a prefix length as 198.18.0.2/24, or nothing",
            value -> matches(value, "|" + Kind.IPV4 + "/([1-9]|[12][0-9]|3[0-2])"));
    /** An IPv6 address. */
    static final Kind ADDRESS6 = new Kind("an IPv6 address as fd00:7065::1, or nothing", Kind::ipv6);
    /** An IPv6 address with its prefix length. */
    static final Kind PREFIX6 =
            new Kind("an IPv6 address and a prefix length as fd00:7065::2/64, none, or nothing", Kind::ipv6Prefix);
    /** What a bad path does. */
    static final Kind IMPAIRMENT = new Kind(
            "a list of loss, duplicate, reorder and corrupt with a chance from 0 to 1, delay, jitter and reorder-delay with"
                    + " a time, and seed with a number, as loss=0.01,delay=5ms, or nothing",
            value -> matches(value, "|" + Kind.IMPAIRMENT_PART + "(," + Kind.IMPAIRMENT_PART + ")*"));

    private static final String MEMIF = "memif:";
    private static final String IMPAIRMENT_PART = "((loss|duplicate|reorder|corrupt)=(0|1|0?\\.[0-9]{1,9})"
            + "|(delay|jitter|reorder-delay)=[0-9]{1,9}(ns|us|ms|s)|seed=[0-9]{1,18})";
    private static final String IPV4 = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}";
    private static final Pattern WITH_UNIT = Pattern.compile("([0-9]{1,15})([a-z]*)");

    private final String allowed;
    private final ToLongFunction<String> reader;

    private Kind(String allowed, ToLongFunction<String> reader) {
        this.allowed = allowed;
        this.reader = reader;
    }

    /** Returns a kind of whole numbers. */
    static Kind number(long least, long most) {
        return new Kind(least == most ? "" + least : "a whole number from " + least + " to " + most, value -> {
            long number = Long.parseLong(value);
            if (number < least || number > most) {
                throw new IllegalArgumentException();
            }
            return number;
        });
    }

    /** Returns a kind of words. */
    static Kind choice(String... words) {
        List<String> list = List.of(words);
        return new Kind(String.join(" or ", words), value -> {
            if (!list.contains(value)) {
                throw new IllegalArgumentException();
            }
            return list.indexOf(value);
        });
    }

    /** Returns a kind of lists of such words; each at most once, at least one. */
    static Kind words(String... words) {
        List<String> list = List.of(words);
        return new Kind("one or more of " + String.join(", ", words) + ", with commas between", value -> {
            List<String> given = List.of(value.split(",", -1));
            if (!list.containsAll(given) || Set.copyOf(given).size() != given.size()) {
                throw new IllegalArgumentException();
            }
            return 0;
        });
    }

    /** Returns what is allowed, in words. */
    public String allowed() {
        return allowed;
    }

    /**
     * Checks a value and returns it as a number, in nanoseconds, bytes or pieces, or 0 where it is none.
     *
     * @throws IllegalArgumentException if the value is not allowed
     */
    long read(String value) {
        return reader.applyAsLong(value);
    }

    private static long matches(String value, String pattern) {
        if (!value.matches(pattern)) {
            throw new IllegalArgumentException();
        }
        return 0;
    }

    private static long link(String value) {
        matches(
                value,
                "tap|tap:[^/\\s]{1,15}|memif:[^,]+,(server|client)|(afpacket|afxdp):[^/\\s]{1,15}"
                        + "|pci:[0-9a-fA-F:.]+|none");
        return value.startsWith(MEMIF) ? path(value.substring(MEMIF.length(), value.lastIndexOf(','))) : 0;
    }

    /** A zero is in no path, nor is a character that the locale's encoding does not have. */
    private static long path(String value) {
        try {
            Objects.requireNonNull(Path.of(value));
            return 0;
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static long ipv6Prefix(String value) {
        if (value.isEmpty() || value.equals("none")) {
            return 0;
        }
        matches(value, "[^/]+/([1-9]|[1-9][0-9]|1[01][0-9]|12[0-8])");
        return ipv6(value.substring(0, value.indexOf('/')));
    }

    private static long ipv6(String value) {
        // The form first, so that no name service is asked.
        matches(value, "|[0-9a-fA-F:]*:[0-9a-fA-F:.]*");
        try {
            if (!value.isEmpty() && !(InetAddress.getByName(value) instanceof Inet6Address)) {
                throw new IllegalArgumentException("an IPv4 address in IPv6's clothes");
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
        return 0;
    }

    /**
     * Returns a time that {@link #DURATION} allows, in nanoseconds.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static long nanoseconds(String value) {
        Matcher matcher = split(value);
        long factor =
                switch (matcher.group(2)) {
                    case "ns" -> 1L;
                    case "us" -> 1_000L;
                    case "ms" -> 1_000_000L;
                    case "s" -> 1_000_000_000L;
                    case "m" -> 60_000_000_000L;
                    default -> throw new IllegalArgumentException();
                };
        return multiply(matcher.group(1), factor);
    }

    private static long bytes(String value) {
        Matcher matcher = split(value.toLowerCase(Locale.ROOT));
        long factor =
                switch (matcher.group(2)) {
                    case "" -> 1L;
                    case "k" -> 1L << 10;
                    case "m" -> 1L << 20;
                    case "g" -> 1L << 30;
                    default -> throw new IllegalArgumentException();
                };
        return multiply(matcher.group(1), factor);
    }

    private static long multiply(String number, long factor) {
        try {
            return Math.multiplyExact(Long.parseLong(number), factor);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Matcher split(String value) {
        Matcher matcher = WITH_UNIT.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException();
        }
        return matcher;
    }
}
