package io.perilune.channels;

import static io.perilune.channels.Contract.inSecondThread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.channels.Contract.Running;
import io.perilune.metrics.Counter;
import io.perilune.zerocopy.BufferSpaceException;
import io.perilune.zerocopy.PacketBytes;
import io.perilune.zerocopy.ZeroCopyChannel;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Programs that hold what they took: they slow down their peer and nobody else, and nothing leaks however it ends. */
class ZeroCopyFailureTest extends ZeroCopyKit {

    private static final int SMALL = 65_536;

    @Test
    void holdingSlowsThePeerAndNobodyElseAndReleaseLetsItGoOnAtOnce() throws Exception {
        start("memory", "16m");
        Ends held = connect(SMALL);
        Ends other = connect(SMALL);
        byte[] sent = new byte[2_000_000];
        new Random(1).nextBytes(sent);
        Running<Integer> sender = inSecondThread(() -> held.near().write(ByteBuffer.wrap(sent)));
        List<PacketBytes> pieces = new ArrayList<>();
        held.far().configureBlocking(false);
        sender.untilItWaits();
        takeWhatComes(held, pieces);
        int heldBytes = pieces.stream().mapToInt(PacketBytes::remaining).sum();
        assertThat(heldBytes).as("what is held fills the receive buffer").isBetween(SMALL / 2, 4 * SMALL);
        assertThat(sender.isDone()).isFalse();
        assertThat(transferMegabytes(other, 4)).isEqualTo(4 << 20);
        takeWhatComes(held, pieces);
        assertThat(pieces.stream().mapToInt(PacketBytes::remaining).sum())
                .as("nothing came meanwhile")
                .isEqualTo(heldBytes);
        byte[] first = content(pieces.toArray(new PacketBytes[0]));
        assertThat(first).isEqualTo(Arrays.copyOf(sent, heldBytes));
        Running<Long> releaser = inSecondThread(() -> {
            release(pieces.toArray(new PacketBytes[0]));
            return System.nanoTime();
        });
        held.far().configureBlocking(true);
        PacketBytes[] next = new PacketBytes[1];
        assertThat(held.farZero().take(next, 0, 1)).isEqualTo(1);
        long tookNs = System.nanoTime() - releaser.get();
        assertThat(tookNs).as("from the release to the next piece").isLessThan(TimeUnit.MILLISECONDS.toNanos(100));
        int read = next[0].remaining();
        assertThat(content(next)).isEqualTo(Arrays.copyOfRange(sent, heldBytes, heldBytes + read));
        next[0].release();
        ByteBuffer rest = ByteBuffer.allocate(sent.length - heldBytes - read);
        while (rest.hasRemaining()) {
            assertThat(held.far().read(rest)).isPositive();
        }
        assertThat(rest.array()).isEqualTo(Arrays.copyOfRange(sent, heldBytes + read, sent.length));
        assertThat(sender.get()).isEqualTo(sent.length);
    }

    /** Takes until nothing has come for a while in which the stack works. */
    private void takeWhatComes(Ends ends, List<PacketBytes> pieces) throws IOException {
        PacketBytes[] places = new PacketBytes[64];
        io.perilune.loop.Waiter waiter = new io.perilune.loop.Waiter(null);
        int idle = 0;
        while (idle < 50) {
            int count = ends.farZero().take(places, 0, places.length);
            assertThat(count).isNotNegative();
            pieces.addAll(Arrays.asList(places).subList(0, count));
            idle = count == 0 ? idle + 1 : 0;
            waiter.reset();
            stack.await(waiter, 100_000);
        }
    }

    private int transferMegabytes(Ends ends, int count) throws Exception {
        int length = count << 20;
        Running<Integer> sender = inSecondThread(() -> ends.near().write(ByteBuffer.allocate(length)));
        ByteBuffer into = ByteBuffer.allocate(length);
        while (into.hasRemaining()) {
            assertThat(ends.far().read(into)).isPositive();
        }
        return sender.get();
    }

