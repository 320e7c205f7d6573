package io.perilune.trace;

import io.perilune.ether.ArpHeader;
import io.perilune.ether.EthernetHeader;
import io.perilune.ether.MacAddress;
import io.perilune.ip.Ipv4Header;
import io.perilune.memory.PacketBuffer;
import java.nio.ByteBuffer;

/** Says in one line what a frame is, in the manner of tcpdump. Any frame gets a line, however malformed. */
public final class PacketFormatter {

    private static final String FLAGS = "FSRP.UEW";
    private static final int TCP_HEADER_LENGTH = 20;
    private static final int ICMP_HEADER_LENGTH = 8;

    private PacketFormatter() {}

    /** Returns a line about a frame. */
    public static String format(PacketBuffer frame) {
        if (frame.hasPayload()) {
            ByteBuffer whole = ByteBuffer.allocate(frame.frameLength());
            frame.copyTo(whole, 0);
            return format(whole, 0, whole.capacity());
        }
        return format(frame.bytes(), frame.start(), frame.length());
    }

    /** Returns a line about a frame in an array. */
    public static String format(byte[] frame) {
        return format(ByteBuffer.wrap(frame), 0, frame.length);
    }

    /** Returns a line about a frame at a position of big-endian memory. */
    public static String format(ByteBuffer bytes, int start, int length) {
        StringBuilder line = new StringBuilder(120);
        if (length < EthernetHeader.LENGTH) {
            return line.append("short frame, length ").append(length).toString();
        }
        int packet = start + EthernetHeader.LENGTH;
        int packetLength = length - EthernetHeader.LENGTH;
        int type = EthernetHeader.type(bytes, start);
        if (type == EthernetHeader.TYPE_IPV4) {
            appendIpv4(line, bytes, packet, packetLength, true);
        } else if (type == EthernetHeader.TYPE_IPV6) {
            Ipv6Text.append(line, bytes, packet, packetLength, true);
        } else if (type == EthernetHeader.TYPE_ARP) {
            appendArp(line, bytes, packet, packetLength);
        } else {
            line.append(MacAddress.format(EthernetHeader.source(bytes, start)))
                    .append(" > ")
                    .append(MacAddress.format(EthernetHeader.destination(bytes, start)))
                    .append(" type 0x")
                    .append(Integer.toHexString(type))
                    .append(", length ")
                    .append(packetLength);
        }
        return line.toString();
    }

    private static void appendArp(StringBuilder line, ByteBuffer bytes, int header, int length) {
        if (length < ArpHeader.LENGTH || !ArpHeader.isEthernetIpv4(bytes, header)) {
            line.append("ARP malformed, length ").append(length);
            return;
        }
        int operation = ArpHeader.operation(bytes, header);
        if (operation == ArpHeader.REQUEST) {
            line.append("ARP who-has ");
            appendAddress(line, ArpHeader.targetIpv4(bytes, header));
            line.append(" tell ");
            appendAddress(line, ArpHeader.senderIpv4(bytes, header));
        } else {
            line.append(operation == ArpHeader.REPLY ? "ARP reply " : "ARP operation " + operation + " ");
            appendAddress(line, ArpHeader.senderIpv4(bytes, header));
            line.append(" is-at ").append(MacAddress.format(ArpHeader.senderMac(bytes, header)));
        }
    }

    private static void appendIpv4(StringBuilder line, ByteBuffer bytes, int header, int length, boolean whole) {
        line.append("IP ");
        if (length < Ipv4Header.LENGTH) {
            line.append("malformed, length ").append(length);
            return;
        }
        int headerLength = Ipv4Header.headerLength(bytes, header);
        int totalLength = Ipv4Header.totalLength(bytes, header);
        int available = Math.min(totalLength, length) - headerLength;
        if (Ipv4Header.version(bytes, header) != 4 || headerLength < Ipv4Header.LENGTH || available < 0) {
            line.append("malformed, length ").append(length);
            return;
        }
        int protocol = Ipv4Header.protocol(bytes, header);
        int payload = header + headerLength;
        boolean begins = (Ipv4Header.flagsAndOffset(bytes, header) & Ipv4Header.FRAGMENT_OFFSET) == 0;
        boolean hasPorts = (protocol == Ipv4Header.PROTOCOL_TCP || protocol == Ipv4Header.PROTOCOL_UDP)
                && available >= 4
                && begins;
        appendAddress(line, Ipv4Header.source(bytes, header));
        appendPort(line, bytes, payload, hasPorts);
        line.append(" > ");
        appendAddress(line, Ipv4Header.destination(bytes, header));
        appendPort(line, bytes, payload + 2, hasPorts);
        line.append(": ");
        appendFragment(line, Ipv4Header.flagsAndOffset(bytes, header));
        if (hasPorts) {
            appendTransport(line, bytes, protocol, payload, available);
        } else if (protocol == Ipv4Header.PROTOCOL_ICMP && available >= ICMP_HEADER_LENGTH && whole && begins) {
            appendIcmp(line, bytes, payload, available);
        } else {
            line.append("protocol ").append(protocol).append(", length ").append(available);
        }
    }

    /** Appends what follows the addresses and ports of TCP or UDP. */
    static void appendTransport(StringBuilder line, ByteBuffer bytes, int protocol, int at, int length) {
        if (protocol == Ipv4Header.PROTOCOL_UDP) {
            line.append("UDP, length ").append(length);
        } else if (length < TCP_HEADER_LENGTH) {
            line.append("TCP truncated");
        } else {
            appendTcp(line, bytes, at, length);
        }
    }

