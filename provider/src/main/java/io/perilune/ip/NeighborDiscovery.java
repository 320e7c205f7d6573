package io.perilune.ip;

import io.perilune.ether.EthernetOutput;
import io.perilune.ether.MacAddress;
import io.perilune.ether.NeighborTable;
import io.perilune.ether.Solicitor;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.Timer;
import io.perilune.time.TimerWheel;
import io.perilune.time.TokenBucket;
import java.nio.ByteBuffer;

/**
 * Address resolution for IPv6 (RFC 4861 §7) and the check that nobody else has this host's addresses (RFC 4862 §5.4).
 *
 * <p>Nothing that was not asked for enters the {@link NeighborTable}, and what is in it is changed by no claim: it is
 * probed. While an address is being checked, packets for it are received and solicitations answered without claiming it
 * for good (RFC 4429 §3.3), but nobody is asked in its name, so that what must be resolved first waits a second. Owned
 * by the shard's driver.
 */
final class NeighborDiscovery implements Solicitor {

    /** RFC 4861 §10: RETRANS_TIMER, here the time in which another holder must object. */
    static final long PROBE_NS = 1_000_000_000L;

    private static final int HOP_LIMIT = 255;
    private static final int MESSAGE_LENGTH = 24;
    private static final int TARGET = 8;
    private static final int LINK_ADDRESS_LENGTH = 8;
    private static final int OPTION_SOURCE = 1;
    private static final int OPTION_TARGET = 2;
    private static final int SOLICITED = 1 << 30;
    private static final int OVERRIDE = 1 << 29;

    private static final long ABSENT = -1;
    private static final long WRONG = -2;

    private final Ipv6Routes routes;
    private final Ipv6Output output;
    private final EthernetOutput ethernet;
    private final NeighborTable neighbors;
    private final MulticastListener listener;
    private final BufferPool pool;
    private final TimerWheel wheel;
    private final Counters counters;
    private final TokenBucket solicitations;
    private boolean silent;
    private final Timer checking = new Timer() {
        @Override
        protected void onTimer(long nowNs) {
            onChecked(nowNs);
        }
    };

    NeighborDiscovery(
            Ipv6Routes routes,
            Ipv6Output output,
            EthernetOutput ethernet,
            NeighborTable neighbors,
            MulticastListener listener,
            BufferPool pool,
            TimerWheel wheel,
            Counters counters,
            long nowNs) {
        this.routes = routes;
        this.output = output;
        this.ethernet = ethernet;
        this.neighbors = neighbors;
        this.listener = listener;
        this.pool = pool;
        this.wheel = wheel;
        this.counters = counters;
        // As for ARP: the sum over all neighbors (RFC 6583).
        this.solicitations = new TokenBucket(1000, 256, nowNs);
    }

    /** Joins the groups of the own addresses and asks if anybody else has these addresses (RFC 4862 §5.4.2). */
    void announce(long nowNs) {
        if (!routes.hasAddress()) {
            return;
        }
        wheel.arm(checking, nowNs + PROBE_NS);
        if (silent) {
            return;
        }
        // RFC 3590: as long as no address is sure, the report comes from the unspecified one.
        listener.report(true);
        probe(routes.addressHigh(), routes.addressLow());
        if (routes.hasLinkLocal()) {
            probe(routes.linkLocalHigh(), routes.linkLocalLow());
        }
    }

    /** Learns, but announces and answers nothing: another shard of this host does. */
    void silence() {
        silent = true;
    }

    void clear() {
        wheel.cancel(checking);
    }

    /** Returns whether the own addresses are being checked. */
    boolean isChecking() {
        return checking.isArmed();
    }

    @Override
    public void solicit(long high, long low, long mac, long nowNs) {
        if (isChecking()) {
            // RFC 4429 §3.3: others' tables must not learn an address that may be another's. The table asks again.
            counters.increment(Counter.ND_SOLICITATIONS_WAITING);
            return;
        }
        long sourceHigh = routes.sourceHighFor(high, low);
        long sourceLow = routes.sourceLowFor(high, low);
        if (!routes.isOwn(sourceHigh, sourceLow)) {
            // RFC 4862 §5.4.5: the packet that waits may be older than the loss; its question would take the address
            // from the other holder in the neighbors' tables. It waits in vain, and its sender is told.
            counters.increment(Counter.ND_SOLICITATIONS_WITHOUT_ADDRESS);
            return;
        }
        if (!solicitations.take(nowNs)) {
            counters.increment(Counter.ND_SOLICITATIONS_LIMITED);
            return;
        }
        boolean toAll = mac == MacAddress.BROADCAST;
        long destinationHigh = toAll ? Ipv6Routes.LINK_GROUP_HIGH : high;
        long destinationLow = toAll ? Ipv6Routes.solicitedNodeLow(low) : low;
        PacketBuffer packet = message(Icmpv6.TYPE_NEIGHBOR_SOLICITATION, 0, high, low, OPTION_SOURCE);
        if (packet == null) {
            return;
        }
        counters.increment(Counter.ND_SOLICITATIONS_SENT);
        finish(packet, sourceHigh, sourceLow, destinationHigh, destinationLow);
        if (toAll) {
            output.sendToGroup(
                    packet, sourceHigh, sourceLow, destinationHigh, destinationLow, Ipv6Header.ICMPV6, HOP_LIMIT);
        } else {
            output.sendTo(
                    packet, sourceHigh, sourceLow, destinationHigh, destinationLow, Ipv6Header.ICMPV6, HOP_LIMIT, mac);
        }
    }

