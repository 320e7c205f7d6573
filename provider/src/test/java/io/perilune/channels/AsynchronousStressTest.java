package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Many connections at once, each reading and writing at the same time, each byte checked. A wakeup that is lost, or two
 * threads on one operation, show as a stream that stops or differs.
 */
class AsynchronousStressTest extends AsynchronousContract {

    private static final int CONNECTIONS = 60;
    private static final int BYTES = 200_000;

    @Test
    void aFixedPoolOfOneThread() throws Exception {
        echoOverAll(fixedGroup(1));
    }

    @Test
    void aFixedPoolOfFourThreads() throws Exception {
        echoOverAll(fixedGroup(4));
    }

    @Test
    void aGrowingPool() throws Exception {
        AsynchronousChannelGroup group =
                asynchronous().openAsynchronousChannelGroup(Executors.newCachedThreadPool(), 1);
        closing(group::shutdownNow);
        echoOverAll(group);
    }

    @Test
    void aPoolToWhichHandlersAreSubmitted() throws Exception {
        AsynchronousChannelGroup group =
                asynchronous().openAsynchronousChannelGroup(Executors.newFixedThreadPool(2), 0);
        closing(group::shutdownNow);
        echoOverAll(group);
    }

    private void echoOverAll(AsynchronousChannelGroup group) throws Exception {
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        AsynchronousServerSocketChannel listener = unboundListener(group).bind(loopback(0), CONNECTIONS);
        listener.accept(null, new CompletionHandler<AsynchronousSocketChannel, Object>() {
            @Override
            public void completed(AsynchronousSocketChannel accepted, Object attachment) {
                listener.accept(null, this);
                new Echo(closing(accepted), failures).read();
            }

            @Override
            public void failed(Throwable cause, Object attachment) {
                if (!(cause instanceof ClosedChannelException)) {
                    failures.add(cause);
                }
            }
        });
        CountDownLatch ended = new CountDownLatch(CONNECTIONS);
        for (int i = 0; i < CONNECTIONS; i++) {
            Client client = new Client(channel(group), i, failures, ended);
            client.channel.connect(listener.getLocalAddress(), null, client);
        }
        boolean all = ended.await(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertThat(failures).isEmpty();
        assertThat(all)
                .as("%d connections have not come to their end", ended.getCount())
                .isTrue();
    }

    /** Sends back what it reads, until the end of the stream. */
    private static final class Echo implements CompletionHandler<Integer, Boolean> {
        private final AsynchronousSocketChannel channel;
        private final Queue<Throwable> failures;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(10_000);

        Echo(AsynchronousSocketChannel channel, Queue<Throwable> failures) {
            this.channel = channel;
            this.failures = failures;
        }

        void read() {
            channel.read(buffer.clear(), true, this);
        }

        @Override
        public void completed(Integer count, Boolean wasRead) {
            if (wasRead && count < 0) {
                try {
                    channel.close();
                } catch (IOException e) {
                    failures.add(e);
                }
                return;
            }
            if (wasRead) {
                buffer.flip();
            }
            if (buffer.hasRemaining()) {
                channel.write(buffer, false, this);
            } else {
                read();
            }
        }

        @Override
        public void failed(Throwable cause, Boolean wasRead) {
            failures.add(cause);
        }
    }

    /** Writes a stream of its own and reads it back at the same time, some of it scattered and with timeouts. */
    private static final class Client implements CompletionHandler<Void, Object> {
        final AsynchronousSocketChannel channel;
        private final int number;
        private final Queue<Throwable> failures;
        private final CountDownLatch ended;
        private final Writing writing = new Writing();
        private final Reading reading = new Reading();

        Client(AsynchronousSocketChannel channel, int number, Queue<Throwable> failures, CountDownLatch ended) {
            this.channel = channel;
            this.number = number;
            this.failures = failures;
            this.ended = ended;
        }

        private byte expected(int position) {
            return (byte) (position * 31 + (position >> 8) * 7 + number);
        }

        @Override
        public void completed(Void nothing, Object attachment) {
            reading.next();
            writing.next();
        }

        @Override
        public void failed(Throwable cause, Object attachment) {
            fail(cause);
        }

        private void fail(Throwable cause) {
            failures.add(cause);
            ended.countDown();
        }

        private final class Writing implements CompletionHandler<Long, Object> {
            private final SplittableRandom random = new SplittableRandom(number);
            private int written;

            void next() {
                ByteBuffer[] parts = {filled(written), null};
                parts[1] = filled(written + parts[0].remaining());
                channel.write(parts, 0, 2, LIMIT_SECONDS, TimeUnit.SECONDS, null, this);
            }

            private ByteBuffer filled(int from) {
                int length = Math.min(random.nextInt(8_000), BYTES - from);
                ByteBuffer buffer = ByteBuffer.allocate(length);
                for (int i = 0; i < length; i++) {
                    buffer.put(expected(from + i));
                }
                return buffer.flip();
            }

            @Override
            public void completed(Long count, Object attachment) {
                written += count.intValue();
                try {
                    if (written < BYTES) {
                        next();
                    } else {
                        channel.shutdownOutput();
                    }
                } catch (IOException | RuntimeException e) {
                    fail(e);
                }
            }

            @Override
            public void failed(Throwable cause, Object attachment) {
                fail(cause);
            }
        }

        private final class Reading implements CompletionHandler<Integer, Object> {
            private final ByteBuffer buffer = ByteBuffer.allocateDirect(7_000);
            private int read;

            void next() {
                channel.read(buffer.clear(), LIMIT_SECONDS, TimeUnit.SECONDS, null, this);
            }

            @Override
            public void completed(Integer count, Object attachment) {
                try {
                    if (count < 0) {
                        assertThat(read).isEqualTo(BYTES);
                        channel.close();
                        ended.countDown();
                        return;
                    }
                    for (buffer.flip(); buffer.hasRemaining(); read++) {
                        assertThat(buffer.get()).isEqualTo(expected(read));
                    }
                    next();
                } catch (IOException | RuntimeException | AssertionError e) {
                    fail(e);
                }
            }

            @Override
            public void failed(Throwable cause, Object attachment) {
                fail(cause);
            }
        }
    }
}