    @Test
    void whoHoldsHalfOfTheMemoryIsToldSoAndLosesNothing() throws Exception {
        start("memory", "4m");
        Ends ends = connect();
        Ends other = connect();
        byte[] sent = new byte[100_000];
        new Random(2).nextBytes(sent);
        List<PacketBytes> hoard = new ArrayList<>();
        assertThatThrownBy(() -> {
                    while (true) {
                        PacketBytes piece = other.nearZero().allocate();
                        assertThat(piece).isNotNull();
                        hoard.add(piece);
                    }
                })
                .isInstanceOf(BufferSpaceException.class)
                .hasMessageStartingWith("No buffer space available");
        assertThat(hoard).hasSizeBetween(900, 1_100);
        PacketBytes last = hoard.get(hoard.size() - 1);
        assertThatThrownBy(last::share)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("must be released first");
        assertThat(ends.near().write(ByteBuffer.wrap(sent))).isEqualTo(sent.length);
        PacketBytes[] places = new PacketBytes[100];
        for (int round = 0; round < 3; round++) {
            assertThatThrownBy(() -> ends.farZero().take(places, 0, 100))
                    .isInstanceOf(BufferSpaceException.class)
                    .hasMessageStartingWith("No buffer space available");
            assertThat(places).containsOnlyNulls();
        }
        assertThat(ends.far().isOpen()).isTrue();
        hoard.remove(last);
        last.release();
        assertThat(ends.farZero().take(places, 0, 100))
                .as("as many as were released")
                .isEqualTo(1);
        byte[] first = content(places[0]);
        assertThat(first).isEqualTo(Arrays.copyOf(sent, first.length));
        ByteBuffer rest = ByteBuffer.allocate(sent.length - first.length);
        while (rest.hasRemaining()) {
            assertThat(ends.far().read(rest)).as("to read needs nothing").isPositive();
        }
        assertThat(rest.array()).isEqualTo(Arrays.copyOfRange(sent, first.length, sent.length));
        assertThat(transferMegabytes(ends, 2)).isEqualTo(2 << 20);
        places[0].release();
        release(hoard.toArray(new PacketBytes[0]));
    }

    @Test
    void memoryIsNotLentWhileConnectionsMakeItShort() throws Exception {
        start("memory", "4m", "tcp.receive-buffer", "1m");
        List<Ends> full = new ArrayList<>();
        Ends asking = connect();
        PacketBytes piece = asking.nearZero().allocate();
        for (int i = 0; piece != null && i < 64; i++) {
            piece.release();
            Ends ends = connect();
            ends.near().configureBlocking(false);
            Contract.fill(ends.near());
            full.add(ends);
            piece = asking.nearZero().allocate();
        }
        assertThat(piece).as("none while memory is short").isNull();
        for (Ends ends : full) {
            ends.far().setOption(StandardSocketOptions.SO_LINGER, 0);
            ends.far().close();
        }
        awaitUntil(
                () -> {
                    PacketBytes again = asking.nearZero().allocate();
                    release(again);
                    return again != null;
                },
                () -> "memory is short for ever");
    }

    @Test
    void piecesOutliveAResetOfTheirConnection() throws Exception {
        start();
        Ends ends = connect();
        byte[] sent = "still here".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        ends.near().write(ByteBuffer.wrap(sent));
        PacketBytes[] pieces = take(ends.farZero(), sent.length);
        PacketBytes unsent = filled(ends.farZero(), sent);
        ends.near().setOption(StandardSocketOptions.SO_LINGER, 0);
        ends.near().close();
        PacketBytes[] places = new PacketBytes[1];
        assertThatThrownBy(() -> ends.farZero().take(places, 0, 1))
                .isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
        places[0] = unsent;
        assertThatThrownBy(() -> ends.farZero().write(places, 0, 1)).isInstanceOf(IOException.class);
        assertThat(places[0]).as("not the channel's").isSameAs(unsent);
        assertThat(content(pieces)).isEqualTo(sent);
        Ends other = connect();
        assertThat(other.nearZero().write(new PacketBytes[] {pieces[0], unsent}, 0, 2))
                .isEqualTo(2);
        release(take(other.farZero(), 2 * sent.length));
    }

    @Test
    void piecesOutliveTheirChannel() throws Exception {
        start();
        Ends ends = connect();
        byte[] sent = new byte[50_000];
        new Random(3).nextBytes(sent);
        Running<Integer> sender = inSecondThread(() -> ends.near().write(ByteBuffer.wrap(sent)));
        PacketBytes[] pieces = take(ends.farZero(), sent.length);
        sender.get();
        ends.far().close();
        ends.near().close();
        assertThat(transferMegabytes(connect(), 4))
                .as("memory goes round meanwhile")
                .isPositive();
        assertThat(content(pieces)).isEqualTo(sent);
        assertThatThrownBy(() -> ends.farZero().write(pieces, 0, pieces.length))
                .isInstanceOf(ClosedChannelException.class);
        release(pieces);
    }

