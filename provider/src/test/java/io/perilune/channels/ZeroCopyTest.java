package io.perilune.channels;

import static io.perilune.channels.Contract.inSecondThread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.channels.Contract.Running;
import io.perilune.metrics.Counter;
import io.perilune.zerocopy.PacketBytes;
import io.perilune.zerocopy.ZeroCopyChannel;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the javadoc of ZeroCopyChannel and PacketBytes says, where all goes well. */
class ZeroCopyTest extends ZeroCopyKit {

    private static final byte[] TEXT = "taken as it lies".getBytes(StandardCharsets.US_ASCII);

    @BeforeEach
    void start() {
        start("memory", "16m");
    }

    @Test
    void aChannelOfTheStackIsZeroCopyOnceItIsConnected() throws Exception {
        SocketChannel channel = closing(provider.openSocketChannel());
        ZeroCopyChannel zero = (ZeroCopyChannel) channel;
        PacketBytes[] places = new PacketBytes[1];
        assertThat(zero.isZeroCopy()).isFalse();
        assertThatThrownBy(() -> zero.take(places, 0, 1)).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(() -> zero.write(places, 0, 0)).isInstanceOf(NotYetConnectedException.class);
        assertThatThrownBy(zero::allocate).isInstanceOf(NotYetConnectedException.class);
        Ends ends = connect();
        assertThat(ends.nearZero().isZeroCopy()).isTrue();
        assertThat(ends.farZero().isZeroCopy()).isTrue();
        channel.close();
        assertThatThrownBy(() -> zero.take(places, 0, 1)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> zero.write(places, 0, 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(zero::allocate).isInstanceOf(ClosedChannelException.class);
        assertThat(zero.isZeroCopy()).isFalse();
    }

    @Test
    void aConnectionOfTheKernelsCanOnlyBeReadAndWritten() throws Exception {
        World.TestProvider kernel = new World.TestProvider(null);
        ServerSocketChannel server = closing(kernel.openServerSocketChannel());
        SocketChannel client = closing(kernel.openSocketChannel());
        ZeroCopyChannel zero = (ZeroCopyChannel) client;
        PacketBytes[] places = new PacketBytes[1];
        assertThatThrownBy(() -> zero.take(places, 0, 1)).isInstanceOf(NotYetConnectedException.class);
        server.bind(new java.net.InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), 0));
        client.connect(server.getLocalAddress());
        assertThat(zero.isZeroCopy()).isFalse();
        assertThatThrownBy(() -> zero.take(places, 0, 1)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> zero.write(places, 0, 0)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(zero::allocate).isInstanceOf(UnsupportedOperationException.class);
        client.close();
        assertThatThrownBy(() -> zero.take(places, 0, 1)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void piecesAreReadOnlyAndTheSameBufferEachTime() throws Exception {
        Ends ends = connect();
        ends.near().write(ByteBuffer.wrap(TEXT));
        PacketBytes[] pieces = take(ends.farZero(), TEXT.length);
        assertThat(pieces).hasSize(1);
        assertThat(pieces[0].buffer()).isSameAs(pieces[0].buffer());
        assertThat(content(pieces)).isEqualTo(TEXT);
        assertThat(pieces[0].remaining()).isEqualTo(TEXT.length);
        ByteBuffer bytes = pieces[0].buffer();
        assertThat(bytes.isReadOnly()).isTrue();
        assertThatThrownBy(() -> bytes.put(bytes.position(), (byte) 0)).isInstanceOf(ReadOnlyBufferException.class);
        release(pieces);
    }

    @Test
    void allocatedMemoryIsSentAsFarAsItWasFilled() throws Exception {
        Ends ends = connect();
        PacketBytes[] pieces = {filled(ends.nearZero(), TEXT)};
        assertThat(pieces[0].remaining()).isEqualTo(TEXT.length);
        assertThat(ends.nearZero().write(pieces, 0, 1)).isEqualTo(1);
        assertThat(pieces[0]).as("the channel's now").isNull();
        ByteBuffer read = ByteBuffer.allocate(100);
        assertThat(ends.far().read(read)).isEqualTo(TEXT.length);
        assertThat(Arrays.copyOf(read.array(), TEXT.length)).isEqualTo(TEXT);
        PacketBytes large = ends.nearZero().allocate();
        assertThat(large.remaining()).isBetween(1_400, 2_048);
        large.release();
    }

    @Test
    void onlyWhatRemainsIsSent() throws Exception {
        Ends ends = connect();
        PacketBytes piece = filled(ends.nearZero(), TEXT);
        piece.buffer()
                .position(piece.buffer().position() + 6)
                .limit(piece.buffer().position() + 2);
        PacketBytes nothing = ends.nearZero().allocate().filled();
        assertThat(ends.nearZero().write(new PacketBytes[] {nothing, piece}, 0, 2))
                .isEqualTo(2);
        ByteBuffer read = ByteBuffer.allocate(100);
        assertThat(ends.far().read(read)).isEqualTo(2);
        assertThat(new String(read.array(), 0, 2, StandardCharsets.US_ASCII)).isEqualTo("as");
    }

    /** Whoever clears, fills and flips memory, as buffers are used, sends what was filled. */
    @Test
    void memoryToBeFilledIsUsedAsAnyBuffer() throws Exception {
        Ends ends = connect();
        PacketBytes piece = ends.nearZero().allocate();
        assertThat(piece.buffer().position()).isZero();
        assertThat(piece.buffer().limit()).isEqualTo(piece.buffer().capacity());
        piece.buffer().put(new byte[700]).clear();
        piece.buffer().put(TEXT).flip();
        assertThat(ends.nearZero().write(new PacketBytes[] {piece}, 0, 1)).isEqualTo(1);
        ByteBuffer read = ByteBuffer.allocate(100);
        assertThat(ends.far().read(read)).isEqualTo(TEXT.length);
        assertThat(Arrays.copyOf(read.array(), TEXT.length)).isEqualTo(TEXT);
    }

    /** What lies before and behind a piece's bytes is not the program's to send. */
    @Test
    void boundsThatWereMovedOutOfThePieceAreRefusedAndCanBeMovedBack() throws Exception {
        Ends ends = connect();
        ends.near().write(ByteBuffer.wrap(TEXT));
        PacketBytes piece = take(ends.farZero(), TEXT.length)[0];
        ByteBuffer bytes = piece.buffer();
        int begin = bytes.position();
        int end = bytes.limit();
        int[][] wrong = {{begin - 1, end}, {begin, end + 1}, {0, bytes.capacity()}};
        for (int[] bounds : wrong) {
            bytes.limit(bounds[1]).position(bounds[0]);
            assertThatThrownBy(() -> ends.farZero().write(new PacketBytes[] {piece}, 0, 1))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(piece::share).isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThat(stack.heldByPrograms()).isEqualTo(1);
        bytes.limit(end).position(begin);
        assertThat(ends.farZero().write(new PacketBytes[] {piece}, 0, 1)).isEqualTo(1);
        assertThat(ends.near().read(ByteBuffer.allocate(100))).isEqualTo(TEXT.length);
    }

    @Test
    void aPieceThatFoundNoRoomIsAsItWas() throws Exception {
        Ends ends = connect(16_384);
        ends.near().configureBlocking(false);
        PacketBytes[] pieces = new PacketBytes[1];
        do {
            Contract.fill(ends.near());
            pieces[0] = filled(ends.nearZero(), TEXT);
            pieces[0].buffer().position(6);
        } while (ends.nearZero().write(pieces, 0, 1) > 0); // what was under way has made room
        PacketBytes piece = pieces[0];
        piece.buffer().position(0);
        PacketBytes whole = piece.share();
        assertThat(content(whole)).isEqualTo(TEXT);
        assertThat(content(piece)).isEqualTo(TEXT);
        release(piece, whole);
    }

    @Test
    void whatIsSharedGoesToTwoChannelsAndStaysReadable() throws Exception {
        Ends source = connect();
        Ends one = connect();
        Ends two = connect();
        source.near().write(ByteBuffer.wrap(TEXT));
        PacketBytes piece = take(source.farZero(), TEXT.length)[0];
        PacketBytes second = piece.share();
        PacketBytes third = second.share();
        assertThat(stack.heldByPrograms()).isEqualTo(3);
        assertThat(one.nearZero().write(new PacketBytes[] {piece}, 0, 1)).isEqualTo(1);
        assertThat(two.nearZero().write(new PacketBytes[] {second}, 0, 1)).isEqualTo(1);
        for (Ends ends : new Ends[] {one, two}) {
            PacketBytes[] got = take(ends.farZero(), TEXT.length);
            assertThat(content(got)).isEqualTo(TEXT);
            release(got);
        }
        assertThat(content(third)).isEqualTo(TEXT);
        third.release();
        assertThat(counted(Counter.BYTES_COPIED_RX)).isZero();
    }

    @Test
    void filledMemoryThatIsSharedIsReadOnlyForBoth() throws Exception {
        Ends ends = connect();
        PacketBytes piece = filled(ends.nearZero(), TEXT);
        PacketBytes other = piece.share();
        assertThat(piece.buffer().isReadOnly()).isTrue();
        assertThat(other.buffer().isReadOnly()).isTrue();
        assertThat(content(piece, other)).hasSize(2 * TEXT.length);
        assertThat(content(piece)).isEqualTo(TEXT);
        release(piece, other);
    }

    @Test
    void aPieceEndsOnce() throws Exception {
        Ends ends = connect();
        PacketBytes released = ends.nearZero().allocate();
        released.release();
        assertEnded(released, ends.nearZero());
        PacketBytes written = filled(ends.nearZero(), TEXT);
        ends.nearZero().write(new PacketBytes[] {written}, 0, 1);
        assertEnded(written, ends.nearZero());
        ends.near().close();
        assertThat(ends.far().read(ByteBuffer.allocate(100))).isEqualTo(TEXT.length);
    }

    private static void assertEnded(PacketBytes piece, ZeroCopyChannel channel) {
        assertThatThrownBy(piece::release).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(piece::buffer).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(piece::remaining).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(piece::share).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(piece::filled).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> channel.write(new PacketBytes[] {piece}, 0, 1))
                .isInstanceOf(IllegalStateException.class);
        assertThat(piece).hasToString("packet bytes, released");
    }

    @Test
    void nothingIsTakenOfAWriteInWhichOnePieceHasEnded() throws Exception {
        Ends ends = connect();
        PacketBytes good = filled(ends.nearZero(), TEXT);
        PacketBytes ended = ends.nearZero().allocate();
        ended.release();
        PacketBytes[] pieces = {good, ended};
        assertThatThrownBy(() -> ends.nearZero().write(pieces, 0, 2)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ends.nearZero().write(new PacketBytes[] {good, null}, 0, 2))
                .isInstanceOf(NullPointerException.class);
        assertThat(pieces[0]).isSameAs(good);
        good.release();
    }

    @Test
    void theSamePieceTwiceIsSentOnce() throws Exception {
        Ends ends = connect();
        PacketBytes piece = filled(ends.nearZero(), TEXT);
        PacketBytes[] twice = {piece, piece};
        assertThatThrownBy(() -> ends.nearZero().write(twice, 0, 2)).isInstanceOf(IllegalStateException.class);
        assertThat(twice[0]).as("the first is the channel's").isNull();
        assertThat(ends.far().read(ByteBuffer.allocate(100))).isEqualTo(TEXT.length);
    }

    @Test
    void placesAreCheckedBeforeAnythingIsTaken() throws Exception {
        Ends ends = connect();
        ends.near().write(ByteBuffer.wrap(TEXT));
        PacketBytes[] places = new PacketBytes[2];
        assertThatThrownBy(() -> ends.farZero().take(places, 1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> ends.farZero().take(null, 0, 1)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> ends.farZero().take(new Strange[1], 0, 1)).isInstanceOf(ArrayStoreException.class);
        assertThatThrownBy(() -> ends.nearZero().write(new PacketBytes[] {new Strange()}, 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(ends.farZero().take(places, 0, 0)).isZero();
        assertThat(ends.farZero().take(places, 1, 1)).isEqualTo(1);
        assertThat(places[0]).isNull();
        assertThat(content(places[1])).isEqualTo(TEXT);
        places[1].release();
    }

    /** Somebody else's implementation. */
    private static final class Strange implements PacketBytes {
        @Override
        public ByteBuffer buffer() {
            return ByteBuffer.allocate(1);
        }

        @Override
        public PacketBytes filled() {
            return this;
        }

        @Override
        public PacketBytes share() {
            return this;
        }

        @Override
        public void release() {}
    }

    @Test
    void takeBlocksOrReturnsNothingByTheBlockingMode() throws Exception {
        Ends ends = connect();
        PacketBytes[] places = new PacketBytes[4];
        ends.far().configureBlocking(false);
        assertThat(ends.farZero().take(places, 0, 4)).isZero();
        ends.far().configureBlocking(true);
        Running<Integer> taking = inSecondThread(() -> ends.farZero().take(places, 0, 4));
        taking.untilItWaits();
        ends.near().write(ByteBuffer.wrap(TEXT));
        assertThat(taking.get()).isEqualTo(1);
        assertThat(content(places[0])).isEqualTo(TEXT);
        places[0].release();
    }

    @Test
    void aBlockingWriteTakesAllPieces() throws Exception {
        Ends ends = connect(65_536);
        int count = 500;
        byte[] full = new byte[1_400];
        Running<Integer> writing = inSecondThread(() -> {
            int written = 0;
            while (written < count) {
                PacketBytes[] pieces = new PacketBytes[50];
                for (int i = 0; i < pieces.length; i++) {
                    pieces[i] = filled(ends.nearZero(), full);
                }
                assertThat(ends.nearZero().write(pieces, 0, pieces.length)).isEqualTo(pieces.length);
                assertThat(pieces).containsOnlyNulls();
                written += pieces.length;
            }
            return written;
        });
        ByteBuffer read = ByteBuffer.allocate(count * full.length);
        while (read.hasRemaining() && ends.far().read(read) >= 0) {
            assertThat(ends.far().isOpen()).isTrue();
        }
        assertThat(read.hasRemaining()).isFalse();
        assertThat(writing.get()).isEqualTo(count);
    }

    @Test
    void aWriteThatDoesNotBlockLeavesTheRestToItsCaller() throws Exception {
        Ends ends = connect(16_384);
        ends.near().configureBlocking(false);
        PacketBytes[] pieces = new PacketBytes[200];
        byte[] full = new byte[1_400];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = filled(ends.nearZero(), full);
        }
        int taken = 0;
        int count;
        while ((count = ends.nearZero().write(pieces, taken, pieces.length - taken)) > 0) {
            taken += count;
        }
        assertThat(taken).isBetween(1, pieces.length - 1);
        assertThat(Arrays.copyOf(pieces, taken)).containsOnlyNulls();
        assertThat(Arrays.copyOfRange(pieces, taken, pieces.length)).doesNotContainNull();
        int wanted = pieces.length * full.length;
        int read = 0;
        ends.far().configureBlocking(false);
        ByteBuffer into = ByteBuffer.allocate(wanted);
        try (Selector selector = provider.openSelector()) {
            ends.near().register(selector, SelectionKey.OP_WRITE);
            ends.far().register(selector, SelectionKey.OP_READ);
            while (read < wanted) {
                assertThat(selector.select(5_000)).as("ready").isPositive();
                selector.selectedKeys().clear();
                taken += ends.nearZero().write(pieces, taken, pieces.length - taken);
                if (taken == pieces.length) {
                    ends.near().keyFor(selector).interestOps(0);
                }
                read += Math.max(0, ends.far().read(into));
            }
        }
        assertThat(taken).isEqualTo(pieces.length);
    }

    @Test
    void selectorsTellOfWhatCanBeTaken() throws Exception {
        Ends ends = connect();
        ends.far().configureBlocking(false);
        PacketBytes[] places = new PacketBytes[8];
        try (Selector selector = provider.openSelector()) {
            ends.far().register(selector, SelectionKey.OP_READ);
            assertThat(selector.selectNow()).isZero();
            ends.near().write(ByteBuffer.wrap(TEXT));
            assertThat(selector.select(5_000)).isEqualTo(1);
            assertThat(ends.farZero().take(places, 0, 8)).isEqualTo(1);
            selector.selectedKeys().clear();
            assertThat(selector.selectNow()).as("all is taken, though held").isZero();
            places[0].release();
            ends.near().close();
            assertThat(selector.select(5_000)).isEqualTo(1);
            assertThat(ends.farZero().take(places, 0, 8)).isEqualTo(-1);
        }
    }

    @Test
    void theEndOfTheStreamComesBehindTheLastPiece() throws Exception {
        Ends ends = connect();
        ends.near().write(ByteBuffer.wrap(TEXT));
        ends.near().shutdownOutput();
        PacketBytes[] places = new PacketBytes[8];
        assertThat(ends.farZero().take(places, 0, 8)).isEqualTo(1);
        assertThat(ends.farZero().take(places, 1, 7)).isEqualTo(-1);
        assertThat(content(places[0])).isEqualTo(TEXT);
        assertThat(ends.farZero().write(places, 0, 1)).isEqualTo(1);
        assertThat(ends.near().read(ByteBuffer.allocate(100))).isEqualTo(TEXT.length);
    }

    @Test
    void bytesAreExactInRandomMixesOfBothApis() throws Exception {
        long seed = System.nanoTime();
        Ends ends = connect(100_000);
        int length = 3_000_000;
        Running<Integer> there = inSecondThread(() -> sendMixed(ends.near(), seed, length));
        Running<Integer> back = inSecondThread(() -> sendMixed(ends.far(), seed + 1, length));
        Running<Integer> home = inSecondThread(() -> receiveMixed(ends.near(), seed + 1, length));
        assertThat(receiveMixed(ends.far(), seed, length)).as("seed %s", seed).isEqualTo(length);
        assertThat(home.get()).as("seed %s", seed).isEqualTo(length);
        assertThat(there.get()).isEqualTo(length);
        assertThat(back.get()).isEqualTo(length);
    }

    private static byte[] stream(long seed, int length) {
        byte[] all = new byte[length];
        new Random(seed).nextBytes(all);
        return all;
    }

    private static int sendMixed(SocketChannel channel, long seed, int length) throws Exception {
        ZeroCopyChannel zero = (ZeroCopyChannel) channel;
        ByteBuffer all = ByteBuffer.wrap(stream(seed, length));
        Random choice = new Random(~seed);
        while (all.hasRemaining()) {
            if (choice.nextBoolean()) {
                int end = Math.min(all.limit(), all.position() + 1 + choice.nextInt(5_000));
                ByteBuffer part = all.duplicate().limit(end);
                channel.write(part);
                all.position(end);
                continue;
            }
            PacketBytes[] pieces = new PacketBytes[1 + choice.nextInt(6)];
            int count = 0;
            while (count < pieces.length && all.hasRemaining()) {
                PacketBytes piece = zero.allocate();
                if (piece == null) {
                    break; // short of memory now
                }
                ByteBuffer room = piece.buffer();
                int part = Math.min(all.remaining(), 1 + choice.nextInt(room.remaining()));
                room.put(all.duplicate().limit(all.position() + part));
                all.position(all.position() + part);
                pieces[count++] = piece.filled();
            }
            assertThat(zero.write(pieces, 0, count)).isEqualTo(count);
        }
        return all.position();
    }

    private static int receiveMixed(SocketChannel channel, long seed, int length) throws Exception {
        ZeroCopyChannel zero = (ZeroCopyChannel) channel;
        byte[] expected = stream(seed, length);
        Random choice = new Random(~seed);
        int done = 0;
        while (done < length) {
            if (choice.nextBoolean()) {
                ByteBuffer[] parts = {
                    ByteBuffer.allocate(choice.nextInt(3_000)), ByteBuffer.allocateDirect(1 + choice.nextInt(3_000))
                };
                long count = channel.read(parts);
                assertThat(count).isPositive();
                for (ByteBuffer part : parts) {
                    done += assertEqual(expected, done, part.flip());
                }
                continue;
            }
            PacketBytes[] places = new PacketBytes[1 + choice.nextInt(8)];
            int count = zero.take(places, 0, places.length);
            assertThat(count).isPositive();
            for (int i = 0; i < count; i++) {
                done += assertEqual(expected, done, places[i].buffer());
                places[i].release();
            }
        }
        return done;
    }

    private static int assertEqual(byte[] expected, int from, ByteBuffer part) {
        int count = part.remaining();
        assertThat(part.mismatch(ByteBuffer.wrap(expected, from, count))).isEqualTo(-1);
        return count;
    }
}
