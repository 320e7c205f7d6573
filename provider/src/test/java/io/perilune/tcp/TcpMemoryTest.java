package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.packet.TcpScript;
import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;

/** What a connection may take of the packet memory when others have taken most of it. */
class TcpMemoryTest {

    private final ArrayDeque<PacketBuffer> taken = new ArrayDeque<>();

    /** Takes buffers until so many sixteenths of all are lent. */
    private void lend(TcpScript t, int sixteenths) {
        int wanted = t.pool.usable() * sixteenths / 16 + 1;
        while (t.pool.lentCount() < wanted) {
            taken.push(t.pool.allocate());
        }
        while (t.pool.lentCount() > wanted) {
            taken.pop().release();
        }
    }

    private void end(TcpScript t) {
        t.connection.abort(t.nowNs);
        while (!taken.isEmpty()) {
            taken.pop().release();
        }
        t.expectNothingLeft();
    }

    @Test
    void windowsShrinkWhileMemoryIsShort() {
        TcpScript t = new TcpScript();
        lend(t, 10);
        t.connect(seg("SA").ack(1).mss(1460).scale(4));
        for (int i = 0; i < 60; i++) {
            // What was offered before stays offered (RFC 9293 §3.8.6).
            int edge = t.connection.rcvAdv;
            t.inject(data(1000, 1 + i * 1000L, 1));
            t.read(1000, 1 + i * 1000L);
            assertThat(t.connection.rcvAdv - edge).isNotNegative();
            lend(t, 10);
        }
        t.advance(50);
        t.skip();
        assertThat(t.connection.rcvAdv - t.connection.rcvNxt).isBetween(16_000, 32_768);
        assertThat(t.count(Counter.TCP_MEMORY_SHORTAGES)).isEqualTo(1);
        end(t);
    }

    @Test
    void aShortageThatHasEndedOpensTheWindowAgain() {
        TcpScript t = new TcpScript().connect(seg("SA").ack(1).mss(1460).scale(4));
        lend(t, 11);
        for (int i = 0; i < 60; i++) {
            t.inject(data(1000, 1 + i * 1000L, 1));
            t.read(1000, 1 + i * 1000L);
        }
        while (!taken.isEmpty()) {
            taken.pop().release();
        }
        t.inject(data(1000, 60_001, 1));
        t.read(1000, 60_001);
        t.advance(50);
        t.skip();
        assertThat(t.connection.rcvAdv - t.connection.rcvNxt).isGreaterThan(200_000);
        end(t);
    }

    @Test
    void noBufferGrowsWhileMemoryIsShort() {
        TcpScript t = new TcpScript("tcp.send-buffer", "20000")
                .connect(seg("SA").ack(1).mss(1000));
        lend(t, 11);
        t.connection.congestion.setWindow(200_000);
        t.write(1000);
        t.inject(seg("A").seq(1).ack(1001));
        assertThat(t.connection.sendBufferSize()).isEqualTo(20_000);
        while (!taken.isEmpty()) {
            taken.pop().release();
        }
        t.write(1000);
        t.inject(seg("A").seq(1).ack(2001));
        assertThat(t.connection.sendBufferSize()).isGreaterThan(20_000);
        end(t);
    }

    @Test // RFC 2018 §8: a receiver may drop what it has reported
    void whatWaitsForAGapGoesFirst() {
        TcpScript t = TcpScript.establishedWithSack();
        t.inject(data(1000, 2001, 1)).inject(data(1000, 4001, 1));
        assertThat(t.connection.outOfOrder.records()).isEqualTo(2);
        t.skip();
        lend(t, 15);
        t.inject(data(1000, 6001, 1));
        assertThat(t.connection.outOfOrder).isNull();
        assertThat(t.count(Counter.DROP_TCP_OUT_OF_ORDER_PRUNED)).isEqualTo(2);
        assertThat(t.expect("A", 1, 1).sack).isEmpty();
        lend(t, 12);
        for (int i = 0; i < 7; i++) {
            t.inject(data(1000, 1 + i * 1000L, 1));
        }
        assertThat(t.read(10_000, 1)).isEqualTo(7000);
        end(t);
    }

    @Test
    void newConnectionsAreRefusedWhileMemoryIsScarceAndLetInAfterwards() {
        TcpScript t = new TcpScript().listen(10);
        lend(t, 15);
        t.inject(seg("S").mss(1460)).silence();
        assertThat(t.count(Counter.DROP_TCP_MEMORY)).isEqualTo(1);
        while (!taken.isEmpty()) {
            taken.pop().release();
        }
        t.accepted(seg("S").mss(1460));
        t.listener.close(t.nowNs);
        end(t);
    }

    @Test
    void whoReadsGetsOnWhileOthersHoldAllTheMemoryThereIs() {
        TcpScript t = TcpScript.established();
        t.skip();
        for (int i = 0; i < 200; i++) {
            lend(t, 15);
            t.inject(data(1000, 1 + i * 1000L, 1));
            assertThat(t.read(1000, 1 + i * 1000L)).as("segment %d", i).isEqualTo(1000);
        }
        end(t);
    }

    @Test
    void whoDoesNotReadKeepsASegmentAndLeavesTheRestToOthers() {
        TcpScript t = TcpScript.established();
        t.skip();
        lend(t, 15);
        t.tcp.connections += 1_000;
        for (int i = 0; i < 40; i++) {
            t.inject(data(1460, 1 + i * 1460L, 1));
        }
        assertThat(t.connection.available()).isEqualTo(1460);
        // The second did not stay, so those behind it came out of order.
        assertThat(t.count(Counter.DROP_TCP_RECEIVE_QUEUE_FULL)).isEqualTo(1);
        assertThat(t.count(Counter.DROP_TCP_OUT_OF_ORDER_FULL)).isEqualTo(38);
        t.tcp.connections -= 1_000;
        end(t);
    }

    @Test // small segments take a buffer each, however much a send buffer may hold in bytes
    void oneWriteTakesNoMoreThanMakesMemoryShort() {
        TcpScript t =
                new TcpScript("tcp.send-buffer", "2m").connect(seg("SA").ack(1).mss(216));
        int taken = t.write(1_000_000);
        assertThat(t.pool.lentCount()).isBetween(t.pool.usable() / 2, t.pool.usable() * 3 / 4);
        assertThat(taken).isLessThan(216 * t.pool.usable());
        assertThat(t.write(10_000)).isZero();
        t.skip();
        t.connection.abort(t.nowNs);
        // Who waited for memory is forgotten when next looked at.
        t.advance(5);
        end(t);
    }
}
