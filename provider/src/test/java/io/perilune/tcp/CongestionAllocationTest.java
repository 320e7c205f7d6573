package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.perilune.metrics.Counter;
import java.lang.management.ManagementFactory;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Congestion control allocates nothing after a warm-up, whatever happens to the flow: losses, marks, pacing. */
class CongestionAllocationTest {

    private static final int ROUNDS_MOST = 8;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"cubic", "newreno", "dctcp"})
    void aFlowWithLossesMarksAndPacingAllocatesNothing(String congestion) {
        Map<String, String> settings = Map.of("tcp.congestion", congestion, "tcp.ecn", "on", "tcp.pacing", "true");
        Bottleneck b = new Bottleneck(1, 50_000_000, 2 * Bottleneck.MS, 20 * Bottleneck.MS, settings);
        b.model.markNs = 10 * Bottleneck.MS;
        b.model.loss = 0.001;
        b.open(null);
        b.run(4 * Bottleneck.SECOND);
        long allocated = Long.MAX_VALUE;
        // The compiler itself now and then allocates on the thread when it gives up compiled code.
        for (int round = 0; round < ROUNDS_MOST && allocated != 0; round++) {
            threads.getCurrentThreadAllocatedBytes();
            long before = threads.getCurrentThreadAllocatedBytes();
            b.run(2 * Bottleneck.SECOND);
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).as("bytes allocated in two seconds").isZero();
        assertThat(b.count(Counter.TCP_RETRANSMITTED_SEGMENTS)).isPositive();
        assertThat(b.count(Counter.TCP_ECN_REDUCTIONS)).isPositive();
    }
}
