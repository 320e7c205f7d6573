package io.perilune.ip;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.Timer;
import io.perilune.time.TimerWheel;
import java.nio.ByteBuffer;

/**
 * Tells routers and switches which groups this host listens to, its solicited-node groups (RFC 3810, RFC 2710), so that
 * a switch that watches these reports lets neighbor discovery through. Owned by the shard's driver.
 */
final class MulticastListener {

    private static final int TYPE_REPORT = 131;
    private static final int TYPE_REPORT_2 = 143;
    private static final int MODE_IS_EXCLUDE = 2;
    private static final int CHANGE_TO_EXCLUDE = 4;
    private static final int HOP_LIMIT = 1;
    /** RFC 3810 §5.2.14: ff02::16. */
    private static final long ALL_REPORTERS_LOW = 0x16;

    private static final int QUERY_LENGTH = 24;
    private static final int QUERY_2_LENGTH = 28;
    private static final int GROUP = 8;
    private static final int RECORD_LENGTH = 20;
    /** Next header ICMPv6, length 0, router alert 0 (RFC 2711), two bytes of padding. */
    private static final long ROUTER_ALERT = 0x3A00_0502_0000_0100L;

    private static final int ROUTER_ALERT_LENGTH = 8;
    private static final long MILLI_NS = 1_000_000L;
    /** RFC 3810 §9.12: 2 · 125 s + 10 s. */
    private static final long OLD_QUERIER_NS = 260_000_000_000L;

    private final Ipv6Routes routes;
    private final Ipv6Output output;
    private final BufferPool pool;
    private final TimerWheel wheel;
    private final Counters counters;
    private long random;
    /** RFC 3590 §4: no address is sure yet. */
    private boolean unspecified;

    private boolean oldQuerier;
    private long oldQuerierNs;
    private final Timer answer = new Timer() {
        @Override
        protected void onTimer(long nowNs) {
            answerQuery(nowNs);
        }
    };

    MulticastListener(
            Ipv6Routes routes, Ipv6Output output, BufferPool pool, TimerWheel wheel, Counters counters, long secret) {
        this.routes = routes;
        this.output = output;
        this.pool = pool;
        this.wheel = wheel;
        this.counters = counters;
        this.random = secret | 1;
    }

    /**
     * Reports that the groups were joined.
     *
     * @param unsure whether no address is sure yet, from now on until the next call (RFC 3590)
     */
    void report(boolean unsure) {
        unspecified = unsure;
        report(CHANGE_TO_EXCLUDE);
    }

    void clear() {
        wheel.cancel(answer);
    }

    /** Receives a query; the packet is borrowed. */
    void receiveQuery(ByteBuffer bytes, int header, int message, int length, boolean routerAlert, long nowNs) {
        // RFC 3810 §6.2: from a link-local address, not forwarded, with a router alert.
        // RFC 3810 §8.1: the length tells the version, and between the two there is none.
        boolean old = length == QUERY_LENGTH;
        if ((!old && length < QUERY_2_LENGTH)
                || !routerAlert
                || Ipv6Header.hopLimit(bytes, header) != HOP_LIMIT
                || !Ipv6Routes.isLinkLocal(Ipv6Header.sourceHigh(bytes, header))) {
            counters.increment(Counter.DROP_MLD_MALFORMED);
            return;
        }
        counters.increment(Counter.MLD_QUERIES_RECEIVED);
        long groupHigh = bytes.getLong(message + GROUP);
        long groupLow = bytes.getLong(message + GROUP + 8);
        boolean general = (groupHigh | groupLow) == 0;
        if (!routes.hasLinkLocal() || (!general && !isReported(groupHigh, groupLow))) {
            return;
        }
        if (old) {
            // RFC 3810 §8.2.1: who asks in the old way is answered in the old way.
            oldQuerier = true;
            oldQuerierNs = nowNs;
        }
        int code = bytes.getShort(message + 4) & 0xFFFF;
        // RFC 2710 §3.4: the old form is milliseconds, however many.
        long delayMs = old ? code : maximumDelayMs(code);
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        long deadlineNs = nowNs + (delayMs == 0 ? 0 : (random >>> 1) % (delayMs * MILLI_NS));
        if (!answer.isArmed() || answer.deadlineNs() - deadlineNs > 0) {
            wheel.arm(answer, deadlineNs);
        }
    }

