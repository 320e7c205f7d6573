package io.perilune.trace;

import io.perilune.ether.MacAddress;
import io.perilune.ip.Addresses;
import io.perilune.ip.Ipv4Header;
import io.perilune.ip.Ipv6Header;
import java.nio.ByteBuffer;

/** Says what an IPv6 packet is, for {@link PacketFormatter}: no length in it is believed. */
final class Ipv6Text {

    private static final int ECHO_LENGTH = 8;
    private static final int ERROR_LENGTH = 8;
    private static final int NEIGHBOR_LENGTH = 24;
    private static final int FRAGMENT_OFFSET = 0xFFF8;

    private Ipv6Text() {}

    /**
     * Appends a packet.
     *
     * @param whole whether it is one of its own and not what an error quotes
     */
    static void append(StringBuilder line, ByteBuffer bytes, int header, int length, boolean whole) {
        line.append("IP6 ");
        if (length < Ipv6Header.LENGTH || Ipv6Header.version(bytes, header) != 6) {
            line.append("malformed, length ").append(length);
            return;
        }
        int end = header + Math.min(length, Ipv6Header.LENGTH + Ipv6Header.payloadLength(bytes, header));
        StringBuilder between = new StringBuilder();
        int protocol = Ipv6Header.nextHeader(bytes, header);
        int at = header + Ipv6Header.LENGTH;
        boolean begins = true;
        // Each turn takes 8 bytes at least, so that the packet's end is this loop's.
        while (begins && isExtension(protocol)) {
            int room = end - at;
            boolean isFragment = protocol == Ipv6Header.FRAGMENT;
            int taken = isFragment || room < 8 ? 8 : 8 + 8 * (bytes.get(at + 1) & 0xFF);
            if (taken > room) {
                between.append(name(protocol)).append(" truncated");
                break;
            }
            if (isFragment) {
                begins = appendFragment(between, bytes, at);
            } else {
                between.append(name(protocol)).append(' ');
            }
            protocol = bytes.get(at) & 0xFF;
            at += taken;
        }
        boolean hasPorts =
                begins && (protocol == Ipv4Header.PROTOCOL_TCP || protocol == Ipv4Header.PROTOCOL_UDP) && end - at >= 4;
        appendAddress(line, Ipv6Header.sourceHigh(bytes, header), Ipv6Header.sourceLow(bytes, header));
        PacketFormatter.appendPort(line, bytes, at, hasPorts);
        line.append(" > ");
        appendAddress(line, Ipv6Header.destinationHigh(bytes, header), Ipv6Header.destinationLow(bytes, header));
        PacketFormatter.appendPort(line, bytes, at + 2, hasPorts);
        line.append(": ").append(between);
        if (hasPorts) {
            PacketFormatter.appendTransport(line, bytes, protocol, at, end - at);
        } else if (begins && protocol == Ipv6Header.ICMPV6 && whole && end - at >= 4) {
            appendIcmp(line, bytes, at, end - at);
        } else if (protocol == Ipv6Header.NO_NEXT_HEADER) {
            line.append("no next header, length ").append(end - at);
        } else if (!begins || !isExtension(protocol)) {
            line.append("protocol ").append(protocol).append(", length ").append(end - at);
        }
    }

    private static boolean isExtension(int protocol) {
        return protocol == Ipv6Header.HOP_BY_HOP
                || protocol == Ipv6Header.ROUTING
                || protocol == Ipv6Header.FRAGMENT
                || protocol == Ipv6Header.DESTINATION_OPTIONS;
    }

    private static String name(int protocol) {
        return switch (protocol) {
            case Ipv6Header.HOP_BY_HOP -> "HBH";
            case Ipv6Header.ROUTING -> "RT";
            case Ipv6Header.FRAGMENT -> "frag";
            default -> "DSTOPT";
        };
    }

    /** Appends a fragment header. Returns whether the protocol above begins behind it. */
    private static boolean appendFragment(StringBuilder line, ByteBuffer bytes, int at) {
        int word = bytes.getShort(at + 2) & 0xFFFF;
        int offset = word & FRAGMENT_OFFSET;
        line.append("frag (0x").append(Integer.toHexString(bytes.getInt(at + 4)));
        line.append(':').append(offset).append((word & 1) != 0 ? "+) " : ") ");
        return offset == 0;
    }

