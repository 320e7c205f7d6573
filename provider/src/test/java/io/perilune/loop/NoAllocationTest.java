package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.perilune.zerocopy.PacketBytes;
import java.lang.management.ManagementFactory;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NoAllocationTest {

    private static final int MESSAGES = 20_000;

    @Test
    void writingTurningAndReadingAllocatesNothing() throws Exception {
        try (UserStack stack = StackUser.loopbackStack()) {
            StackUser user = new StackUser(stack);
            UserListener listener = user.listen(10);
            UserSocket client = user.connect(listener.localAddress());
            UserSocket server = user.accept(listener);
            server.addListener(user.waiter::signal);
            ByteBuffer out = ByteBuffer.allocateDirect(256);
            ByteBuffer in = ByteBuffer.allocateDirect(256);
            assertAllocatesNothing(() -> play(stack, user.waiter, client, server, out, in));
        }
    }

    @Test
    void lendingWritingTakingAndReleasingPiecesAllocatesNothing() throws Exception {
        // Little memory: each of its buffers has been lent once when the first rounds are over.
        try (UserStack stack = StackUser.loopbackStack("memory", "2m")) {
            StackUser user = new StackUser(stack);
            UserListener listener = user.listen(10);
            UserSocket client = user.connect(listener.localAddress());
            UserSocket server = user.accept(listener);
            server.addListener(user.waiter::signal);
            PacketBytes[] pieces = new PacketBytes[8];
            assertAllocatesNothing(() -> playPieces(stack, user.waiter, client, server, pieces));
        }
    }

    private interface Play {
        void run() throws Exception;
    }

    private static void assertAllocatesNothing(Play play) throws Exception {
        ThreadMXBean beans = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        // The first rounds warm up: classes are loaded, queues grow.
        for (int round = 0; round < 4; round++) {
            long before = beans.getThreadAllocatedBytes(Thread.currentThread().getId());
            play.run();
            least = Math.min(
                    least, beans.getThreadAllocatedBytes(Thread.currentThread().getId()) - before);
        }
        // The measure itself allocates a little.
        assertThat(least).as("bytes for %d messages", MESSAGES).isLessThan(1_000);
    }

    private static void playPieces(
            UserStack stack, Waiter waiter, UserSocket client, UserSocket server, PacketBytes[] pieces)
            throws SocketException {
        for (int i = 0; i < MESSAGES; i++) {
            PacketBytes piece = client.packets().lend();
            piece.buffer().putLong(0, i).position(256);
            pieces[0] = piece.filled();
            if (client.packets().write(pieces, 0, 1) != 1) {
                throw new AssertionError("write " + i);
            }
            int left = 256;
            while (left > 0) {
                waiter.reset();
                if ((server.readyOps() & UserSocket.READABLE) == 0) {
                    stack.await(waiter, Long.MAX_VALUE);
                }
                int count = server.packets().take(pieces, 0, pieces.length);
                for (int at = 0; at < count; at++) {
                    left -= pieces[at].remaining();
                    pieces[at].release();
                }
            }
        }
    }

    private static void play(
            UserStack stack, Waiter waiter, UserSocket client, UserSocket server, ByteBuffer out, ByteBuffer in) {
        for (int i = 0; i < MESSAGES; i++) {
            out.clear();
            if (client.write(out) != 256) {
                throw new AssertionError("write " + i);
            }
            in.clear();
            while (in.hasRemaining()) {
                waiter.reset();
                if ((server.readyOps() & UserSocket.READABLE) == 0) {
                    stack.await(waiter, Long.MAX_VALUE);
                }
                if (server.read(in) < 0) {
                    throw new AssertionError("read " + i);
                }
            }
        }
    }
}
