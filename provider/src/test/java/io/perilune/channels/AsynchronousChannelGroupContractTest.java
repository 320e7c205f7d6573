package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.IllegalChannelGroupException;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The javadoc of AsynchronousChannelGroup: threads, who calls handlers, how a group ends. */
class AsynchronousChannelGroupContractTest extends AsynchronousContract {

    /** Far more than any stack of handlers may be deep. */
    private static final int CHAIN = 5_000;

    /** Makes threads and knows them. */
    private static final class Threads implements ThreadFactory {
        final Set<Thread> made = ConcurrentHashMap.newKeySet();
        final BlockingQueue<Throwable> uncaught = new LinkedBlockingQueue<>();

        @Override
        public Thread newThread(Runnable task) {
            Thread thread = new Thread(task, "pooled thread of a contract");
            thread.setDaemon(true);
            thread.setUncaughtExceptionHandler((dead, cause) -> uncaught.add(cause));
            made.add(thread);
            return thread;
        }
    }

    private final Threads threads = new Threads();

    private AsynchronousChannelGroup own(AsynchronousChannelGroup group) {
        closing(group::shutdownNow);
        return group;
    }

    private AsynchronousChannelGroup fixed(int count) throws IOException {
        return own(asynchronous().openAsynchronousChannelGroup(count, threads));
    }

    private AsynchronousChannelGroup cached(int initialSize) throws IOException {
        return own(asynchronous().openAsynchronousChannelGroup(Executors.newCachedThreadPool(threads), initialSize));
    }

    /** A pool to which tasks are submitted, none of which stays. */
    private AsynchronousChannelGroup submitting() throws IOException {
        ExecutorService executor = Executors.newFixedThreadPool(1, threads);
        return own(asynchronous().openAsynchronousChannelGroup(executor, 0));
    }

    private List<AsynchronousChannelGroup> kinds() throws IOException {
        return List.of(fixed(1), fixed(3), cached(0), cached(2), submitting());
    }

    // ---- Opening ----

