package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.metrics.Counter;
import io.perilune.tcp.TcpSocketOptions;
import io.perilune.zerocopy.PacketBytes;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The memory in which programs look at bytes is the link's: it must be there as long as they do. */
@Timeout(60)
class HeldAtTheEndTest {

    @Test
    void theLinkIsClosedWhenTheLastPieceOfItsMemoryIsReleased() throws Exception {
        WireLink[] wire = WireLink.pair(true);
        UserStack near = UserStack.start(Settings.of(Map.of("address", "198.18.0.2/24")), wire[0]);
        UserStack far = UserStack.start(Settings.of(Map.of("address", "198.18.0.3/24")), wire[1]);
        PortReservation port = far.reserve(new InetSocketAddress("198.18.0.3", 0), new TcpSocketOptions());
        UserListener listener = far.listen(port, 10, new TcpSocketOptions());
        UserSocket client = new StackUser(near).connect(listener.localAddress());
        UserSocket accepted = new StackUser(far).accept(listener);
        new StackUser(near).write(client, ByteBuffer.wrap(new byte[] {1, 2, 3}));
        new StackUser(far).await(accepted, UserSocket.READABLE);
        PacketBytes[] pieces = new PacketBytes[2];
        assertThat(accepted.packets().take(pieces, 0, 1)).isEqualTo(1);
        pieces[1] = accepted.packets().lend();
        assertThat(far.copyingLinks()).isEqualTo("wire 2");
        assertThat(far.counter(Counter.BYTES_COPIED_LINK))
                .isEqualTo(far.counter(Counter.RX_BYTES) + far.counter(Counter.TX_BYTES));
        far.close();
        near.close();
        assertThat(wire[0].closed).isTrue();
        assertThat(wire[1].closed).as("while pieces are held").isFalse();
        assertThat(pieces[0].remaining()).isEqualTo(3);
        assertThat(pieces[0].buffer().get(pieces[0].buffer().position() + 2)).isEqualTo((byte) 3);
        pieces[0].release();
        assertThat(wire[1].closed).as("while one is held").isFalse();
        pieces[1].release();
        assertThat(wire[1].closed).isTrue();
        assertThat(far.buffersInUse()).isZero();
        assertThat(wire[1].misuse).isNull();
    }
}
