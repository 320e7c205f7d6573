package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.metrics.Counter;
import io.perilune.tcp.TcpSocketOptions;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What FileChannel.transferTo writes in pieces of 8 KiB fills segments, also without Nagle's algorithm. */
@Timeout(60)
class FilePartsTest {

    private static final int PART = 8192;
    private static final int PARTS = 256;
    /** Of an MTU of 1500, with timestamps. */
    private static final int SEGMENT = 1448;

    private WireLink[] wire;
    private UserStack near;
    private UserStack far;
    private UserSocket socket;
    private Thread reader;
    private volatile int received;

    @BeforeEach
    void connect() throws Exception {
        wire = WireLink.pair(true);
        near = UserStack.start(Settings.of(Map.of("address", "198.18.0.2/24")), wire[0]);
        far = UserStack.start(Settings.of(Map.of("address", "198.18.0.3/24")), wire[1]);
        PortReservation port = far.reserve(new InetSocketAddress("198.18.0.3", 0), new TcpSocketOptions());
        UserListener listener = far.listen(port, 10, new TcpSocketOptions());
        StackUser server = new StackUser(far);
        reader = new Thread(
                () -> received = server.read(server.accept(listener), ByteBuffer.allocate((PARTS + 1) * PART)));
        reader.start();
        socket = new StackUser(near).connect(listener.localAddress());
    }

    @AfterEach
    void close() throws Exception {
        reader.join();
        near.close();
        far.close();
    }

    @Test
    void theRestOfAPartSharesASegmentWithTheNext() throws Exception {
        StackUser client = new StackUser(near);
        for (int i = 0; i < PARTS; i++) {
            client.write(socket, ByteBuffer.allocateDirect(PART));
        }
        client.write(socket, ByteBuffer.allocateDirect(100));
        socket.close();
        reader.join();
        assertThat(received).isEqualTo(PARTS * PART + 100);
        int least = (received + SEGMENT - 1) / SEGMENT;
        // A part that waits for room, or meets a turn of the housekeeper, may end in a short one.
        assertThat(wire[0].dataFrames.get()).isBetween(least, least + PARTS / 8);
    }

    @Test
    void theLastPartWaitsForNothingLong() throws Exception {
        StackUser client = new StackUser(near);
        client.write(socket, ByteBuffer.allocateDirect(PART));
        // Nobody waits on the near stack: the housekeeper sends it.
        while (far.counter(Counter.RX_BYTES) < PART) {
            Thread.onSpinWait();
        }
        socket.close();
        reader.join();
        assertThat(received).isEqualTo(PART);
    }
}
