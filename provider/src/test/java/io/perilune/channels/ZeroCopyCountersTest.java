package io.perilune.channels;

import static io.perilune.channels.Contract.inSecondThread;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.channels.Contract.Running;
import io.perilune.metrics.Counter;
import io.perilune.zerocopy.PacketBytes;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/**
 * The counters prove the copies: one each way in java.nio, none without it. A longer run: {@code
 * -Dperilune.transfer=1000000000} bytes.
 */
class ZeroCopyCountersTest extends ZeroCopyKit {

    private static final long LENGTH = Long.getLong("perilune.transfer", 64 << 20);

    @Test
    void readAndWriteCopyEachByteOnceEachWay() throws Exception {
        start("memory", "64m");
        Ends ends = connect();
        Running<Long> sender = inSecondThread(() -> {
            ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 16);
            long sent = 0;
            while (sent < LENGTH) {
                bytes.clear().limit((int) Math.min(bytes.capacity(), LENGTH - sent));
                sent += ends.near().write(bytes);
            }
            return sent;
        });
        ByteBuffer into = ByteBuffer.allocateDirect(1 << 16);
        long received = 0;
        while (received < LENGTH) {
            received += ends.far().read(into.clear());
        }
        assertThat(sender.get()).isEqualTo(LENGTH);
        assertThat(counted(Counter.BYTES_COPIED_TX)).isEqualTo(LENGTH);
        assertThat(counted(Counter.BYTES_COPIED_RX)).isEqualTo(LENGTH);
        assertThat(counted(Counter.BYTES_ZERO_COPY)).isZero();
        assertThat(counted(Counter.BYTES_COPIED_LINK))
                .as("the loopback link copies what its sender keeps")
                .isGreaterThanOrEqualTo(LENGTH);
        assertThat(stack.copyingLinks()).isEqualTo("loopback");
    }

    @Test
    void pieceByPieceNothingIsCopied() throws Exception {
        start("memory", "64m");
        Ends in = connect();
        Ends out = connect();
        Running<Long> sender = inSecondThread(() -> {
            long sent = 0;
            PacketBytes[] pieces = new PacketBytes[16];
            while (sent < LENGTH) {
                int count = 0;
                while (count < pieces.length && sent < LENGTH) {
                    PacketBytes piece = in.nearZero().allocate();
                    if (piece == null) {
                        break;
                    }
                    ByteBuffer room = piece.buffer();
                    int length = (int) Math.min(room.remaining(), LENGTH - sent);
                    for (int i = 0; i < length; i++) {
                        room.put((byte) ((sent + i) % 251));
                    }
                    pieces[count++] = piece.filled();
                    sent += length;
                }
                in.nearZero().write(pieces, 0, count);
            }
            return sent;
        });
        Running<Long> forwarder = inSecondThread(() -> {
            long forwarded = 0;
            PacketBytes[] pieces = new PacketBytes[16];
            while (forwarded < LENGTH) {
                int count = in.farZero().take(pieces, 0, pieces.length);
                for (int i = 0; i < count; i++) {
                    forwarded += pieces[i].remaining();
                }
                out.nearZero().write(pieces, 0, count);
            }
            return forwarded;
        });
        long received = 0;
        long wrong = 0;
        PacketBytes[] pieces = new PacketBytes[16];
        while (received < LENGTH) {
            int count = out.farZero().take(pieces, 0, pieces.length);
            for (int i = 0; i < count; i++) {
                ByteBuffer bytes = pieces[i].buffer();
                for (int at = bytes.position(); at < bytes.limit(); at++) {
                    wrong += bytes.get(at) == (byte) (received % 251) ? 0 : 1;
                    received++;
                }
                pieces[i].release();
            }
        }
        assertThat(wrong).isZero();
        assertThat(sender.get()).isEqualTo(LENGTH);
        assertThat(forwarder.get()).isEqualTo(LENGTH);
        assertThat(counted(Counter.BYTES_COPIED_TX)).isZero();
        assertThat(counted(Counter.BYTES_COPIED_RX)).isZero();
        assertThat(counted(Counter.BYTES_ZERO_COPY))
                .as("given, taken, given, taken")
                .isEqualTo(4 * LENGTH);
    }
}
