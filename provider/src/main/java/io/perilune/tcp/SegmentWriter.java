package io.perilune.tcp;

import io.perilune.ip.InternetChecksum;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.time.TokenBucket;
import java.nio.ByteBuffer;

/** Builds segments and hands them to the Internet layer. Each method says by its result if there was a buffer. */
final class SegmentWriter {

    /** Resets to strangers: so many a second, and so many at once. */
    private static final int RESETS_PER_SECOND = 1_000;

    private static final int RESETS_AT_ONCE = 1_000;

    private final Tcp tcp;
    private final boolean offload;
    /** Null before the first. */
    private TokenBucket resets;

    private final int[] ranges = new int[TcpSegment.SACK_BLOCKS_MAX];
    private final FlowEntry scratch = new FlowEntry() {
        @Override
        protected void onTimer(long nowNs) {
            throw new AssertionError("never armed");
        }
    };

    SegmentWriter(Tcp tcp) {
        this.tcp = tcp;
        this.offload = tcp.ip.offloadsTcpChecksum();
    }

    /** SYN, or SYN and ACK when the peer's SYN has crossed ours. */
    boolean sendSyn(TcpConnection c, long nowNs) {
        boolean received = c.state == TcpState.SYN_RECEIVED;
        boolean sack = !received || c.sack;
        boolean timestamps = !received || c.timestamps;
        int shift = !received || c.windowScaled ? c.rcvScale : -1;
        int options = TcpOptions.synLength(shift >= 0, sack, timestamps);
        PacketBuffer buffer = tcp.pool.allocate();
        if (buffer == null) {
            return false;
        }
        int start = buffer.push(TcpHeader.LENGTH + options);
        TcpOptions.writeSyn(
                buffer.bytes(),
                start + TcpHeader.LENGTH,
                tcp.output.advertisedMss(c.remoteHigh, c.remoteLow),
                shift,
                sack,
                timestamps,
                tcp.timestamp(c.tsOffset, nowNs),
                received ? c.tsRecent : 0);
        int flags = received ? TcpHeader.SYN | TcpHeader.ACK : TcpHeader.SYN | Ecn.synFlags(c);
        // RFC 7323 §2.2: the window of a SYN is not scaled.
        int window = Math.min(c.rcvBuf, TcpHeader.WINDOW_MAX);
        finish(buffer, options, c, c.iss, received ? c.rcvNxt : 0, flags, window, 0, Ecn.trafficClass(c, false), nowNs);
        return true;
    }

    boolean sendSynAck(HalfOpen h, long nowNs) {
        boolean scaled = h.sndShift >= 0;
        int options = TcpOptions.synLength(scaled, h.sackPermitted, h.timestamps);
        PacketBuffer buffer = tcp.pool.allocate();
        if (buffer == null) {
            return false;
        }
        int start = buffer.push(TcpHeader.LENGTH + options);
        TcpOptions.writeSyn(
                buffer.bytes(),
                start + TcpHeader.LENGTH,
                tcp.output.advertisedMss(h.remoteHigh, h.remoteLow),
                scaled ? h.rcvShift : -1,
                h.sackPermitted,
                h.timestamps,
                tcp.timestamp(h.tsOffset, nowNs),
                h.tsRecent);
        // RFC 3168 §6.1.1: ECE without CWR agrees.
        int flags = h.ecn ? TcpHeader.SYN | TcpHeader.ACK | TcpHeader.ECE : TcpHeader.SYN | TcpHeader.ACK;
        int trafficClass = h.listener.options.trafficClass & ~Ecn.CODEPOINT;
        finish(buffer, options, h, h.iss, h.irs + 1, flags, h.rcvWindow, 0, trafficClass, nowNs);
        return true;
    }

