package io.perilune.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.link.Sleeper;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A sleep ends when it should; each test would run into its time limit if it did not. */
@Timeout(20)
class EventSleeperTest {

    private static final long LONG_NS = TimeUnit.HOURS.toNanos(1);

    private EventSleeper sleeper;

    @BeforeEach
    void open() throws Exception {
        sleeper = new EventSleeper();
    }

    @AfterEach
    void close() {
        sleeper.close();
        sleeper.wakeup(); // too late: does nothing
    }

    @Test
    void aWakeupBeforeTheSleepEndsIt() {
        sleeper.wakeup();
        sleeper.wakeup();
        sleeper.sleep(LONG_NS, Sleeper.NO_DESCRIPTOR);
    }

    @Test
    void aWakeupEndsOneSleepOnly() {
        sleeper.wakeup();
        sleeper.sleep(LONG_NS, Sleeper.NO_DESCRIPTOR);
        long startNs = System.nanoTime();
        sleeper.sleep(20_000_000, Sleeper.NO_DESCRIPTOR);
        assertThat(System.nanoTime() - startNs).isGreaterThanOrEqualTo(20_000_000);
    }

    @Test
    void aWakeupFromAnotherThreadEndsTheSleep() throws Exception {
        for (int i = 0; i < 1000; i++) {
            CountDownLatch ended = new CountDownLatch(1);
            Thread thread = new Thread(() -> {
                sleeper.sleep(LONG_NS, Sleeper.NO_DESCRIPTOR);
                ended.countDown();
            });
            thread.start();
            while (!ended.await(i % 3, TimeUnit.MILLISECONDS)) {
                sleeper.wakeup(); // the sleep may end early for no reason, so another may be needed: never an hour
            }
            thread.join();
        }
    }

    @Test
    void inputOnTheDescriptorEndsTheSleep() throws Exception {
        Pipe pipe = JdkInternals.kernelProvider().openPipe();
        try (Selector selector = JdkInternals.kernelProvider().openSelector();
                Pipe.SourceChannel source = pipe.source();
                Pipe.SinkChannel sink = pipe.sink()) {
            source.configureBlocking(false);
            source.register(selector, SelectionKey.OP_READ);
            selector.selectNow();
            sink.write(ByteBuffer.allocate(1));
            sleeper.sleep(LONG_NS, JdkInternals.epollDescriptor(selector));
            assertThat(selector.selectNow()).isEqualTo(1);
        }
    }

    @Test
    void anInterruptedThreadDoesNotSleep() {
        Thread.currentThread().interrupt();
        sleeper.sleep(LONG_NS, Sleeper.NO_DESCRIPTOR);
        assertThat(Thread.interrupted()).isTrue();
    }
}
