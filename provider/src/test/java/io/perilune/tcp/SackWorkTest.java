package io.perilune.tcp;

import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.packet.TcpScript;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reports cost bounded work, whatever they say (CVE-2019-11477, CVE-2019-11478). */
class SackWorkTest {

    private static final int SEGMENTS = 600;

    private final TcpScript t = TcpScript.establishedWithSack("tcp.send-buffer", "1m");

    @BeforeEach
    void manySmallSegmentsInFlight() {
        t.options.noDelay = true;
        t.connection.congestion.setWindow(1 << 20);
        for (int i = 0; i < SEGMENTS; i++) {
            t.write(10);
        }
        assertThat(t.skip()).isEqualTo(SEGMENTS);
    }

    private int edge(int segment) {
        return t.mine(1 + 10 * segment);
    }

    private void sack(int... segments) {
        int[] edges = new int[2 * segments.length];
        for (int i = 0; i < segments.length; i++) {
            edges[2 * i] = edge(segments[i]);
            edges[2 * i + 1] = edge(segments[i] + 1);
        }
        t.receive(seg("A").seq(1).ack(1).sack(edges));
    }

    @Test // CVE-2019-11478, SACK slowness
    void reportsFromAllOverTheQueueWalkNoMoreThanABoundedWay() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 2_000; i++) {
            sack(
                    random.nextInt(SEGMENTS),
                    SEGMENTS - 1 - random.nextInt(5),
                    random.nextInt(SEGMENTS),
                    random.nextInt(5));
            assertThat(t.connection.scoreboard.steps()).isLessThanOrEqualTo(4 + SackScoreboard.STEPS_MOST);
        }
        assertThat(t.connection.scoreboard.sackedRecords()).isLessThanOrEqualTo(SEGMENTS);
        t.receive(seg("A").seq(1).ack(1 + 10 * SEGMENTS));
        assertThat(t.connection.scoreboard.sackedLength()).isZero();
        assertThat(t.connection.scoreboard.pipe(0)).isZero();
    }

    @Test // a search that was cut off goes on with the next report
    void aReportFarAwayIsFoundAfterAFewOfThem() {
        for (int i = 0; i < 5; i++) {
            sack(SEGMENTS - 2);
        }
        assertThat(t.connection.scoreboard.sackedRecords()).isOne();
    }

    @Test // a growing block, as an honest peer reports it, is not walked again
    void aGrowingBlockCostsNothingButItsNewPart() {
        for (int i = 2; i < SEGMENTS; i++) {
            t.receive(seg("A").seq(1).ack(1).sack(edge(1), edge(i)));
            assertThat(t.connection.scoreboard.steps()).isLessThanOrEqualTo(2);
        }
        assertThat(t.connection.scoreboard.sackedRecords()).isEqualTo(SEGMENTS - 2);
    }
}
