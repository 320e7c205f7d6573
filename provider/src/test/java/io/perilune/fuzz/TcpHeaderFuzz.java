package io.perilune.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.ip.Addresses;
import io.perilune.link.Burst;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.packet.Seg;
import io.perilune.packet.TcpScript;
import java.nio.ByteBuffer;

/** Raw segments, header, options and all, to a connection, a listener or nobody (RFC 9293 §3.1). */
public final class TcpHeaderFuzz {

    private static final int SEGMENTS_MOST = 50;

    private TcpHeaderFuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        Input in = new Input(data);
        TcpRig rig = new TcpRig();
        TcpScript t = rig.script;
        t.listen(2);
        t.accepted(Seg.seg("S").mss(1460).scale(3).sackPermitted().timestamps(1, 0));
        t.skip();
        for (int i = 0; i < SEGMENTS_MOST && in.hasMore(); i++) {
            int leave = in.octet();
            byte[] segment = in.block(1460);
            long before = t.count(Counter.TCP_SEGMENTS_RECEIVED);
            boolean whole = repair(t, segment, leave);
            receive(t, segment, (leave & 2) == 0 ? Burst.L4_CHECKSUM_GOOD : 0);
            assertThat(t.count(Counter.TCP_SEGMENTS_RECEIVED)).isEqualTo(before + 1);
            if (!whole) {
                assertThat(t.count(Counter.DROP_TCP_MALFORMED)).isPositive();
            }
            rig.check();
        }
        rig.end();
    }

    /** Makes it a segment of the connection unless it is to be left. Returns whether it can be a segment at all. */
    private static boolean repair(TcpScript t, byte[] segment, int leave) {
        if (segment.length < 20) {
            return false;
        }
        ByteBuffer header = ByteBuffer.wrap(segment);
        if ((leave & 4) == 0) {
            header.putShort(0, (short) t.peerPort).putShort(2, (short) t.hostPort);
        }
        if ((leave & 8) == 0) {
            header.putInt(4, header.getInt(4) % 3_000 + TcpScript.PEER_ISS + 1);
            header.putInt(8, t.iss + 1 + (header.getInt(8) & 3));
        }
        if ((leave & 16) == 0) {
            header.put(12, (byte) (Math.max(5, header.get(12) >> 4 & 0xF) << 4));
        }
        int length = (header.get(12) >> 4 & 0xF) * 4;
        return length >= 20 && length <= segment.length;
    }

    private static void receive(TcpScript t, byte[] segment, int burstFlags) {
        PacketBuffer buffer = t.pool.allocate();
        buffer.bytes().put(buffer.append(segment.length), segment);
        long peer = Addresses.mappedLow(TcpScript.PEER);
        t.tcp.receive(buffer, 0, peer, 0, Addresses.mappedLow(TcpScript.HOST), 0, burstFlags, t.nowNs);
        t.tcp.flush(t.nowNs);
    }
}
