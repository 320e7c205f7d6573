package io.perilune.ip;

import io.perilune.config.Setting;
import io.perilune.config.SettingException;
import io.perilune.config.Settings;

/**
 * This host's addresses on the stack and the way to all others: on-link, by the gateway, or none. IPv4 addresses are
 * ints here; what IPv6 needs is in {@link #ipv6}. Immutable; any thread.
 */
public final class RouteTable {

    /** What {@link #nextHop} returns for a destination that no route leads to. */
    public static final int UNREACHABLE = 0;

    private static final int LOOPBACK_NETWORK = 127;
    private static final int LOOPBACK_ADDRESS = 0x7F00_0001;
    private static final int LOOPBACK_PREFIX_LENGTH = 8;
    private static final int LIMITED_BROADCAST = -1;

    private final int address;
    private final int mask;
    private final int gateway;
    private final boolean loopback;
    private final Ipv6Routes ipv6;

    /**
     * Makes it.
     *
     * @param address this host's address on the link
     * @param prefixLength how many leading bits the on-link addresses share, in [1, 32]
     * @param gateway the router to all other addresses, or 0 for none
     * @param loopback whether 127.0.0.0/8 is this stack's too
     */
    public RouteTable(int address, int prefixLength, int gateway, boolean loopback) {
        this(address, -1 << (32 - prefixLength), gateway, loopback, Ipv6Routes.NONE);
    }

    private RouteTable(int address, int mask, int gateway, boolean loopback, Ipv6Routes ipv6) {
        this.address = address;
        this.mask = mask;
        this.gateway = gateway;
        this.loopback = loopback;
        this.ipv6 = ipv6;
    }

    /** Returns a copy that has IPv6 too. */
    public RouteTable with(Ipv6Routes routes) {
        return new RouteTable(address, mask, gateway, loopback, routes);
    }

    /** Returns what there is of IPv6. */
    public Ipv6Routes ipv6() {
        return ipv6;
    }

    /** Returns whether a unicast address of either family can be sent to: own, on-link or by a gateway. */
    public boolean reaches(long high, long low) {
        if (Addresses.isMapped(high, low)) {
            return isOwn((int) low) || nextHop((int) low) != UNREACHABLE;
        }
        return ipv6.route(high, low) != Ipv6Routes.UNREACHABLE;
    }

    /** Returns whether an address of either family is this host's on this stack. */
    public boolean isOwn(long high, long low) {
        return Addresses.isMapped(high, low) ? isOwn((int) low) : ipv6.isOwn(high, low);
    }

    /**
     * Makes it of the settings {@code address}, {@code gateway} and {@code loopback}. Without an address there must be
     * {@code loopback=user}, and this host then has the loopback addresses only.
     *
     * @throws SettingException if there is no address, or one that a host cannot have, or a gateway off the link
     */
    public static RouteTable of(Settings settings) {
        String prefix = settings.text(Setting.ADDRESS);
        int slash = prefix.indexOf('/');
        boolean loopback = settings.text(Setting.LOOPBACK).equals("user");
        if (slash < 0 && loopback) {
            return new RouteTable(LOOPBACK_ADDRESS, LOOPBACK_PREFIX_LENGTH, 0, true);
        }
        if (slash < 0) {
            throw new SettingException("perilune.address is not set: it takes "
                    + Setting.ADDRESS.kind().allowed());
        }
        int address = parse(prefix.substring(0, slash));
        int prefixLength = Integer.parseInt(prefix.substring(slash + 1));
        String gatewayText = settings.text(Setting.GATEWAY);
        int gateway = gatewayText.isEmpty() ? 0 : parse(gatewayText);
        RouteTable routes = new RouteTable(address, prefixLength, gateway, loopback);
        if (!isUnicast(address) || isLoopback(address) || routes.isOnLinkBroadcast(address)) {
            throw new SettingException("perilune.address=" + prefix + " (" + settings.source(Setting.ADDRESS)
                    + ") is not allowed: a network, broadcast, multicast or loopback address is no host's");
        }
        if (gateway != 0 && (!routes.isOnLink(gateway) || routes.isOnLinkBroadcast(gateway) || gateway == address)) {
            throw new SettingException("perilune.gateway=" + gatewayText + " (" + settings.source(Setting.GATEWAY)
                    + ") is not allowed: it takes the address of another host in " + prefix);
        }
        return routes;
    }

    /** Returns this host's address on the link. */
    public int address() {
        return address;
    }

    /** Returns whether an address is this host's on this stack. */
    public boolean isOwn(int ipv4) {
        return ipv4 == address || (loopback && isLoopback(ipv4));
    }

    /** Returns whether an address is in 127.0.0.0/8. */
    public static boolean isLoopback(int ipv4) {
        return ipv4 >>> 24 == LOOPBACK_NETWORK;
    }

    /**
     * Returns whether an address can be one host's: not in 0.0.0.0/8, 224.0.0.0/4 or 240.0.0.0/4 (RFC 1122 §3.2.1.3).
     */
    public static boolean isUnicast(int ipv4) {
        int first = ipv4 >>> 24;
        return first != 0 && first < 224;
    }

    /** Returns whether an address is multicast or a broadcast, limited or of the link. */
    public boolean isGroup(int ipv4) {
        return ipv4 >>> 28 == 14 || ipv4 == LIMITED_BROADCAST || isOnLinkBroadcast(ipv4);
    }

    /** Returns whether another host can be reached under an address: unicast, no broadcast of the link. */
    public boolean isHost(int ipv4) {
        return isUnicast(ipv4) && !isOnLinkBroadcast(ipv4);
    }

    /**
     * Returns to whom a packet for another host goes: the host itself if it is on the link, else the gateway, or {@link
     * #UNREACHABLE}.
     */
    public int nextHop(int destination) {
        if (!isHost(destination) || isLoopback(destination)) {
            return UNREACHABLE;
        }
        return isOnLink(destination) ? destination : gateway;
    }

    /** Returns the address that packets to a destination bear as their source. */
    public int sourceFor(int destination) {
        return isLoopback(destination) ? LOOPBACK_ADDRESS : address;
    }

    /** Returns the high half of the address that packets to a destination of either family bear as their source. */
    public long sourceHighFor(long destinationHigh, long destinationLow) {
        return Addresses.isMapped(destinationHigh, destinationLow)
                ? Addresses.MAPPED_HIGH
                : ipv6.sourceHighFor(destinationHigh, destinationLow);
    }

    /** Returns the low half that belongs to {@link #sourceHighFor}. */
    public long sourceLowFor(long destinationHigh, long destinationLow) {
        return Addresses.isMapped(destinationHigh, destinationLow)
                ? Addresses.mappedLow(sourceFor((int) destinationLow))
                : ipv6.sourceLowFor(destinationHigh, destinationLow);
    }

    private boolean isOnLink(int ipv4) {
        return ((ipv4 ^ address) & mask) == 0;
    }

    /** Returns whether all host bits are 1, or all 0 (the old form); RFC 3021: a prefix of 31 bits has no broadcast. */
    private boolean isOnLinkBroadcast(int ipv4) {
        int host = ipv4 & ~mask;
        return isOnLink(ipv4) && ~mask > 1 && (host == 0 || host == ~mask);
    }

    /** Reads an address whose form the settings have checked. */
    private static int parse(String text) {
        int value = 0;
        int octet = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '.') {
                value = (value << 8) | octet;
                octet = 0;
            } else {
                octet = octet * 10 + Character.digit(text.charAt(i), 10);
            }
        }
        return (value << 8) | octet;
    }
}
