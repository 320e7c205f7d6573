package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two stacks on a wire, each with its own thread, of one shard and of several; on a link whose sleep ends on a frame, and on
 * one that needs naps.
 */
@Timeout(60)
class TwoStacksTest {

    private WireLink[] wire;
    private UserStack near;
    private UserStack far;

    private void start(boolean endsOnFrame, int nearQueues, int farQueues) {
        wire = WireLink.pair(endsOnFrame);
        near = UserStack.start(settings("198.18.0.2/24", nearQueues), wire[0]);
        far = UserStack.start(settings("198.18.0.3/24", farQueues), wire[1]);
    }

    private static Settings settings(String address, int queues) {
        return Settings.of(Map.of("address", address, "drain", "5s", "queues", "" + queues, "memory", "16m"));
    }

    @AfterEach
    void close() {
        near.close();
        far.close();
        for (WireLink end : wire) {
            assertThat(end.misuse).isNull();
            assertThat(end.closed).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"true, 1, 1", "false, 1, 1", "true, 3, 1", "true, 1, 3", "false, 2, 3"})
    void aMegabyteGoesThereAndBack(boolean endsOnFrame, int nearQueues, int farQueues) throws Exception {
        start(endsOnFrame, nearQueues, farQueues);
        StackUser server = new StackUser(far);
        PortReservation port = far.reserve(new InetSocketAddress("198.18.0.3", 0), new TcpSocketOptions());
        UserListener listener = far.listen(port, 10, new TcpSocketOptions());
        int size = 1 << 20;
        Thread echo = new Thread(() -> {
            UserSocket socket = server.accept(listener);
            ByteBuffer bytes = ByteBuffer.allocate(size);
            server.read(socket, bytes);
            server.write(socket, bytes.flip());
            socket.close();
        });
        echo.start();
        StackUser client = new StackUser(near);
        UserSocket socket = client.connect(listener.localAddress());
        byte[] sent = new byte[size];
        new Random(7).nextBytes(sent);
        client.write(socket, ByteBuffer.wrap(sent));
        byte[] received = new byte[size + 1];
        assertThat(client.read(socket, ByteBuffer.wrap(received))).isEqualTo(size);
        assertThat(received).startsWith(sent);
        echo.join(5_000);
        assertThat(socket.error()).isEqualTo(TcpError.NONE);
    }

    /** D9: the exit's drain brings what was written, and the end of the stream, to the peer. */
    @ParameterizedTest
    @CsvSource({"true, 1, 1", "false, 1, 1", "true, 3, 1", "true, 1, 3", "false, 2, 3"})
    void whatWasWrittenArrivesAfterAnOrderlyExit(boolean endsOnFrame, int nearQueues, int farQueues) throws Exception {
        start(endsOnFrame, nearQueues, farQueues);
        StackUser server = new StackUser(far);
        PortReservation port = far.reserve(new InetSocketAddress("198.18.0.3", 0), new TcpSocketOptions());
        UserListener listener = far.listen(port, 10, new TcpSocketOptions());
        UserSocket socket = new StackUser(near).connect(listener.localAddress());
        int written = socket.write(ByteBuffer.allocate(300_000));
        assertThat(written).isPositive();
        int[] received = {-1};
        Thread reader =
                new Thread(() -> received[0] = server.read(server.accept(listener), ByteBuffer.allocate(400_000)));
        reader.start();
        new DrainOnExit(near, settings("198.18.0.2/24", nearQueues)).run();
        reader.join(10_000);
        assertThat(received[0]).isEqualTo(written);
        assertThat(wire[0].closed).isTrue();
    }

    /** Request and answer with pauses, so that both sides sleep, are deposed, and wake, again and again. */
    @ParameterizedTest
    @CsvSource({"true, 1, 1", "false, 1, 1", "true, 3, 1", "true, 1, 3", "false, 2, 3"})
    void answersComeSoonAlsoAfterPauses(boolean endsOnFrame, int nearQueues, int farQueues) throws Exception {
        start(endsOnFrame, nearQueues, farQueues);
        StackUser server = new StackUser(far);
        PortReservation port = far.reserve(new InetSocketAddress("198.18.0.3", 0), new TcpSocketOptions());
        UserListener listener = far.listen(port, 10, new TcpSocketOptions());
        Thread echo = new Thread(() -> {
            UserSocket socket = server.accept(listener);
            ByteBuffer bytes = ByteBuffer.allocate(32);
            while (server.read(socket, bytes.clear()) == 32) {
                server.write(socket, bytes.flip());
            }
        });
        echo.start();
        StackUser client = new StackUser(near);
        UserSocket socket = client.connect(listener.localAddress());
        Random random = new Random(11);
        long slowest = 0;
        for (int i = 0; i < 100; i++) {
            long untilNs = System.nanoTime() + random.nextInt(15_000_000);
            while (System.nanoTime() < untilNs) {
                Thread.onSpinWait();
            }
            long startNs = System.nanoTime();
            client.write(socket, ByteBuffer.allocate(32));
            assertThat(client.read(socket, ByteBuffer.allocate(32))).isEqualTo(32);
            slowest = Math.max(slowest, System.nanoTime() - startNs);
        }
        // Less than the least retransmission timeout: no answer hung on one.
        assertThat(slowest).isLessThan(190_000_000);
        socket.close();
        echo.join(5_000);
        assertThat(echo.isAlive()).isFalse();
    }
}