    private static void appendIcmp(StringBuilder line, ByteBuffer bytes, int message, int length) {
        int type = bytes.get(message) & 0xFF;
        int code = bytes.get(message + 1) & 0xFF;
        line.append("ICMP6 ");
        if ((type == 128 || type == 129) && length >= ECHO_LENGTH) {
            line.append(type == 128 ? "echo request, id " : "echo reply, id ")
                    .append(bytes.getShort(message + 4) & 0xFFFF)
                    .append(", seq ")
                    .append(bytes.getShort(message + 6) & 0xFFFF);
        } else if (type >= 1 && type <= 4 && length >= ERROR_LENGTH) {
            appendError(line, bytes, message, length, type, code);
            return;
        } else if ((type == 135 || type == 136) && length >= NEIGHBOR_LENGTH) {
            appendNeighbor(line, bytes, message, length, type);
        } else {
            line.append(
                    switch (type) {
                        case 130 -> "multicast listener query";
                        case 131 -> "multicast listener report";
                        case 132 -> "multicast listener done";
                        case 133 -> "router solicitation";
                        case 134 -> "router advertisement";
                        case 137 -> "redirect";
                        case 143 -> "multicast listener report v2";
                        default -> "type " + type + " code " + code;
                    });
        }
        line.append(", length ").append(length);
    }

    private static void appendError(StringBuilder line, ByteBuffer bytes, int message, int length, int type, int code) {
        long parameter = bytes.getInt(message + 4) & 0xFFFFFFFFL;
        switch (type) {
            case 1 -> line.append("unreachable code ").append(code);
            case 2 -> line.append("packet too big mtu ").append(parameter);
            case 3 -> line.append("time exceeded code ").append(code);
            default ->
                line.append("parameter problem code ")
                        .append(code)
                        .append(" at ")
                        .append(parameter);
        }
        line.append(" about [");
        append(line, bytes, message + ERROR_LENGTH, length - ERROR_LENGTH, false);
        line.append(']');
    }

    private static void appendNeighbor(StringBuilder line, ByteBuffer bytes, int message, int length, int type) {
        line.append(type == 135 ? "neighbor solicitation, who has " : "neighbor advertisement, tgt is ");
        appendAddress(line, bytes.getLong(message + 8), bytes.getLong(message + 16));
        int flags = bytes.get(message + 4) & 0xFF;
        if (type == 136 && (flags & 0xE0) != 0) {
            line.append(", flags [").append((flags & 0x80) != 0 ? "R" : "");
            line.append((flags & 0x40) != 0 ? "S" : "")
                    .append((flags & 0x20) != 0 ? "O" : "")
                    .append(']');
        }
        int at = message + NEIGHBOR_LENGTH;
        int end = message + length;
        while (end - at >= 8) {
            int option = bytes.get(at) & 0xFF;
            int taken = 8 * (bytes.get(at + 1) & 0xFF);
            if (taken == 0 || taken > end - at) {
                line.append(", malformed option ").append(option);
                return;
            }
            if (option == 1 || option == 2) {
                line.append(option == 1 ? ", source " : ", target ");
                line.append(MacAddress.format(MacAddress.read(bytes, at + 2)));
            }
            at += taken;
        }
    }

    /** Appends an address as RFC 5952 §4 writes it. */
    private static void appendAddress(StringBuilder line, long high, long low) {
        if (Addresses.isMapped(high, low)) {
            line.append("::ffff:");
            PacketFormatter.appendAddress(line, (int) low);
            return;
        }
        int zerosFrom = -1;
        int zeros = 1;
        for (int from = 0; from < 8; from++) {
            int to = from;
            while (to < 8 && group(high, low, to) == 0) {
                to++;
            }
            // RFC 5952 §4.2.2, §4.2.3: one group alone is not shortened, and of equally long runs the first is.
            if (to - from > zeros) {
                zerosFrom = from;
                zeros = to - from;
            }
        }
        for (int i = 0; i < 8; i++) {
            if (i == zerosFrom) {
                line.append("::");
                i += zeros - 1;
                continue;
            }
            if (i > 0 && i != zerosFrom + zeros) {
                line.append(':');
            }
            line.append(Integer.toHexString(group(high, low, i)));
        }
    }

    private static int group(long high, long low, int index) {
        long half = index < 4 ? high : low;
        return (int) (half >>> (48 - 16 * (index & 3))) & 0xFFFF;
    }
}