    @Test
    void piecesOutliveTheStackThatIsClosed() throws Exception {
        start();
        Ends ends = connect();
        byte[] sent = "after the end".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        ends.near().write(ByteBuffer.wrap(sent));
        PacketBytes[] pieces = take(ends.farZero(), sent.length);
        PacketBytes lent = ends.nearZero().allocate();
        stack.close();
        assertThatThrownBy(() -> ends.farZero().take(new PacketBytes[1], 0, 1)).isInstanceOf(SocketException.class);
        assertThatThrownBy(ends.farZero()::allocate).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> ends.farZero().write(pieces, 0, 1)).isInstanceOf(IOException.class);
        assertThat(content(pieces)).isEqualTo(sent);
        PacketBytes shared = pieces[0].share();
        release(lent, shared, pieces[0]);
        assertThatThrownBy(lent::release).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aThreadThatTakesIsWokenByTheCloseOfItsChannel() throws Exception {
        start();
        Ends ends = connect();
        Running<Integer> taking = inSecondThread(() -> ends.farZero().take(new PacketBytes[1], 0, 1));
        taking.untilItWaits();
        ends.far().close();
        assertThat(taking.failure()).isInstanceOf(AsynchronousCloseException.class);
        assertThatThrownBy(() -> ends.farZero().take(new PacketBytes[1], 0, 1))
                .isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aThreadThatTakesIsWokenByAnInterruptAndItsInputsEnd() throws Exception {
        start();
        Ends one = connect();
        Running<Integer> taking = inSecondThread(() -> one.farZero().take(new PacketBytes[1], 0, 1));
        taking.untilItWaits();
        taking.thread.interrupt();
        assertThat(taking.failure()).isInstanceOf(ClosedByInterruptException.class);
        Ends two = connect();
        Running<Integer> again = inSecondThread(() -> two.farZero().take(new PacketBytes[1], 0, 1));
        again.untilItWaits();
        two.far().shutdownInput();
        assertThat(again.get()).isEqualTo(-1);
        assertThat(two.farZero().take(new PacketBytes[1], 0, 1)).isEqualTo(-1);
    }

    /** As with read: what an interrupted thread took it does not get, and so it must not hold it. */
    @Test
    void anInterruptedTakeHoldsNothing() throws Exception {
        start();
        Ends ends = connect();
        ends.near().write(ByteBuffer.allocate(100));
        PacketBytes[] places = new PacketBytes[4];
        AtomicBoolean interrupted = new AtomicBoolean();
        Running<Integer> taking = inSecondThread(() -> {
            Thread.currentThread().interrupt();
            interrupted.set(true);
            return ends.farZero().take(places, 0, 4);
        });
        assertThat(taking.failure()).isInstanceOf(ClosedByInterruptException.class);
        assertThat(interrupted).isTrue();
        assertThat(places).containsOnlyNulls();
        assertThat(stack.heldByPrograms()).isZero();
    }

    @Test
    void aThreadThatWritesPiecesIsWokenByTheCloseAndKnowsWhatIsStillItsOwn() throws Exception {
        start("memory", "16m");
        Ends ends = connect(16_384);
        PacketBytes[] pieces = new PacketBytes[300];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = filled(ends.nearZero(), new byte[1_400]);
        }
        Running<Integer> writing = inSecondThread(() -> ends.nearZero().write(pieces, 0, pieces.length));
        writing.untilItWaits();
        ends.near().close();
        int written = writing.get(); // as with write: what could be until then
        assertThat(written).isBetween(1, pieces.length - 1);
        assertThat(Arrays.copyOf(pieces, written)).containsOnlyNulls();
        assertThat(Arrays.copyOfRange(pieces, written, pieces.length)).doesNotContainNull();
        release(pieces);
    }

    @Test
    void nothingIsWrittenAfterTheOutputsEnd() throws Exception {
        start();
        Ends ends = connect();
        ends.near().shutdownOutput();
        PacketBytes[] pieces = {filled(ends.nearZero(), new byte[10])};
        assertThatThrownBy(() -> ends.nearZero().write(pieces, 0, 1)).isInstanceOf(ClosedChannelException.class);
        assertThat(pieces[0]).isNotNull();
        release(pieces);
    }