    /**
     * Receives a solicitation or advertisement whose checksum is right.
     *
     * @param packet the packet from its IPv6 header on; taken
     * @param message the position of the ICMPv6 header
     */
    void receive(PacketBuffer packet, int message, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        int end = packet.end();
        boolean solicits = bytes.get(message) == (byte) Icmpv6.TYPE_NEIGHBOR_SOLICITATION;
        // RFC 4861 §7.1: the hop limit shows that no router has forwarded it.
        if (Ipv6Header.hopLimit(bytes, header) != HOP_LIMIT
                || bytes.get(message + 1) != 0
                || end - message < MESSAGE_LENGTH
                || !Ipv6Routes.isHost(bytes.getLong(message + TARGET), bytes.getLong(message + TARGET + 8))) {
            drop(packet, Counter.DROP_ND_MALFORMED);
            return;
        }
        long mac = linkAddress(bytes, message + MESSAGE_LENGTH, end, solicits ? OPTION_SOURCE : OPTION_TARGET);
        if (mac == WRONG) {
            drop(packet, Counter.DROP_ND_MALFORMED);
        } else if (solicits) {
            receiveSolicitation(packet, message, mac, nowNs);
        } else {
            receiveAdvertisement(packet, message, mac, nowNs);
        }
    }

    private void receiveSolicitation(PacketBuffer packet, int message, long mac, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        long sourceHigh = Ipv6Header.sourceHigh(bytes, header);
        long sourceLow = Ipv6Header.sourceLow(bytes, header);
        long targetHigh = bytes.getLong(message + TARGET);
        long targetLow = bytes.getLong(message + TARGET + 8);
        boolean checks = (sourceHigh | sourceLow) == 0;
        // RFC 4861 §7.1.1: who checks an address asks its group, and has no link address to tell.
        if (checks
                && (mac != ABSENT
                        || Ipv6Header.destinationHigh(bytes, header) != Ipv6Routes.LINK_GROUP_HIGH
                        || Ipv6Header.destinationLow(bytes, header) != Ipv6Routes.solicitedNodeLow(targetLow))) {
            drop(packet, Counter.DROP_ND_MALFORMED);
            return;
        }
        packet.release();
        counters.increment(Counter.ND_RECEIVED);
        if (!checks && mac != ABSENT) {
            neighbors.onClaim(sourceHigh, sourceLow, mac, nowNs);
        }
        if (!routes.isOwn(targetHigh, targetLow) || Ipv6Routes.isLoopback(targetHigh, targetLow)) {
            return;
        }
        if (checks && isChecking()) {
            // RFC 4862 §5.4.3: two begin with the same address at the same time; neither gets it.
            lose(targetHigh, targetLow);
            return;
        }
        if (!silent) {
            answer(checks, sourceHigh, sourceLow, targetHigh, targetLow, mac, nowNs);
        }
    }

    private void answer(
            boolean toAll, long peerHigh, long peerLow, long targetHigh, long targetLow, long mac, long nowNs) {
        // RFC 4861 §7.2.4; RFC 4429 §3.3: without the override flag while the address is not sure.
        int flags = (toAll ? 0 : SOLICITED) | (isChecking() ? 0 : OVERRIDE);
        PacketBuffer packet = message(Icmpv6.TYPE_NEIGHBOR_ADVERTISEMENT, flags, targetHigh, targetLow, OPTION_TARGET);
        if (packet == null) {
            return;
        }
        counters.increment(Counter.ND_SOLICITATIONS_ANSWERED);
        if (toAll) {
            sendToAllNodes(packet, targetHigh, targetLow);
            return;
        }
        finish(packet, targetHigh, targetLow, peerHigh, peerLow);
        if (mac != ABSENT) {
            output.sendTo(packet, targetHigh, targetLow, peerHigh, peerLow, Ipv6Header.ICMPV6, HOP_LIMIT, mac);
        } else {
            output.send(packet, targetHigh, targetLow, peerHigh, peerLow, Ipv6Header.ICMPV6, 0, HOP_LIMIT, nowNs);
        }
    }

