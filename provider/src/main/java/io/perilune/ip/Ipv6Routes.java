package io.perilune.ip;

import io.perilune.config.Setting;
import io.perilune.config.SettingException;
import io.perilune.config.Settings;
import io.perilune.ether.MacAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * This host's IPv6 addresses on the stack and the way to all others: on-link, by the gateway, or none. Router
 * advertisements are not heeded: the gateway is configured. Any thread; nothing changes but that an address which
 * another station was found to have (RFC 4862 §5.4.5) is no longer this host's.
 */
public final class Ipv6Routes {

    /** What {@link #route} returns for a destination that no route leads to. */
    public static final int UNREACHABLE = 0;
    /** What {@link #route} returns for a destination that is this host's own. */
    public static final int SELF = 1;
    /** What {@link #route} returns for a destination that is a neighbor. */
    public static final int ON_LINK = 2;
    /** What {@link #route} returns for a destination behind the gateway. */
    public static final int BY_GATEWAY = 3;

    /** No IPv6 at all. */
    public static final Ipv6Routes NONE = new Ipv6Routes(0, 0, 128, 0, 0, 0, false);

    /** High half of the link-local groups. */
    static final long LINK_GROUP_HIGH = 0xFF02_0000_0000_0000L;
    /** Low half of the group of all nodes. */
    static final long ALL_NODES_LOW = 1;

    private static final long LINK_LOCAL_HIGH = 0xFE80_0000_0000_0000L;
    private static final long SOLICITED_NODE_LOW = 0x0000_0001_FF00_0000L;
    private static final long LOW_24 = 0xFF_FFFF;

    private final long addressHigh;
    private final long addressLow;
    private final int prefixLength;
    private final long gatewayHigh;
    private final long gatewayLow;
    private final long linkLocalLow;
    private final boolean loopback;
    private volatile boolean addressLost;
    private volatile boolean linkLocalLost;

    /**
     * Makes it.
     *
     * @param addressHigh high half of this host's address on the link, or 0 with the low half for none
     * @param addressLow low half
     * @param prefixLength how many leading bits the on-link addresses share, in [1, 128]
     * @param gatewayHigh high half of the router to all other addresses, or 0 with the low half for none
     * @param gatewayLow low half
     * @param mac the link's own address, of which the link-local one is made, or 0 for none
     * @param loopback whether ::1 is this stack's too
     */
    public Ipv6Routes(
            long addressHigh,
            long addressLow,
            int prefixLength,
            long gatewayHigh,
            long gatewayLow,
            long mac,
            boolean loopback) {
        this.addressHigh = addressHigh;
        this.addressLow = addressLow;
        this.prefixLength = prefixLength;
        this.gatewayHigh = gatewayHigh;
        this.gatewayLow = gatewayLow;
        this.linkLocalLow = mac == 0 ? 0 : MacAddress.interfaceIdentifier(mac);
        this.loopback = loopback;
    }

    /**
     * Makes it of the settings {@code address6}, {@code gateway6}, {@code mtu} and {@code loopback}. Without an address
     * there is no IPv6, but ::1 with {@code loopback=user}.
     *
     * @param mac the link's own address
     * @throws SettingException if the address is one that a host cannot have, the gateway is off the link, or the MTU is
     *     too small for IPv6
     */
    public static Ipv6Routes of(Settings settings, long mac) {
        boolean loopback = settings.text(Setting.LOOPBACK).equals("user");
        String prefix = settings.text(Setting.ADDRESS6);
        String gatewayText = settings.text(Setting.GATEWAY6);
        int slash = prefix.indexOf('/');
        if (slash < 0) {
            if (!gatewayText.isEmpty()) {
                throw refused(settings, Setting.GATEWAY6, "it needs perilune.address6");
            }
            return new Ipv6Routes(0, 0, 128, 0, 0, 0, loopback);
        }
        if (settings.number(Setting.MTU) < Ipv6Header.LEAST_MTU) {
            throw refused(settings, Setting.MTU, "IPv6 needs at least 1280; perilune.address6=none turns it off");
        }
        InetAddress address = parse(prefix.substring(0, slash));
        int prefixLength = Integer.parseInt(prefix.substring(slash + 1));
        InetAddress gateway = gatewayText.isEmpty() ? null : parse(gatewayText);
        long high = Addresses.high(address);
        long low = Addresses.low(address);
        if (!isHost(high, low) || isLinkLocal(high) || isLoopback(high, low)) {
            throw refused(
                    settings,
                    Setting.ADDRESS6,
                    "a multicast, unspecified, loopback, IPv4-mapped or link-local address is none to give");
        }
        if (gateway == null) {
            return new Ipv6Routes(high, low, prefixLength, 0, 0, mac, loopback);
        }
        Ipv6Routes routes =
                new Ipv6Routes(high, low, prefixLength, Addresses.high(gateway), Addresses.low(gateway), mac, loopback);
        if (!isHost(routes.gatewayHigh, routes.gatewayLow)
                || !(isLinkLocal(routes.gatewayHigh) || routes.isOnLink(routes.gatewayHigh, routes.gatewayLow))
                || routes.isOwn(routes.gatewayHigh, routes.gatewayLow)) {
            throw refused(
                    settings, Setting.GATEWAY6, "it takes the address of another host in " + prefix + " or fe80::/10");
        }
        return routes;
    }

    /** Returns these routes without gateway and neighbors: nobody is reached but this host itself. */
    public Ipv6Routes alone() {
        return new Ipv6Routes(addressHigh, addressLow, 128, 0, 0, 0, loopback);
    }

    /** Returns whether this host speaks IPv6. */
    public boolean isEnabled() {
        return hasAddress() || loopback;
    }