    private static void appendFragment(StringBuilder line, int flagsAndOffset) {
        int offset = (flagsAndOffset & Ipv4Header.FRAGMENT_OFFSET) * 8;
        boolean more = (flagsAndOffset & Ipv4Header.MORE_FRAGMENTS) != 0;
        if (more || offset > 0) {
            line.append("fragment from ").append(offset).append(more ? "+ " : " ");
        }
    }

    private static void appendIcmp(StringBuilder line, ByteBuffer bytes, int message, int length) {
        int type = bytes.get(message) & 0xFF;
        int code = bytes.get(message + 1) & 0xFF;
        line.append("ICMP ");
        switch (type) {
            case 0, 8 ->
                line.append(type == 8 ? "echo request, id " : "echo reply, id ")
                        .append(bytes.getShort(message + 4) & 0xFFFF)
                        .append(", seq ")
                        .append(bytes.getShort(message + 6) & 0xFFFF)
                        .append(", length ")
                        .append(length);
            case 3, 11, 12 -> {
                line.append(type == 3 ? "unreachable" : type == 11 ? "time exceeded" : "parameter problem");
                line.append(" code ").append(code);
                if (type == 3 && code == 4) {
                    line.append(" mtu ").append(bytes.getShort(message + 6) & 0xFFFF);
                }
                line.append(" about [");
                appendIpv4(line, bytes, message + ICMP_HEADER_LENGTH, length - ICMP_HEADER_LENGTH, false);
                line.append(']');
            }
            default -> line.append("type ").append(type).append(" code ").append(code);
        }
    }

    private static void appendTcp(StringBuilder line, ByteBuffer bytes, int header, int length) {
        int headerLength = (bytes.get(header + 12) & 0xF0) >> 2;
        int flags = bytes.get(header + 13) & 0xFF;
        line.append("Flags [");
        for (int i = 0; i < FLAGS.length(); i++) {
            if ((flags & (1 << i)) != 0) {
                line.append(FLAGS.charAt(i));
            }
        }
        int dataLength = length - headerLength;
        long sequence = bytes.getInt(header + 4) & 0xFFFFFFFFL;
        line.append("], seq ").append(sequence);
        if (dataLength > 0) {
            line.append(':').append((sequence + dataLength) & 0xFFFFFFFFL);
        }
        if ((flags & 0x10) != 0) {
            line.append(", ack ").append(bytes.getInt(header + 8) & 0xFFFFFFFFL);
        }
        line.append(", win ").append(bytes.getShort(header + 14) & 0xFFFF);
        if (headerLength < TCP_HEADER_LENGTH || dataLength < 0) {
            line.append(", header length ").append(headerLength).append(" malformed");
            return;
        }
        if (headerLength > TCP_HEADER_LENGTH) {
            line.append(", options [");
            appendTcpOptions(line, bytes, header + TCP_HEADER_LENGTH, header + headerLength);
            line.append(']');
        }
        line.append(", length ").append(dataLength);
    }

    private static void appendTcpOptions(StringBuilder line, ByteBuffer bytes, int from, int end) {
        int at = from;
        while (at < end) {
            if (at > from) {
                line.append(',');
            }
            int kind = bytes.get(at) & 0xFF;
            if (kind <= 1) {
                line.append(kind == 0 ? "eol" : "nop");
                if (kind == 0) {
                    return;
                }
                at++;
                continue;
            }
            int length = at + 1 < end ? bytes.get(at + 1) & 0xFF : 0;
            if (length < 2 || length > end - at) {
                line.append("malformed ").append(kind);
                return;
            }
            appendTcpOption(line, bytes, at, kind, length);
            at += length;
        }
    }

    private static void appendTcpOption(StringBuilder line, ByteBuffer bytes, int at, int kind, int length) {
        if (kind == 2 && length == 4) {
            line.append("mss ").append(bytes.getShort(at + 2) & 0xFFFF);
        } else if (kind == 3 && length == 3) {
            line.append("wscale ").append(bytes.get(at + 2) & 0xFF);
        } else if (kind == 4 && length == 2) {
            line.append("sackOK");
        } else if (kind == 5 && length % 8 == 2) {
            line.append("sack ");
            for (int block = at + 2; block < at + length; block += 8) {
                line.append('{').append(bytes.getInt(block) & 0xFFFFFFFFL).append(':');
                line.append(bytes.getInt(block + 4) & 0xFFFFFFFFL).append('}');
            }
        } else if (kind == 8 && length == 10) {
            line.append("TS val ").append(bytes.getInt(at + 2) & 0xFFFFFFFFL);
            line.append(" ecr ").append(bytes.getInt(at + 6) & 0xFFFFFFFFL);
        } else {
            line.append("option ").append(kind).append(" length ").append(length);
        }
    }

    static void appendPort(StringBuilder line, ByteBuffer bytes, int at, boolean present) {
        if (present) {
            line.append('.').append(bytes.getShort(at) & 0xFFFF);
        }
    }

    static void appendAddress(StringBuilder line, int ipv4) {
        line.append(ipv4 >>> 24).append('.');
        line.append((ipv4 >> 16) & 0xFF).append('.');
        line.append((ipv4 >> 8) & 0xFF).append('.');
        line.append(ipv4 & 0xFF);
    }
}
