package io.perilune.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.loop.StackUser;
import io.perilune.loop.UserStack;
import io.perilune.zerocopy.PacketBytes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What stream.debug tells of handlers that wait. */
@Timeout(30)
class StreamsDebugTest {

    private final Logger logger = Logger.getLogger("io.perilune");
    private final BlockingQueue<LogRecord> entries = new LinkedBlockingQueue<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            entries.add(entry);
        }

        @Override
        public void flush() {
            // Nothing is kept back.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    };

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void listenNoMore() {
        logger.setUseParentHandlers(true);
        logger.removeHandler(handler);
    }

    @Test
    void aHandlerThatSleepsIsToldOnceWithItsStack() throws Exception {
        try (UserStack stack = StackUser.loopbackStack("stream.debug", "true")) {
            Streams streams = Streams.on(stack);
            try (StreamServer port = streams.listen(StackUser.at(0), 10, Sleepy::new)) {
                Recorder client = new Recorder();
                Stream stream = streams.connect(port.localAddress(), client);
                client.until("opened");
                for (int i = 0; i < 3; i++) {
                    stream.execute(() -> stream.write(ByteBuffer.allocate(1)));
                    client.until("data");
                }
                stream.execute(stream::close);
                client.until("closed");
            }
        }
        LogRecord entry = entries.poll(10, TimeUnit.SECONDS);
        assertThat(entry).isNotNull();
        assertThat(entry.getMessage()).contains(Sleepy.class.getName()).contains("10 ms");
        assertThat(Arrays.stream(entry.getThrown().getStackTrace()).map(StackTraceElement::getMethodName))
                .contains("dreamOfData");
        assertThat(entries).isEmpty();
    }

    @Test
    void withoutItNothingIsTold() throws Exception {
        try (UserStack stack = StackUser.loopbackStack()) {
            Streams streams = Streams.on(stack);
            try (StreamServer port = streams.listen(StackUser.at(0), 10, Sleepy::new)) {
                Recorder client = new Recorder();
                Stream stream = streams.connect(port.localAddress(), client);
                client.until("opened");
                stream.execute(() -> stream.write(ByteBuffer.allocate(1)));
                client.until("data");
                stream.execute(stream::close);
                client.until("closed");
            }
        }
        assertThat(entries).isEmpty();
    }

    private static final class Sleepy implements StreamHandler {

        @Override
        public void data(Stream stream, PacketBytes bytes) {
            dreamOfData();
            stream.write(bytes);
        }

        private static void dreamOfData() {
            long endNs = System.nanoTime() + 60_000_000;
            while (System.nanoTime() < endNs) {
                Thread.onSpinWait();
            }
        }
    }
}