    /** Returns whether this host has an address on the link. */
    public boolean hasAddress() {
        return (addressHigh | addressLow) != 0;
    }

    /** Returns whether this host has a link-local address. */
    public boolean hasLinkLocal() {
        return linkLocalLow != 0;
    }

    /** Returns the high half of this host's address on the link. */
    public long addressHigh() {
        return addressHigh;
    }

    /** Returns the low half of this host's address on the link. */
    public long addressLow() {
        return addressLow;
    }

    /** Returns the high half of this host's link-local address. */
    public long linkLocalHigh() {
        return LINK_LOCAL_HIGH;
    }

    /** Returns the low half of this host's link-local address (RFC 4291 §2.5.6, appendix A), or 0. */
    public long linkLocalLow() {
        return linkLocalLow;
    }

    /** Returns the high half of the gateway's address. */
    public long gatewayHigh() {
        return gatewayHigh;
    }

    /** Returns the low half of the gateway's address. */
    public long gatewayLow() {
        return gatewayLow;
    }

    /** Returns whether an address is this host's on this stack. */
    public boolean isOwn(long high, long low) {
        if (low == addressLow && high == addressHigh) {
            return hasAddress() && !addressLost;
        }
        if (low == linkLocalLow && high == LINK_LOCAL_HIGH) {
            return hasLinkLocal() && !linkLocalLost;
        }
        return loopback && isLoopback(high, low);
    }

    /** Another station has this address: it is this host's no more (RFC 4862 §5.4.5). */
    void lose(long high, long low) {
        if (low == addressLow && high == addressHigh) {
            addressLost = true;
        } else if (low == linkLocalLow && high == LINK_LOCAL_HIGH) {
            linkLocalLost = true;
        }
    }

    /** Returns whether this host listens to a group: all nodes, or the solicited nodes of an address of its own. */
    public boolean isMember(long high, long low) {
        // RFC 4291 §2.7: ff01:: groups are for what a node sends to itself, and this one sends itself none.
        return high == LINK_GROUP_HIGH
                && (low == ALL_NODES_LOW
                        || (hasAddress() && low == solicitedNodeLow(addressLow))
                        || (hasLinkLocal() && low == solicitedNodeLow(linkLocalLow)));
    }

    /** Returns the low half of an address's solicited-node group (RFC 4291 §2.7.1); the high half is ff02::'s. */
    static long solicitedNodeLow(long low) {
        return SOLICITED_NODE_LOW | (low & LOW_24);
    }

    /** Returns whether an address is a group's. */
    public static boolean isMulticast(long high) {
        return high >>> 56 == 0xFF;
    }

    /** Returns whether an address is in fe80::/10. */
    public static boolean isLinkLocal(long high) {
        return high >>> 54 == 0xFE80 >>> 6;
    }

    /** Returns whether an address is ::1. */
    public static boolean isLoopback(long high, long low) {
        return high == 0 && low == 1;
    }

    /**
     * Returns whether an address can be one host's: not a group's, not unspecified, and no IPv4-mapped one, which must
     * not appear on a link (RFC 4291 §2.5.5.2 is for programs).
     */
    public static boolean isHost(long high, long low) {
        return !isMulticast(high) && (high | low) != 0 && !Addresses.isMapped(high, low);
    }

    /**
     * Returns how a packet gets to a unicast address: one of the constants here. Where {@link #sourceHighFor} has only a
     * lost address to offer, no way leads.
     */
    public int route(long high, long low) {
        if (isOwn(high, low)) {
            return SELF;
        }
        if (!hasAddress() || !isHost(high, low) || isLoopback(high, low)) {
            return UNREACHABLE;
        }
        if (!isOwn(sourceHighFor(high, low), sourceLowFor(high, low))) {
            return UNREACHABLE;
        }
        if (isLinkLocal(high) || isOnLink(high, low)) {
            return ON_LINK;
        }
        return (gatewayHigh | gatewayLow) != 0 ? BY_GATEWAY : UNREACHABLE;
    }

    /** Returns the high half of the address that packets to a destination bear as their source (RFC 6724 §5). */
    public long sourceHighFor(long high, long low) {
        // Rule 1: the destination itself, if it is an own one.
        if (isOwn(high, low)) {
            return high;
        }
        // Rule 2: an address of the same scope.
        return isLinkLocal(high) || isLinkLocalGroup(high) ? LINK_LOCAL_HIGH : addressHigh;
    }

    /** Returns the low half that belongs to {@link #sourceHighFor}. */
    public long sourceLowFor(long high, long low) {
        if (isOwn(high, low)) {
            return low;
        }
        return isLinkLocal(high) || isLinkLocalGroup(high) ? linkLocalLow : addressLow;
    }

    private static boolean isLinkLocalGroup(long high) {
        return isMulticast(high) && ((high >>> 48) & 0xF) <= 2;
    }

    private boolean isOnLink(long high, long low) {
        if (!hasAddress()) {
            return false;
        }
        if (prefixLength <= 64) {
            return ((high ^ addressHigh) & (-1L << (64 - prefixLength))) == 0;
        }
        return high == addressHigh && ((low ^ addressLow) & (-1L << (128 - prefixLength))) == 0;
    }

    private static SettingException refused(Settings settings, Setting setting, String why) {
        return new SettingException(setting.property() + "=" + settings.text(setting) + " (" + settings.source(setting)
                + ") is not allowed: " + why);
    }

    /** Reads an address whose form the settings have checked; no name service is asked for a literal. */
    private static InetAddress parse(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new SettingException("not an IPv6 address: " + text);
        }
    }
}