    @Test
    void argumentsOfPools() {
        AsynchronousChannelProvider provider = asynchronous();
        assertThatThrownBy(() -> provider.openAsynchronousChannelGroup(0, threads))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> provider.openAsynchronousChannelGroup(1, null))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> provider.openAsynchronousChannelGroup(null, 1))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void aGroupKnowsItsProvider() throws Exception {
        assertThat(fixed(1).provider()).isSameAs(asynchronous());
    }

    @Test
    void aGroupOfAnotherProviderIsRefused() throws Exception {
        AsynchronousChannelProvider other = over(World.PERILUNE_ON_THE_KERNEL.provider());
        AsynchronousChannelGroup foreign = own(other.openAsynchronousChannelGroup(1, threads));
        assertThatThrownBy(() -> channel(foreign)).isInstanceOf(IllegalChannelGroupException.class);
        assertThatThrownBy(() -> unboundListener(foreign)).isInstanceOf(IllegalChannelGroupException.class);
    }

    // ---- Who calls handlers ----

    @Test
    void handlersAreCalledByThePoolsThreads() throws Exception {
        for (AsynchronousChannelGroup group : kinds()) {
            AsynchronousServerSocketChannel listener = listener(group);
            Told<AsynchronousSocketChannel> accepting = new Told<>();
            listener.accept(null, accepting);
            AsynchronousSocketChannel client = channel(group);
            Told<Void> connecting = new Told<>();
            client.connect(listener.getLocalAddress(), null, connecting);
            connecting.result();
            AsynchronousSocketChannel accepted = closing(accepting.result());
            Told<Integer> reading = new Told<>();
            Told<Integer> writing = new Told<>();
            Told<Integer> expiring = new Told<>();
            Told<Integer> closed = new Told<>();
            client.read(ByteBuffer.allocate(1), null, reading);
            accepted.write(bytes("x"), null, writing);
            writing.result();
            reading.result();
            client.read(ByteBuffer.allocate(1), 1, TimeUnit.MILLISECONDS, null, expiring);
            assertThat(expiring.failure()).isInstanceOf(InterruptedByTimeoutException.class);
            accepted.read(ByteBuffer.allocate(1), null, closed);
            accepted.close();
            assertThat(closed.failure()).isInstanceOf(AsynchronousCloseException.class);
            for (Told<?> told : List.of(accepting, connecting, reading, writing, expiring, closed)) {
                assertThat(threads.made).contains(told.thread);
            }
        }
    }

    @Test
    void handlersOfTheDefaultGroupAreCalledByDaemons() throws Exception {
        Ends ends = ends();
        Told<Integer> reading = new Told<>();
        ends.client().read(ByteBuffer.allocate(1), null, reading);
        writeFully(ends.accepted(), bytes("x"));
        reading.result();
        assertThat(reading.thread.isDaemon()).isTrue();
        assertThat(reading.thread).isNotSameAs(Thread.currentThread());
    }

    @Test
    void aFixedPoolHasNoMoreThreadsThanItWasTold() throws Exception {
        AsynchronousChannelGroup group = fixed(2);
        for (int i = 0; i < 5; i++) {
            Ends ends = ends(group);
            Told<Integer> reading = new Told<>();
            ends.client().read(ByteBuffer.allocate(1), null, reading);
            writeFully(ends.accepted(), bytes("x"));
            reading.result();
        }
        assertThat(threads.made).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void aHandlerThatBlocksHoldsUpOnlyItsThread() throws Exception {
        for (AsynchronousChannelGroup group : List.of(fixed(2), cached(0), cached(1), cached(2))) {
            CountDownLatch release = new CountDownLatch(1);
            CountDownLatch blocked = new CountDownLatch(1);
            Ends first = ends(group);
            first.client().read(ByteBuffer.allocate(1), null, onCompletion(count -> {
                blocked.countDown();
                release.await();
            }));
            writeFully(first.accepted(), bytes("x"));
            assertThat(blocked.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            try {
                Ends second = ends(group);
                Told<Integer> reading = new Told<>();
                second.client().read(ByteBuffer.allocate(1), null, reading);
                writeFully(second.accepted(), bytes("y"));
                assertThat(reading.result()).isEqualTo(1);
            } finally {
                release.countDown();
            }
        }
    }

    @Test
    void aGrowingPoolServesWhileAnyNumberOfHandlersBlocks() throws Exception {
        for (int initialSize = 0; initialSize <= 3; initialSize++) {
            AsynchronousChannelGroup group = cached(initialSize);
            CountDownLatch release = new CountDownLatch(1);
            CountDownLatch blocked = new CountDownLatch(6);
            for (int i = 0; i < 6; i++) {
                Ends ends = ends(group);
                ends.client().read(ByteBuffer.allocate(1), null, onCompletion(count -> {
                    blocked.countDown();
                    release.await();
                }));
                writeFully(ends.accepted(), bytes("x"));
            }
            try {
                assertThat(blocked.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            } finally {
                release.countDown();
            }
        }
    }

    /** What a test does in a handler. */
    private interface Action<V> {
        void take(V value) throws Exception;
    }

    private static <V> CompletionHandler<V, Object> onCompletion(Action<V> action) {
        return new CompletionHandler<>() {
            @Override
            public void completed(V result, Object attachment) {
                try {
                    action.take(result);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }

            @Override
            public void failed(Throwable cause, Object attachment) {
                throw new AssertionError(cause);
            }
        };
    }

    @Test
    void operationsThatCompleteAtOnceDoNotOverflowTheStack() throws Exception {
        for (AsynchronousChannelGroup group : kinds()) {
            Ends ends = ends(group);
            AtomicInteger deepest = new AtomicInteger();
            // The next of the chain may run on another thread, before this one's has returned.
            ThreadLocal<Integer> depthOfThread = ThreadLocal.withInitial(() -> 0);
            Told<Integer> end = new Told<>();
            ends.client().write(ByteBuffer.allocate(0), null, new CompletionHandler<Integer, Object>() {
                private final AtomicInteger calls = new AtomicInteger();

                @Override
                public void completed(Integer result, Object attachment) {
                    int depth = depthOfThread.get() + 1;
                    depthOfThread.set(depth);
                    deepest.accumulateAndGet(depth, Math::max);
                    if (calls.incrementAndGet() == CHAIN) {
                        end.completed(CHAIN, null);
                    } else {
                        ends.client().write(ByteBuffer.allocate(0), null, this);
                    }
                    depthOfThread.set(depth - 1);
                }

                @Override
                public void failed(Throwable cause, Object attachment) {
                    end.failed(cause, null);
                }
            });
            assertThat(end.result()).isEqualTo(CHAIN);
            assertThat(deepest.get()).isBetween(1, 100);
        }
    }

    @Test
    void oneBusyChannelDoesNotStarveTheOthersOfItsThread() throws Exception {
        AsynchronousChannelGroup group = fixed(1);
        Ends busy = ends(group);
        Ends other = ends(group);
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        busy.client().write(ByteBuffer.allocate(0), null, new CompletionHandler<Integer, Object>() {
            @Override
            public void completed(Integer result, Object attachment) {
                if (stop.getCount() == 0) {
                    stopped.countDown();
                } else {
                    busy.client().write(ByteBuffer.allocate(0), null, this);
                }
            }

            @Override
            public void failed(Throwable cause, Object attachment) {
                stopped.countDown();
            }
        });
        try {
            Told<Integer> reading = new Told<>();
            other.client().read(ByteBuffer.allocate(1), null, reading);
            writeFully(other.accepted(), bytes("x"));
            assertThat(reading.result()).isEqualTo(1);
        } finally {
            stop.countDown();
        }
        assertThat(stopped.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void anAcceptNeverCallsItsHandlerOnTheThreadThatStartsIt() throws Exception {
        AsynchronousChannelGroup group = fixed(1);
        AsynchronousServerSocketChannel listener = listener(group);
        Told<Integer> nested = new Told<>();
        int[] depth = new int[1]; // the pool's one thread alone uses it
        listener.accept(null, new CompletionHandler<AsynchronousSocketChannel, Object>() {
            private int accepted;

            @Override
            public void completed(AsynchronousSocketChannel connection, Object attachment) {
                depth[0]++;
                closing(connection);
                if (depth[0] > 1 || ++accepted == 3) {
                    nested.completed(depth[0], null);
                } else {
                    listener.accept(null, this);
                }
                depth[0]--;
            }

            @Override
            public void failed(Throwable cause, Object attachment) {
                nested.failed(cause, null);
            }
        });
        for (int i = 0; i < 3; i++) {
            await(channel().connect(listener.getLocalAddress()));
        }
        assertThat(nested.result()).isEqualTo(1);
    }

    @Test
    void aHandlerThatThrowsCostsItsThreadNotThePool() throws Exception {
        AsynchronousChannelGroup group = fixed(1);
        for (int i = 0; i < 3; i++) {
            Ends ends = ends(group);
            IllegalStateException thrown = new IllegalStateException("of a handler " + i);
            ends.client().read(ByteBuffer.allocate(1), null, onCompletion(count -> {
                throw thrown;
            }));
            writeFully(ends.accepted(), bytes("x"));
            Throwable uncaught = threads.uncaught.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
            assertThat(uncaught).hasRootCause(thrown);
            Told<Integer> reading = new Told<>();
            ends.client().read(ByteBuffer.allocate(1), null, reading);
            writeFully(ends.accepted(), bytes("y"));
            assertThat(reading.result()).isEqualTo(1);
        }
    }

    @Test
    void aHandlersInterruptIsNotTheNextOnes() throws Exception {
        AsynchronousChannelGroup group = fixed(1);
        Ends ends = ends(group);
        Told<Integer> first = new Told<>();
        ends.client().read(ByteBuffer.allocate(1), null, onCompletion(count -> {
            Thread.currentThread().interrupt();
            first.completed(count, null);
        }));
        writeFully(ends.accepted(), bytes("x"));
        first.result();
        Told<Boolean> interrupted = new Told<>();
        ends.client()
                .read(
                        ByteBuffer.allocate(1),
                        null,
                        onCompletion(count ->
                                interrupted.completed(Thread.currentThread().isInterrupted(), null)));
        writeFully(ends.accepted(), bytes("y"));
        assertThat(interrupted.result()).isFalse();
    }

    // ---- The end ----

    @Test
    void aGroupWithoutChannelsTerminatesAtOnce() throws Exception {
        for (AsynchronousChannelGroup group : kinds()) {
            assertThat(group.isShutdown()).isFalse();
            assertThat(group.isTerminated()).isFalse();
            assertThat(group.awaitTermination(1, TimeUnit.MILLISECONDS)).isFalse();
            group.shutdown();
            group.shutdown();
            assertThat(group.isShutdown()).isTrue();
            assertThat(group.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(group.isTerminated()).isTrue();
        }
        for (Thread thread : threads.made) {
            thread.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
            assertThat(thread.isAlive()).isFalse();
        }
    }

    @Test
    void anOrderlyShutdownLetsChannelsGoOnAndTakesNoMore() throws Exception {
        for (AsynchronousChannelGroup group : kinds()) {
            Ends ends = ends(group);
            AsynchronousServerSocketChannel listener = listener(group);
            Future<AsynchronousSocketChannel> accepting = listener.accept();
            group.shutdown();
            assertThatThrownBy(() -> channel(group)).isInstanceOf(ShutdownChannelGroupException.class);
            assertThatThrownBy(() -> unboundListener(group)).isInstanceOf(ShutdownChannelGroupException.class);
            await(channel().connect(listener.getLocalAddress()));
            assertThat(failureOf(accepting))
                    .isInstanceOf(IOException.class)
                    .hasCauseInstanceOf(ShutdownChannelGroupException.class);
            Told<Integer> reading = new Told<>();
            ends.client().read(ByteBuffer.allocate(1), null, reading);
            writeFully(ends.accepted(), bytes("x"));
            assertThat(reading.result()).isEqualTo(1);
            assertThat(group.isTerminated()).isFalse();
            closeChannels();
            assertThat(group.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** The listener that made the ends is in the group as well. */
    private void closeChannels() throws IOException {
        for (Closeable closeable : opened()) {
            if (closeable instanceof AsynchronousChannel) {
                closeable.close();
            }
        }
    }

    @Test
    void shutdownNowClosesChannelsAndTheirHandlersAreStillCalled() throws Exception {
        for (AsynchronousChannelGroup group : kinds()) {
            Ends ends = ends(group, null);
            AsynchronousServerSocketChannel listener = listener(group);
            Told<Integer> reading = new Told<>();
            Told<AsynchronousSocketChannel> accepting = new Told<>();
            ends.client().read(ByteBuffer.allocate(1), null, reading);
            listener.accept(null, accepting);
            group.shutdownNow();
            assertThat(ends.client().isOpen()).isFalse();
            assertThat(ends.accepted().isOpen()).isTrue();
            assertThat(listener.isOpen()).isFalse();
            assertThat(reading.failure()).isExactlyInstanceOf(AsynchronousCloseException.class);
            assertThat(accepting.failure()).isExactlyInstanceOf(AsynchronousCloseException.class);
            assertThat(group.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            group.shutdownNow();
            assertThatThrownBy(() -> ends.client().read(ByteBuffer.allocate(1), null, new Told<Integer>()))
                    .isInstanceOf(ShutdownChannelGroupException.class);
            assertThat(failureOf(ends.client().read(ByteBuffer.allocate(1))))
                    .isInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void aGroupIsNotTerminatedWhileAHandlerRuns() throws Exception {
        for (AsynchronousChannelGroup group : kinds()) {
            Ends ends = ends(group);
            CountDownLatch release = new CountDownLatch(1);
            CountDownLatch running = new CountDownLatch(1);
            ends.client().read(ByteBuffer.allocate(1), null, onCompletion(count -> {
                running.countDown();
                release.await();
            }));
            writeFully(ends.accepted(), bytes("x"));
            assertThat(running.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            group.shutdownNow();
            assertThat(group.awaitTermination(50, TimeUnit.MILLISECONDS)).isFalse();
            release.countDown();
            assertThat(group.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aHandlerMayShutItsGroupDown() throws Exception {
        for (AsynchronousChannelGroup group : kinds()) {
            Ends ends = ends(group);
            ends.client().read(ByteBuffer.allocate(1), null, onCompletion(count -> group.shutdownNow()));
            writeFully(ends.accepted(), bytes("x"));
            assertThat(group.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aHandlerThatThrowsWhileItsGroupEndsDoesNotKeepItFromEnding() throws Exception {
        for (AsynchronousChannelGroup group : kinds()) {
            Ends ends = ends(group, null);
            Ends others = ends(group, null);
            Told<Integer> other = new Told<>();
            others.client().read(ByteBuffer.allocate(1), null, other);
            ends.client().read(ByteBuffer.allocate(1), null, onCompletion(count -> {
                group.shutdownNow();
                throw new IllegalStateException("of a handler");
            }));
            writeFully(ends.accepted(), bytes("x"));
            assertThat(group.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            if (world != World.JDK) { // which forgets it now and then
                assertThat(other.failure()).isInstanceOf(AsynchronousCloseException.class);
            }
        }
    }
}