    /** An acknowledgment without data, with all that is known of gaps. */
    boolean sendAck(TcpConnection c, long nowNs) {
        PacketBuffer buffer = tcp.pool.allocate();
        if (buffer == null) {
            return false;
        }
        int options = c.timestamps ? TcpOptions.TIMESTAMPS_LENGTH : 0;
        int blocks = c.sack ? chooseBlocks(c, c.timestamps ? 3 : 4) : 0;
        int sackLength = blocks == 0 ? 0 : 4 + 8 * blocks;
        int start = buffer.push(TcpHeader.LENGTH + options + sackLength);
        writeTimestamps(c, buffer.bytes(), start, nowNs);
        if (blocks > 0) {
            writeBlocks(c, buffer.bytes(), start + TcpHeader.LENGTH + options, blocks);
        }
        int window = DelayedAck.advertise(c);
        int flags = TcpHeader.ACK | Ecn.flags(c);
        int traffic = Ecn.trafficClass(c, false);
        finish(buffer, options + sackLength, c, c.sndNxt, c.rcvNxt, flags, window, 0, traffic, nowNs);
        DelayedAck.onAcknowledged(c);
        return true;
    }

    /** A segment the peer must answer: nothing, just left of its window (RFC 9293 §3.8.4, §3.8.6.1). */
    boolean sendProbe(TcpConnection c, long nowNs) {
        PacketBuffer buffer = tcp.pool.allocate();
        if (buffer == null) {
            return false;
        }
        int options = c.timestamps ? TcpOptions.TIMESTAMPS_LENGTH : 0;
        int start = buffer.push(TcpHeader.LENGTH + options);
        writeTimestamps(c, buffer.bytes(), start, nowNs);
        int window = DelayedAck.advertise(c);
        int flags = TcpHeader.ACK | Ecn.flags(c);
        int traffic = Ecn.trafficClass(c, false);
        finish(buffer, options, c, c.sndUna - 1, c.rcvNxt, flags, window, 0, traffic, nowNs);
        return true;
    }

    /** Sends a record for the first time. */
    boolean sendFirst(TcpConnection c, SegmentRecord record, long nowNs) {
        PacketBuffer buffer = frameOf(record);
        if (buffer == null) {
            return false;
        }
        boolean data = record.length > 0;
        sendData(c, record, buffer, data ? Ecn.dataFlags(c) : Ecn.flags(c), Ecn.trafficClass(c, data), nowNs);
        return true;
    }

    /** Sends a record again. */
    boolean resend(TcpConnection c, SegmentRecord record, long nowNs) {
        PacketBuffer buffer = frameOf(record);
        if (buffer == null) {
            return false;
        }
        tcp.counters.increment(Counter.TCP_RETRANSMITTED_SEGMENTS);
        sendData(c, record, buffer, Ecn.flags(c), Ecn.trafficClass(c, false), nowNs);
        return true;
    }

    /**
     * Returns a buffer whose data is a record's, with room for headers, or null if there is none. In place where nobody
     * else holds the record's buffer; else the headers get a buffer of their own, and the data follows from where it
     * lies: what the device may still read, or the user, is not written.
     */
    private PacketBuffer frameOf(SegmentRecord record) {
        PacketBuffer data = record.buffer;
        if (data != null && data.references() == 1 && record.offset - data.base() >= BufferPool.HEADROOM) {
            data.setData(record.offset, record.length);
            data.retain();
            return data;
        }
        PacketBuffer headers = tcp.pool.allocate();
        if (headers != null && record.length > 0) {
            data.retain();
            headers.attachPayload(data, record.offset, record.length);
        }
        return headers;
    }

    private void sendData(
            TcpConnection c, SegmentRecord record, PacketBuffer buffer, int ecnFlags, int traffic, long nowNs) {
        int options = c.timestamps ? TcpOptions.TIMESTAMPS_LENGTH : 0;
        int start = buffer.push(TcpHeader.LENGTH + options);
        writeTimestamps(c, buffer.bytes(), start, nowNs);
        int flags = TcpHeader.ACK | ecnFlags;
        if (record.has(SegmentRecord.FIN)) {
            flags |= TcpHeader.FIN;
        }
        // RFC 9293 §3.9.1.2 (SHLD-27): PSH on the last segment of what is queued.
        if (record.next == null && record.length > 0) {
            flags |= TcpHeader.PSH;
        }
        int urgent = 0;
        if (c.sndUrgent && SeqNum.after(c.sndUp, record.seq)) {
            flags |= TcpHeader.URG;
            urgent = Math.min(c.sndUp - record.seq, 0xFFFF);
        }
        int window = DelayedAck.advertise(c);
        finish(buffer, options, c, record.seq, c.rcvNxt, flags, window, urgent, traffic, nowNs);
        boolean gaps = c.ackNow && c.sack && (c.outOfOrder != null || c.dsackPending);
        DelayedAck.onAcknowledged(c);
        // A full segment has no room for SACK blocks: they follow in an acknowledgment of their own.
        c.ackNow = gaps;
    }