    /** RFC 3810 §5.1.3: a small floating-point number from 32768 on. */
    private static long maximumDelayMs(int code) {
        return code < 32_768 ? code : ((code & 0xFFFL) | 0x1000) << (((code >>> 12) & 7) + 3);
    }

    private boolean isReported(long groupHigh, long groupLow) {
        return groupLow != Ipv6Routes.ALL_NODES_LOW && routes.isMember(groupHigh, groupLow);
    }

    private void answerQuery(long nowNs) {
        if (oldQuerier && nowNs - oldQuerierNs > OLD_QUERIER_NS) {
            oldQuerier = false;
        }
        report(MODE_IS_EXCLUDE);
    }

    private void report(int mode) {
        if (!routes.hasLinkLocal()) {
            return;
        }
        long first = Ipv6Routes.solicitedNodeLow(routes.linkLocalLow());
        long second = Ipv6Routes.solicitedNodeLow(routes.addressLow());
        // A lost link-local address is none to report from.
        boolean none = unspecified || !routes.isOwn(routes.linkLocalHigh(), routes.linkLocalLow());
        long sourceHigh = none ? 0 : routes.linkLocalHigh();
        long sourceLow = none ? 0 : routes.linkLocalLow();
        if (!oldQuerier) {
            sendReport2(mode, first, second, sourceHigh, sourceLow);
        } else {
            sendReport1(first, sourceHigh, sourceLow);
            if (second != first) {
                sendReport1(second, sourceHigh, sourceLow);
            }
        }
    }

    private void sendReport2(int mode, long first, long second, long sourceHigh, long sourceLow) {
        int records = first == second ? 1 : 2;
        PacketBuffer packet = message(8 + records * RECORD_LENGTH);
        if (packet == null) {
            return;
        }
        ByteBuffer bytes = packet.bytes();
        int at = packet.start() + ROUTER_ALERT_LENGTH;
        // RFC 3810 §5.2.
        bytes.putInt(at, TYPE_REPORT_2 << 24);
        bytes.putInt(at + 4, records);
        for (int i = 0; i < records; i++) {
            int record = at + 8 + i * RECORD_LENGTH;
            bytes.putInt(record, mode << 24);
            bytes.putLong(record + 4, Ipv6Routes.LINK_GROUP_HIGH);
            bytes.putLong(record + 12, i == 0 ? first : second);
        }
        send(packet, sourceHigh, sourceLow, ALL_REPORTERS_LOW);
    }

    /** RFC 2710 §3. */
    private void sendReport1(long groupLow, long sourceHigh, long sourceLow) {
        PacketBuffer packet = message(QUERY_LENGTH);
        if (packet == null) {
            return;
        }
        ByteBuffer bytes = packet.bytes();
        int at = packet.start() + ROUTER_ALERT_LENGTH;
        bytes.putInt(at, TYPE_REPORT << 24);
        bytes.putInt(at + 4, 0);
        bytes.putLong(at + GROUP, Ipv6Routes.LINK_GROUP_HIGH);
        bytes.putLong(at + GROUP + 8, groupLow);
        send(packet, sourceHigh, sourceLow, groupLow);
    }

    private PacketBuffer message(int length) {
        PacketBuffer packet = pool.allocate();
        if (packet == null) {
            counters.increment(Counter.DROP_NO_BUFFER);
            return null;
        }
        packet.bytes().putLong(packet.append(ROUTER_ALERT_LENGTH + length), ROUTER_ALERT);
        return packet;
    }

    private void send(PacketBuffer packet, long sourceHigh, long sourceLow, long groupLow) {
        int message = packet.start() + ROUTER_ALERT_LENGTH;
        long groupHigh = Ipv6Routes.LINK_GROUP_HIGH;
        int length = packet.length() - ROUTER_ALERT_LENGTH;
        Icmpv6.putChecksum(packet.bytes(), message, length, sourceHigh, sourceLow, groupHigh, groupLow);
        counters.increment(Counter.MLD_REPORTS_SENT);
        output.sendToGroup(packet, sourceHigh, sourceLow, groupHigh, groupLow, Ipv6Header.HOP_BY_HOP, HOP_LIMIT);
    }
}
