package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.metrics.Counter;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Out-of-order data (RFC 9293 §3.10.7.4, seventh) against an oracle that keeps one bit a byte. */
class ReassemblyTest {

    private static final int LENGTH = 20_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    @Rfc(number = 9293, section = "3.10.7.4", label = "SHLD-31")
    void randomPiecesMakeTheWholeStream(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TcpScript t = TcpScript.establishedWithSack();
        BitSet have = new BitSet();
        int pieceMost = 1 + random.nextInt(1400);
        int read = 0;
        int rounds = 0;
        while (have.nextClearBit(0) < LENGTH) {
            assertThat(++rounds).isLessThan(1_000_000);
            int from = random.nextInt(4) == 0 ? have.nextClearBit(0) : random.nextInt(LENGTH);
            int to = Math.min(LENGTH, from + 1 + random.nextInt(pieceMost));
            boolean full =
                    t.connection.outOfOrder != null && t.connection.outOfOrder.ranges() == OutOfOrderQueue.RANGES_MAX;
            long refusedBefore = t.count(Counter.DROP_TCP_OUT_OF_ORDER_FULL);
            t.inject(data(to - from, 1 + from, 1));
            if (t.count(Counter.DROP_TCP_OUT_OF_ORDER_FULL) == refusedBefore) {
                have.set(from, to);
            } else {
                assertThat(full || t.connection.outOfOrder.records() > 100).isTrue();
            }
            int inOrder = have.nextClearBit(0);
            assertThat(t.connection.rcvNxt - t.theirs(1)).isEqualTo(inOrder);
            checkRanges(t, have, inOrder);
            checkBlocks(t, have);
            if (random.nextInt(5) == 0) {
                read += Math.max(0, t.read(random.nextInt(3000), 1 + read));
                t.skip();
            }
        }
        while (read < LENGTH) {
            read += t.read(LENGTH, 1 + read);
        }
        assertThat(t.connection.outOfOrder).isNull();
        assertThat(t.pool.lentCount()).isZero();
    }

    private static void checkRanges(TcpScript t, BitSet have, int inOrder) {
        OutOfOrderQueue queue = t.connection.outOfOrder;
        int at = inOrder;
        for (int i = 0; queue != null && i < queue.ranges(); i++) {
            int left = have.nextSetBit(at);
            assertThat(queue.left(i) - t.theirs(1)).isEqualTo(left);
            at = have.nextClearBit(left);
            assertThat(queue.right(i) - t.theirs(1)).isEqualTo(at);
        }
        assertThat(have.nextSetBit(at)).isEqualTo(-1);
    }

    private static void checkBlocks(TcpScript t, BitSet have) {
        while (t.hasSent()) {
            Sent sent = t.next();
            for (int i = 0; i < sent.sack.size(); i += 2) {
                int left = sent.sack.get(i) - t.theirs(1);
                int right = sent.sack.get(i + 1) - t.theirs(1);
                assertThat(have.nextClearBit(left)).isGreaterThanOrEqualTo(right);
            }
        }
    }

    @Test // CVE-2018-5390: memory and work are bounded
    void aFloodOfTinyPiecesIsBounded() {
        TcpScript t = TcpScript.established();
        for (int i = 0; i < 5_000; i++) {
            t.inject(data(1, 3 + 2L * i, 1));
        }
        assertThat(t.connection.outOfOrder.ranges()).isEqualTo(OutOfOrderQueue.RANGES_MAX);
        assertThat(t.pool.lentCount()).isEqualTo(OutOfOrderQueue.RANGES_MAX);
        assertThat(t.count(Counter.DROP_TCP_OUT_OF_ORDER_FULL)).isEqualTo(5_000 - OutOfOrderQueue.RANGES_MAX);
    }

    @Test
    void smallSegmentsInOrderShareCells() {
        TcpScript t = TcpScript.established();
        for (int i = 0; i < 1000; i++) {
            t.inject(data(10, 1 + 10L * i, 1));
        }
        assertThat(t.connection.available()).isEqualTo(10_000);
        assertThat(t.pool.lentCount()).isLessThan(30);
        assertThat(t.read(20_000, 1)).isEqualTo(10_000);
        assertThat(t.pool.lentCount()).isZero();
    }
}