    @Test
    void withTheDebugModeUseAfterTheEndIsToldAlsoWhenTheMemoryServesOthers() throws Exception {
        start("memory", "2m", "memory.debug", "true");
        Ends ends = connect();
        List<PacketBytes> ended = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            PacketBytes piece = ends.nearZero().allocate();
            piece.release();
            ended.add(piece);
        }
        List<PacketBytes> present = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            present.add(ends.nearZero().allocate());
        }
        for (PacketBytes piece : ended) {
            assertThatThrownBy(piece::release).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(piece::buffer).isInstanceOf(IllegalStateException.class);
        }
        assertThat(stack.heldByPrograms()).isEqualTo(100);
        release(present.toArray(new PacketBytes[0]));
    }

    @Test
    void threadsThatReleaseTakeAndWriteAtOnceLeaveNothingBehind() throws Exception {
        start("memory", "16m");
        int length = 4_000_000;
        Ends first = connect();
        Ends second = connect();
        byte[] sent = new byte[length];
        new Random(4).nextBytes(sent);
        Running<Integer> sender = inSecondThread(() -> first.near().write(ByteBuffer.wrap(sent)));
        java.util.concurrent.LinkedBlockingQueue<PacketBytes> toRelease =
                new java.util.concurrent.LinkedBlockingQueue<>();
        Running<Integer> releaser = inSecondThread(() -> {
            int released = 0;
            while (released < length) {
                PacketBytes piece = toRelease.poll(10, TimeUnit.SECONDS);
                released += piece.remaining();
                piece.release();
            }
            return released;
        });
        Running<Integer> forwarder = inSecondThread(() -> {
            int forwarded = 0;
            PacketBytes[] places = new PacketBytes[16];
            while (forwarded < length) {
                int count = first.farZero().take(places, 0, places.length);
                for (int i = 0; i < count; i++) {
                    forwarded += places[i].remaining();
                    toRelease.add(places[i].share());
                }
                writeAll(second.nearZero(), places, count);
            }
            return forwarded;
        });
        ByteBuffer received = ByteBuffer.allocate(length);
        while (received.hasRemaining()) {
            assertThat(second.far().read(received)).isPositive();
        }
        assertThat(received.array()).isEqualTo(sent);
        assertThat(sender.get()).isEqualTo(length);
        assertThat(forwarder.get()).isEqualTo(length);
        assertThat(releaser.get()).isEqualTo(length);
        assertThat(counted(Counter.BYTES_ZERO_COPY)).isEqualTo(2L * length);
    }

    private static void writeAll(ZeroCopyChannel channel, PacketBytes[] pieces, int count) throws IOException {
        assertThat(channel.write(pieces, 0, count)).isEqualTo(count);
    }

    /** The peer aborts in the midst, again and again: whatever was held or queued comes back. */
    @Test
    void connectionsThatEndInTheMidstOfEverythingLeaveNothingBehind() throws Exception {
        start("memory", "16m");
        Random random = new Random(5);
        for (int round = 0; round < 40; round++) {
            Ends ends = connect(SMALL);
            Ends onward = connect(SMALL);
            ends.near().configureBlocking(false);
            ends.far().configureBlocking(false);
            onward.near().configureBlocking(false);
            List<PacketBytes> held = new ArrayList<>();
            ByteBuffer bytes = ByteBuffer.allocate(10_000);
            PacketBytes[] places = new PacketBytes[8];
            for (int step = 0; step < 30; step++) {
                ends.near().write(bytes.clear());
                int count = ends.farZero().take(places, 0, 1 + random.nextInt(8));
                onward.nearZero().write(places, 0, Math.max(count, 0));
                for (int i = 0; i < count; i++) {
                    if (places[i] != null) {
                        held.add(places[i]);
                    }
                }
            }
            close(ends.near(), random);
            close(onward.far(), random);
            close(ends.far(), random);
            close(onward.near(), random);
            release(held.toArray(new PacketBytes[0]));
        }
    }

    private static void close(SocketChannel channel, Random random) throws IOException {
        if (random.nextBoolean()) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        channel.close();
    }
}