    /** RFC 9293 §3.10.5: a reset that the peer must believe (RFC 5961 §3.2). */
    void sendReset(TcpConnection c, long nowNs) {
        PacketBuffer buffer = tcp.pool.allocate();
        if (buffer == null) {
            return;
        }
        int options = c.timestamps ? TcpOptions.TIMESTAMPS_LENGTH : 0;
        int start = buffer.push(TcpHeader.LENGTH + options);
        writeTimestamps(c, buffer.bytes(), start, nowNs);
        tcp.counters.increment(Counter.TCP_RESETS_SENT);
        int flags = TcpHeader.RST | TcpHeader.ACK;
        finish(buffer, options, c, c.sndNxt, c.rcvNxt, flags, 0, 0, Ecn.trafficClass(c, false), nowNs);
    }

    /** RFC 9293 §3.10.7.1: answers a segment that belongs to nothing, if that is not done too often. */
    void sendResetFor(TcpSegment s, long nowNs) {
        if (!mayReset(nowNs)) {
            tcp.counters.increment(Counter.TCP_RESETS_LIMITED);
            return;
        }
        PacketBuffer buffer = tcp.pool.allocate();
        if (buffer == null) {
            return;
        }
        buffer.push(TcpHeader.LENGTH);
        scratch.localHigh = s.destinationHigh;
        scratch.localLow = s.destinationLow;
        scratch.remoteHigh = s.sourceHigh;
        scratch.remoteLow = s.sourceLow;
        scratch.ports = s.destinationPort << 16 | s.sourcePort;
        tcp.counters.increment(Counter.TCP_RESETS_SENT);
        if (s.has(TcpHeader.ACK)) {
            finish(buffer, 0, scratch, s.ack, 0, TcpHeader.RST, 0, 0, 0, nowNs);
        } else {
            finish(buffer, 0, scratch, 0, s.end(), TcpHeader.RST | TcpHeader.ACK, 0, 0, 0, nowNs);
        }
    }

    /** Some cost double, at random: what is left of the limit tells outsiders nothing (as CVE-2020-25705 had it). */
    private boolean mayReset(long nowNs) {
        if (resets == null) {
            resets = new TokenBucket(RESETS_PER_SECOND, RESETS_AT_ONCE, nowNs);
        }
        return resets.take(nowNs) && (tcp.isn.random(8) != 0 || resets.take(nowNs));
    }

    void sendHalfOpenAck(HalfOpen h, long nowNs) {
        PacketBuffer buffer = tcp.pool.allocate();
        if (buffer == null) {
            return;
        }
        int options = h.timestamps ? TcpOptions.TIMESTAMPS_LENGTH : 0;
        int start = buffer.push(TcpHeader.LENGTH + options);
        if (options > 0) {
            int tsVal = tcp.timestamp(h.tsOffset, nowNs);
            TcpOptions.writeTimestamps(buffer.bytes(), start + TcpHeader.LENGTH, tsVal, h.tsRecent);
        }
        int window = h.rcvWindow >> (h.sndShift >= 0 ? h.rcvShift : 0);
        int trafficClass = h.listener.options.trafficClass & ~Ecn.CODEPOINT;
        finish(buffer, options, h, h.iss + 1, h.irs + 1, TcpHeader.ACK, window, 0, trafficClass, nowNs);
    }

