package io.perilune.ether;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.TokenBucket;
import java.nio.ByteBuffer;

/**
 * Address resolution for IPv4 over Ethernet (RFC 826, RFC 1122 §2.3.2, RFC 5227): answers requests for the own address,
 * asks for others', announces the own at the start and defends it.
 *
 * <p>Nothing that was not asked for enters the {@link NeighborTable}: on a shared link anybody can say anything. Owned
 * by the shard's driver.
 */
public final class Arp implements Solicitor {

    private static final long MAPPED_PREFIX = 0xFFFFL << 32;
    /** RFC 5227 §1.1: DEFEND_INTERVAL. */
    private static final long DEFEND_INTERVAL_NS = 10_000_000_000L;

    private final int ownIpv4;
    private final EthernetOutput output;
    private final NeighborTable neighbors;
    private final BufferPool pool;
    private final Counters counters;
    private final TokenBucket solicitations;
    private long defendedNs;
    private boolean silent;

    /**
     * Makes it.
     *
     * @param ownIpv4 this host's address on the link, or 0 if it has none: then it tells and answers nothing
     * @param output where packets go
     * @param neighbors learns the answers
     * @param pool lends the buffers of requests
     * @param counters counts
     * @param nowNs the present
     */
    public Arp(
            int ownIpv4,
            EthernetOutput output,
            NeighborTable neighbors,
            BufferPool pool,
            Counters counters,
            long nowNs) {
        this.ownIpv4 = ownIpv4;
        this.output = output;
        this.neighbors = neighbors;
        this.pool = pool;
        this.counters = counters;
        // The table asks for each neighbor once a second at most; this limits the sum, so that spoofed senders from all
        // over the subnet do not make a storm of broadcasts (RFC 6583).
        this.solicitations = new TokenBucket(1000, 256, nowNs);
        this.defendedNs = nowNs - DEFEND_INTERVAL_NS;
    }

    /** Tells the link which address this host has (RFC 5227 §2.3). */
    public void announce() {
        if (ownIpv4 != 0 && !silent) {
            sendRequest(ownIpv4, 0, ownIpv4, MacAddress.BROADCAST);
        }
    }

    /** Learns and asks, but announces and answers nothing: another shard of this host does. */
    public void silence() {
        silent = true;
    }

    @Override
    public void solicit(long high, long low, long mac, long nowNs) {
        if (!solicitations.take(nowNs)) {
            counters.increment(Counter.ARP_SOLICITATIONS_LIMITED);
            return;
        }
        sendRequest(ownIpv4, mac == MacAddress.BROADCAST ? 0 : mac, (int) low, mac);
    }

    /** Receives an ARP packet, without its Ethernet header; taken. */
    void receive(PacketBuffer packet, int flags, long nowNs) {
        ByteBuffer bytes = packet.bytes();
        int header = packet.start();
        if (packet.length() < ArpHeader.LENGTH || !isSane(bytes, header) || (flags & EthernetInput.LOOPED) != 0) {
            counters.increment(Counter.DROP_ARP_MALFORMED);
            packet.release();
            return;
        }
        counters.increment(Counter.ARP_RECEIVED);
        int operation = ArpHeader.operation(bytes, header);
        long senderMac = ArpHeader.senderMac(bytes, header);
        int senderIpv4 = ArpHeader.senderIpv4(bytes, header);
        int targetIpv4 = ArpHeader.targetIpv4(bytes, header);
        if (ownIpv4 == 0) {
            packet.release();
            return;
        }
        if (senderIpv4 == ownIpv4) {
            defend(nowNs);
        } else if (senderIpv4 != 0) {
            boolean answersUs = operation == ArpHeader.REPLY
                    && targetIpv4 == ownIpv4
                    && ArpHeader.targetMac(bytes, header) == output.ownMac();
            long low = MAPPED_PREFIX | (senderIpv4 & 0xFFFFFFFFL);
            if (answersUs) {
                neighbors.onAnswer(0, low, senderMac, nowNs);
            } else {
                neighbors.onClaim(0, low, senderMac, nowNs);
            }
        }
        // A sender of 0.0.0.0 probes whether the address is free (RFC 5227 §2.1.1): it is answered as any other.
        if (operation == ArpHeader.REQUEST && targetIpv4 == ownIpv4 && senderIpv4 != ownIpv4 && !silent) {
            // RFC 826, packet reception: the fields are swapped and the packet goes back in the same buffer.
            packet.truncate(ArpHeader.LENGTH);
            ArpHeader.write(bytes, header, ArpHeader.REPLY, output.ownMac(), ownIpv4, senderMac, senderIpv4);
            counters.increment(Counter.ARP_REQUESTS_ANSWERED);
            output.sendTo(packet, EthernetHeader.TYPE_ARP, senderMac);
        } else {
            packet.release();
        }
    }

    private boolean isSane(ByteBuffer bytes, int header) {
        int operation = ArpHeader.operation(bytes, header);
        long senderMac = ArpHeader.senderMac(bytes, header);
        return ArpHeader.isEthernetIpv4(bytes, header)
                && (operation == ArpHeader.REQUEST || operation == ArpHeader.REPLY)
                && MacAddress.isStation(senderMac)
                && senderMac != output.ownMac();
    }

    private void defend(long nowNs) {
        counters.increment(Counter.ARP_ADDRESS_CONFLICTS);
        // RFC 5227 §2.4 (c): the address is kept; one announcement, and not again within DEFEND_INTERVAL, lest two
        // hosts defend against each other for ever.
        if (nowNs - defendedNs >= DEFEND_INTERVAL_NS) {
            defendedNs = nowNs;
            announce();
        }
    }

    private void sendRequest(int senderIpv4, long targetMac, int targetIpv4, long destinationMac) {
        PacketBuffer packet = pool.allocate();
        if (packet == null) {
            counters.increment(Counter.DROP_NO_BUFFER);
            return;
        }
        int header = packet.append(ArpHeader.LENGTH);
        ArpHeader.write(packet.bytes(), header, ArpHeader.REQUEST, output.ownMac(), senderIpv4, targetMac, targetIpv4);
        counters.increment(Counter.ARP_REQUESTS_SENT);
        output.sendTo(packet, EthernetHeader.TYPE_ARP, destinationMac);
    }
}
