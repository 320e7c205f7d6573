package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** While nobody waits the housekeeper drives (D3), and costs nearly nothing when there is nothing to drive (D4). */
@Timeout(30)
class HousekeeperTest {

    private static final long MS = 1_000_000;
    private static final double NEXT_TO_NOTHING = 0.02;
    private static final int SECONDS_MEASURED = 5;

    /** This one, and those of stacks that other tests share and leave to the end of the JVM. */
    private final Set<Long> threadsBefore = Arrays.stream(
                    ManagementFactory.getThreadMXBean().getAllThreadIds())
            .boxed()
            .collect(Collectors.toSet());

    private final UserStack stack = StackUser.loopbackStack();
    private final StackUser user = new StackUser(stack);

    @AfterEach
    void close() {
        stack.close();
    }

    @Test
    void whatIsWrittenArrivesThoughNobodyWaits() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        UserSocket server = user.accept(listener);
        for (int i = 0; i < 20; i++) {
            // With and without a housekeeper that has gone to rest.
            TimeUnit.MILLISECONDS.sleep(i % 4 * 8L);
            CountDownLatch arrived = new CountDownLatch(1);
            ReadyListener listening = arrived::countDown;
            server.addListener(listening);
            long startNs = System.nanoTime();
            assertThat(client.write(ByteBuffer.allocate(100))).isEqualTo(100);
            assertThat(arrived.await(5, TimeUnit.SECONDS)).isTrue();
            assertThat(System.nanoTime() - startNs).isLessThan(100 * MS);
            server.removeListener(listening);
            assertThat(server.read(ByteBuffer.allocate(200))).isEqualTo(100);
        }
    }

    /** The writes of a thread that has several ready keys are held back, but not for longer than it takes to notice. */
    @Test
    void writesThatWereHeldBackLeaveWithoutTheirWriter() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        UserSocket server = user.accept(listener);
        CountDownLatch arrived = new CountDownLatch(1);
        server.addListener(arrived::countDown);
        stack.holdWrites(2);
        assertThat(client.write(ByteBuffer.allocate(100))).isEqualTo(100);
        assertThat(arrived.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void writesThatWereHeldBackLeaveAtTheNextWait() throws Exception {
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        UserSocket server = user.accept(listener);
        for (int i = 0; i < 100; i++) {
            stack.holdWrites(2);
            assertThat(client.write(ByteBuffer.allocate(100))).isEqualTo(100);
            stack.await(user.waiter, 0);
            assertThat(server.read(ByteBuffer.allocate(200))).isEqualTo(100);
        }
    }

    @Test
    void anIdleStackUsesNextToNothing() throws Exception {
        assertThat(cpuShareOverASecond()).as("share of a core, nobody waits").isLessThan(NEXT_TO_NOTHING);
        UserListener listener = user.listen(10);
        UserSocket client = user.connect(listener.localAddress());
        assertThat(client.isConnected()).isTrue();
        assertThat(cpuShareOverASecond())
                .as("with a connection that nobody waits for")
                .isLessThan(NEXT_TO_NOTHING);
        Thread waiting = new Thread(() -> stack.await(new Waiter(null), Long.MAX_VALUE));
        waiting.setDaemon(true);
        waiting.start();
        assertThat(cpuShareOverASecond()).as("with a thread that waits").isLessThan(NEXT_TO_NOTHING);
    }

    /**
     * What all threads use that are there since the stack is, over a second. A busy machine makes each turn dearer: the
     * quietest of some seconds counts, as an idle stack is quiet in each.
     */
    private double cpuShareOverASecond() throws InterruptedException {
        double least = 1;
        for (int i = 0; i < SECONDS_MEASURED && least >= NEXT_TO_NOTHING; i++) {
            least = Math.min(least, cpuShareOfThisSecond());
        }
        return least;
    }

    private double cpuShareOfThisSecond() throws InterruptedException {
        ThreadMXBean beans = ManagementFactory.getThreadMXBean();
        TimeUnit.MILLISECONDS.sleep(100); // the compiler's and the collector's work of before
        long startNs = System.nanoTime();
        long startCpuNs = stackThreadsCpuNs(beans);
        TimeUnit.MILLISECONDS.sleep(1_000);
        long usedNs = stackThreadsCpuNs(beans) - startCpuNs;
        double share = (double) usedNs / (System.nanoTime() - startNs);
        System.out.println("an idle stack used " + share * 100 + " % of a core");
        return share;
    }

    private long stackThreadsCpuNs(ThreadMXBean beans) {
        long sum = 0;
        for (long id : beans.getAllThreadIds()) {
            if (!threadsBefore.contains(id)) {
                sum += Math.max(0, beans.getThreadCpuTime(id));
            }
        }
        return sum;
    }
}