    void sendTimeWaitAck(TimeWait t, long nowNs) {
        PacketBuffer buffer = tcp.pool.allocate();
        if (buffer == null) {
            return;
        }
        int options = t.timestamps ? TcpOptions.TIMESTAMPS_LENGTH : 0;
        int start = buffer.push(TcpHeader.LENGTH + options);
        if (options > 0) {
            int tsVal = tcp.timestamp(t.tsOffset, nowNs);
            TcpOptions.writeTimestamps(buffer.bytes(), start + TcpHeader.LENGTH, tsVal, t.tsRecent);
        }
        finish(buffer, options, t, t.sndNxt, t.rcvNxt, TcpHeader.ACK, t.windowField, 0, t.trafficClass, nowNs);
    }

    private void writeTimestamps(TcpConnection c, ByteBuffer bytes, int start, long nowNs) {
        if (c.timestamps) {
            int tsVal = tcp.timestamp(c.tsOffset, nowNs);
            TcpOptions.writeTimestamps(bytes, start + TcpHeader.LENGTH, tsVal, c.tsRecent);
        }
    }

    /** Chooses what to report; the result counts a duplicate's block, which comes first (RFC 2883 §4). */
    private int chooseBlocks(TcpConnection c, int most) {
        int duplicate = c.dsackPending ? 1 : 0;
        return c.outOfOrder == null ? duplicate : duplicate + c.outOfOrder.newest(ranges, most - duplicate);
    }

    private void writeBlocks(TcpConnection c, ByteBuffer bytes, int at, int blocks) {
        TcpOptions.writeSackHead(bytes, at, blocks);
        int next = at + 4;
        int written = 0;
        if (c.dsackPending) {
            bytes.putInt(next, c.dsackLeft);
            bytes.putInt(next + 4, c.dsackRight);
            c.dsackPending = false;
            next += 8;
            written++;
        }
        for (int i = 0; written < blocks; i++, written++, next += 8) {
            bytes.putInt(next, c.outOfOrder.left(ranges[i]));
            bytes.putInt(next + 4, c.outOfOrder.right(ranges[i]));
        }
    }

    private static long sumOf(PacketBuffer segment) {
        long sum = InternetChecksum.sum(segment.bytes(), segment.start(), segment.length());
        if (segment.hasPayload()) { // behind headers alone, whose length is even
            sum += InternetChecksum.sum(segment.payload().bytes(), segment.payloadStart(), segment.payloadLength());
        }
        return sum;
    }

    /** Fills in the fixed header, whose options and data are there, and sends. */
    private void finish(
            PacketBuffer buffer,
            int options,
            FlowEntry flow,
            int seq,
            int ack,
            int flags,
            int window,
            int urgent,
            int trafficClass,
            long nowNs) {
        ByteBuffer bytes = buffer.bytes();
        int start = buffer.start();
        int length = buffer.frameLength();
        bytes.putInt(start + TcpHeader.SOURCE_PORT, flow.ports);
        bytes.putInt(start + TcpHeader.SEQUENCE, seq);
        bytes.putInt(start + TcpHeader.ACKNOWLEDGMENT, ack);
        bytes.putInt(start + TcpHeader.DATA_OFFSET, (TcpHeader.LENGTH + options) << 26 | flags << 16 | window);
        bytes.putInt(start + TcpHeader.CHECKSUM, urgent);
        long sum = InternetChecksum.pseudoHeader(
                flow.localHigh, flow.localLow, flow.remoteHigh, flow.remoteLow, TcpHeader.PROTOCOL, length);
        int checksum = offload ? InternetChecksum.fold(sum) : InternetChecksum.finish(sum + sumOf(buffer));
        bytes.putShort(start + TcpHeader.CHECKSUM, (short) checksum);
        tcp.counters.increment(Counter.TCP_SEGMENTS_SENT);
        tcp.ip.send(
                buffer,
                flow.localHigh,
                flow.localLow,
                flow.remoteHigh,
                flow.remoteLow,
                TcpHeader.PROTOCOL,
                trafficClass,
                nowNs);
    }
}
