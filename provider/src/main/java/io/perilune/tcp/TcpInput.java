package io.perilune.tcp;

import io.perilune.ip.InternetChecksum;
import io.perilune.link.Burst;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import java.nio.ByteBuffer;

/** The way in: header, checksum, whose segment it is; and the CLOSED state (RFC 9293 §3.10.7, §3.10.7.1). */
final class TcpInput {

    private final Tcp tcp;
    private final TcpSegment segment = new TcpSegment();

    TcpInput(Tcp tcp) {
        this.tcp = tcp;
    }

    /** The one segment, whose addresses the caller fills in. */
    TcpSegment segment() {
        return segment;
    }

    /** Processes {@link #segment}: its buffer, addresses and traffic class are set. Takes the buffer. */
    void receive(int burstFlags, long nowNs) {
        TcpSegment s = segment;
        tcp.counters.increment(Counter.TCP_SEGMENTS_RECEIVED);
        if (parse(s, burstFlags)) {
            dispatch(s, nowNs);
        }
        PacketBuffer buffer = s.buffer;
        if (buffer != null) {
            s.buffer = null;
            buffer.release();
        }
    }

    private boolean parse(TcpSegment s, int burstFlags) {
        PacketBuffer buffer = s.buffer;
        ByteBuffer bytes = buffer.bytes();
        int start = buffer.start();
        int length = buffer.length();
        if (length < TcpHeader.LENGTH) {
            tcp.drop(Counter.DROP_TCP_MALFORMED);
            return false;
        }
        int word = bytes.getInt(start + TcpHeader.DATA_OFFSET);
        int headerLength = (word >>> 28) << 2;
        if (headerLength < TcpHeader.LENGTH || headerLength > length) {
            tcp.drop(Counter.DROP_TCP_MALFORMED);
            return false;
        }
        if ((burstFlags & Burst.L4_CHECKSUM_GOOD) == 0 && !isChecksumGood(s, bytes, start, length)) {
            tcp.drop(Counter.DROP_TCP_CHECKSUM);
            return false;
        }
        int ports = bytes.getInt(start + TcpHeader.SOURCE_PORT);
        s.sourcePort = ports >>> 16;
        s.destinationPort = ports & 0xFFFF;
        s.seq = bytes.getInt(start + TcpHeader.SEQUENCE);
        s.ack = bytes.getInt(start + TcpHeader.ACKNOWLEDGMENT);
        s.flags = (word >>> 16) & 0xFF;
        s.window = word & 0xFFFF;
        s.urgentPointer = bytes.getShort(start + TcpHeader.URGENT_POINTER) & 0xFFFF;
        s.dataOffset = start + headerLength;
        s.dataLength = length - headerLength;
        if (!TcpOptions.parse(bytes, start + TcpHeader.LENGTH, start + headerLength, s)) {
            tcp.counters.increment(Counter.TCP_OPTIONS_MALFORMED);
        }
        return true;
    }

    private static boolean isChecksumGood(TcpSegment s, ByteBuffer bytes, int start, int length) {
        // RFC 9293 §3.1 (MUST-3).
        long sum = InternetChecksum.pseudoHeader(
                s.sourceHigh, s.sourceLow, s.destinationHigh, s.destinationLow, TcpHeader.PROTOCOL, length);
        return InternetChecksum.finish(sum + InternetChecksum.sum(bytes, start, length)) == 0;
    }

    private void dispatch(TcpSegment s, long nowNs) {
        int ports = s.destinationPort << 16 | s.sourcePort;
        ConnectionTable table = tcp.table;
        int hash = table.hashOf(s.destinationHigh, s.destinationLow, s.sourceHigh, s.sourceLow, ports);
        s.hash = hash;
        FlowEntry entry = table.find(s.destinationHigh, s.destinationLow, s.sourceHigh, s.sourceLow, ports, hash);
        if (entry instanceof TcpConnection) {
            TcpConnection c = (TcpConnection) entry;
            if (c.state == TcpState.SYN_SENT) {
                tcp.synSentInput.receive(c, s, nowNs);
            } else {
                tcp.synchronizedInput.receive(c, s, nowNs);
            }
            tcp.fire(c);
            return;
        }
        if (entry instanceof HalfOpen) {
            tcp.listenInput.receiveHalfOpen((HalfOpen) entry, s, nowNs);
            return;
        }
        TcpListener listener = tcp.ports.listenerFor(s.destinationHigh, s.destinationLow, s.destinationPort, hash);
        if (entry != null && !tcp.timeWaits.receive((TimeWait) entry, s, listener != null, nowNs)) {
            return;
        }
        if (listener != null) {
            tcp.listenInput.receive(listener, s, nowNs);
        } else {
            receiveClosed(s, nowNs);
        }
        tcp.reuseAfter = 0;
    }

    /** RFC 9293 §3.10.7.1: nobody is there. */
    private void receiveClosed(TcpSegment s, long nowNs) {
        tcp.drop(Counter.DROP_TCP_NO_CONNECTION);
        if (!s.has(TcpHeader.RST)) {
            tcp.writer.sendResetFor(s, nowNs);
        }
    }
}
