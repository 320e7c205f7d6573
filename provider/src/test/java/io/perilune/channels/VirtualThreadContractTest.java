package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/**
 * Virtual threads that wait keep no carrier: while more of them wait than there are carriers, others still run, and
 * what they wait for still reaches them.
 */
@EnabledForJreRange(
        min = JRE.JAVA_25) // before 24 a monitor held while waiting keeps the carrier, the JDK's own among them
class VirtualThreadContractTest extends Contract {

    private final List<FutureTask<?>> waiting = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    @AfterEach
    void endThreads() throws Exception {
        for (Thread thread : threads) {
            thread.interrupt();
        }
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
        }
    }

    private <T> FutureTask<T> inVirtualThread(Callable<T> work) throws ReflectiveOperationException {
        FutureTask<T> task = new FutureTask<>(work);
        threads.add((Thread)
                Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task));
        return task;
    }

    /** More than there are carriers. */
    private static int waiters() {
        int carriers = Integer.getInteger(
                "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
        return 2 * carriers + 2;
    }

    /** Has more threads wait than there are carriers, until they do. */
    private void occupy(Callable<?> work) throws Exception {
        for (int i = 0; i < waiters(); i++) {
            waiting.add(inVirtualThread(work));
        }
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        for (Thread thread : threads) {
            while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TIMED_WAITING) {
                assertThat(System.nanoTime()).as("waits for long").isLessThan(endNs);
                Thread.onSpinWait();
            }
        }
    }

    private void assertThatOthersRun() throws Exception {
        assertThat(inVirtualThread(() -> "ran").get(LIMIT_SECONDS, TimeUnit.SECONDS))
                .isEqualTo("ran");
        assertThat(waiting).noneMatch(FutureTask::isDone);
    }

    @Test
    void whoReadsKeepsNoCarrier() throws Exception {
        // Made before: a thread that waits until it is connected waits too, but for nothing that this test writes.
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < waiters(); i++) {
            pairs.add(pair());
        }
        Queue<Pair> unread = new ConcurrentLinkedQueue<>(pairs);
        occupy(() -> unread.remove().client().read(ByteBuffer.allocate(4)));
        assertThatOthersRun();
        for (Pair pair : pairs) {
            pair.accepted().write(bytes("x"));
        }
        for (FutureTask<?> task : waiting) {
            assertThat(task.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(1);
        }
    }

    @Test
    void whoReadsAStreamWithATimeoutKeepsNoCarrier() throws Exception {
        occupy(() -> {
            SocketChannel client = lockedPair().client();
            client.socket().setSoTimeout((int) TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
            return client.socket().getInputStream().read();
        });
        assertThatOthersRun();
    }

    @Test
    void whoWritesKeepsNoCarrier() throws Exception {
        occupy(() -> {
            SocketChannel client = lockedPair().client();
            while (true) {
                client.write(ByteBuffer.allocate(1 << 20));
            }
        });
        assertThatOthersRun();
    }

    @Test
    void whoAcceptsKeepsNoCarrier() throws Exception {
        List<ServerSocketChannel> servers = new ArrayList<>();
        occupy(() -> {
            ServerSocketChannel server;
            synchronized (waiting) {
                server = server();
                servers.add(server);
            }
            return server.accept().getRemoteAddress();
        });
        assertThatOthersRun();
        for (ServerSocketChannel server : servers) {
            socket().connect(server.getLocalAddress());
        }
        for (FutureTask<?> task : waiting) {
            assertThat(task.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isInstanceOf(InetSocketAddress.class);
        }
    }

    @Test
    void whoAcceptsFromBothWorldsKeepsNoCarrier() throws Exception {
        occupy(() -> {
            ServerSocketChannel server;
            synchronized (waiting) {
                server = unboundServer();
            }
            return server.bind(null).accept();
        });
        assertThatOthersRun();
    }

    @Test
    void whoSelectsKeepsNoCarrier() throws Exception {
        occupy(() -> {
            Selector selector;
            SocketChannel client = lockedPair().client();
            synchronized (waiting) {
                selector = selector();
            }
            client.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            return selector.select();
        });
        assertThatOthersRun();
    }

    /** The list of what is to be closed is not made for many threads. */
    private Pair lockedPair() throws IOException {
        synchronized (waiting) {
            return pair();
        }
    }
}
