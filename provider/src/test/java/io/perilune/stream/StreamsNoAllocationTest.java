package io.perilune.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.perilune.loop.StackUser;
import io.perilune.loop.UserStack;
import io.perilune.zerocopy.PacketBytes;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** After warm-up a message costs no byte of heap: neither where it is copied, nor where it is not. */
@Timeout(60)
class StreamsNoAllocationTest {

    private static final int MESSAGES = 20_000;
    private static final int SIZE = 256;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEchoAllocatesNothing(boolean copying) throws Exception {
        BlockingQueue<Long> allocated = new LinkedBlockingQueue<>();
        try (UserStack stack = StackUser.loopbackStack()) {
            Streams streams = Streams.on(stack);
            StreamServer port = streams.listen(StackUser.at(0), 10, () -> (stream, bytes) -> {
                if (!copying) {
                    stream.write(bytes);
                } else {
                    stream.write(bytes.buffer());
                    bytes.release();
                }
            });
            streams.connect(port.localAddress(), new Asking(allocated));
            long least = Long.MAX_VALUE;
            for (int round = 0; round < Asking.ROUNDS; round++) {
                Long bytes = allocated.poll(30, TimeUnit.SECONDS);
                assertThat(bytes).as("bytes of a round in 30 s").isNotNull();
                least = Math.min(least, bytes);
            }
            // The measure itself allocates a little.
            assertThat(least).as("bytes for %d messages", MESSAGES).isLessThan(1_000);
        }
    }

    private static final class Asking implements StreamHandler {

        /** The first warm up: classes are loaded, queues grow, each buffer gets its view. */
        static final int ROUNDS = 4;

        private final ThreadMXBean beans = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final ByteBuffer out = ByteBuffer.allocateDirect(SIZE);
        private final BlockingQueue<Long> allocated;
        private int got;
        private int messages;
        private long before;

        Asking(BlockingQueue<Long> allocated) {
            this.allocated = allocated;
        }

        @Override
        public void opened(Stream stream) {
            before = now();
            stream.write(out.clear());
        }

        @Override
        public void data(Stream stream, PacketBytes bytes) {
            got += bytes.remaining();
            bytes.release();
            if (got == SIZE) {
                got = 0;
                if (++messages % MESSAGES == 0) {
                    long after = now();
                    allocated.add(after - before);
                    before = now();
                }
                if (messages < ROUNDS * MESSAGES) {
                    stream.write(out.clear());
                }
            }
        }

        private long now() {
            return beans.getThreadAllocatedBytes(Thread.currentThread().getId());
        }
    }
}