    private void receiveAdvertisement(PacketBuffer packet, int message, long mac, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        boolean toGroup = Ipv6Routes.isMulticast(Ipv6Header.destinationHigh(bytes, packet.start()));
        boolean solicited = (bytes.getInt(message + 4) & SOLICITED) != 0;
        long targetHigh = bytes.getLong(message + TARGET);
        long targetLow = bytes.getLong(message + TARGET + 8);
        packet.release();
        if (toGroup && solicited) {
            // RFC 4861 §7.1.2.
            counters.increment(Counter.DROP_ND_MALFORMED);
            return;
        }
        counters.increment(Counter.ND_RECEIVED);
        if (routes.isOwn(targetHigh, targetLow)) {
            if (isChecking()) {
                // RFC 4862 §5.4.4.
                lose(targetHigh, targetLow);
            } else {
                counters.increment(Counter.ND_ADDRESS_CONFLICTS);
            }
        } else if (solicited && mac == ABSENT) {
            neighbors.onAnswerWithoutAddress(targetHigh, targetLow, nowNs);
        } else if (solicited) {
            neighbors.onAnswer(targetHigh, targetLow, mac, nowNs);
        } else if (mac != ABSENT) {
            neighbors.onClaim(targetHigh, targetLow, mac, nowNs);
        }
    }

    private void lose(long high, long low) {
        counters.increment(Counter.ND_ADDRESS_CONFLICTS);
        counters.increment(Counter.IPV6_ADDRESSES_LOST);
        routes.lose(high, low);
    }

    /** Nobody has objected. */
    private void onChecked(long nowNs) {
        neighbors.askAgain(nowNs);
        if (silent) {
            return;
        }
        listener.report(false);
        // RFC 4861 §7.2.6: neighbors that remember an older holder of the address may learn.
        advertise(routes.addressHigh(), routes.addressLow());
        if (routes.hasLinkLocal()) {
            advertise(routes.linkLocalHigh(), routes.linkLocalLow());
        }
    }

    private void advertise(long high, long low) {
        if (!routes.isOwn(high, low)) {
            return;
        }
        PacketBuffer packet = message(Icmpv6.TYPE_NEIGHBOR_ADVERTISEMENT, OVERRIDE, high, low, OPTION_TARGET);
        if (packet != null) {
            sendToAllNodes(packet, high, low);
        }
    }

    private void sendToAllNodes(PacketBuffer packet, long sourceHigh, long sourceLow) {
        finish(packet, sourceHigh, sourceLow, Ipv6Routes.LINK_GROUP_HIGH, Ipv6Routes.ALL_NODES_LOW);
        output.sendToGroup(
                packet,
                sourceHigh,
                sourceLow,
                Ipv6Routes.LINK_GROUP_HIGH,
                Ipv6Routes.ALL_NODES_LOW,
                Ipv6Header.ICMPV6,
                HOP_LIMIT);
    }

    private void probe(long high, long low) {
        PacketBuffer packet = message(Icmpv6.TYPE_NEIGHBOR_SOLICITATION, 0, high, low, 0);
        if (packet == null) {
            return;
        }
        counters.increment(Counter.ND_SOLICITATIONS_SENT);
        long groupLow = Ipv6Routes.solicitedNodeLow(low);
        finish(packet, 0, 0, Ipv6Routes.LINK_GROUP_HIGH, groupLow);
        output.sendToGroup(packet, 0, 0, Ipv6Routes.LINK_GROUP_HIGH, groupLow, Ipv6Header.ICMPV6, HOP_LIMIT);
    }

    /** Returns a message without its checksum, with the own link address as an option unless that is 0; or null. */
    private PacketBuffer message(int type, int flags, long targetHigh, long targetLow, int option) {
        PacketBuffer packet = pool.allocate();
        if (packet == null) {
            counters.increment(Counter.DROP_NO_BUFFER);
            return null;
        }
        int at = packet.append(MESSAGE_LENGTH + (option == 0 ? 0 : LINK_ADDRESS_LENGTH));
        ByteBuffer bytes = packet.bytes();
        bytes.putInt(at, type << 24);
        bytes.putInt(at + 4, flags);
        bytes.putLong(at + TARGET, targetHigh);
        bytes.putLong(at + TARGET + 8, targetLow);
        if (option != 0) {
            bytes.putShort(at + MESSAGE_LENGTH, (short) (option << 8 | 1));
            MacAddress.write(bytes, at + MESSAGE_LENGTH + 2, ethernet.ownMac());
        }
        return packet;
    }

    private static void finish(
            PacketBuffer packet, long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
        Icmpv6.putChecksum(
                packet.bytes(),
                packet.start(),
                packet.length(),
                sourceHigh,
                sourceLow,
                destinationHigh,
                destinationLow);
    }

    /** Returns the link address in an option of a kind, or {@link #ABSENT}, or {@link #WRONG} (RFC 4861 §4.6). */
    private long linkAddress(ByteBuffer bytes, int from, int end, int kind) {
        long found = ABSENT;
        int at = from;
        while (at < end) {
            int length = end - at < 2 ? 0 : (bytes.get(at + 1) & 0xFF) * 8;
            if (length == 0 || length > end - at) {
                return WRONG;
            }
            if (bytes.get(at) == kind) {
                found = MacAddress.read(bytes, at + 2);
                if (length != LINK_ADDRESS_LENGTH || !MacAddress.isStation(found) || found == ethernet.ownMac()) {
                    return WRONG;
                }
            }
            at += length;
        }
        return found;
    }

    private void drop(PacketBuffer packet, Counter reason) {
        counters.increment(reason);
        packet.release();
    }
}
