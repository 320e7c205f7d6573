package io.perilune.channels;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What moves many bytes by one call: files to and from channels, gathering and scattering over mixed buffers. */
class TransferContractTest extends Contract {

    /** More than the 1024 that the kernel takes in one call (IOV_MAX). */
    private static final int MANY_BUFFERS = 1500;

    private static final int FILE_BYTES = (1 << 20) + 12_347;

    @TempDir
    Path folder;

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        new Random(42).nextBytes(bytes);
        return bytes;
    }

    private static byte[] readAll(SocketChannel channel, int count) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            assertThat(channel.read(buffer)).as("before the end").isNotNegative();
        }
        return buffer.array();
    }

    /** The part as a buffer of one of four kinds, each in the midst of a larger one at an odd offset. */
    private static ByteBuffer mixed(int kind, byte[] from, int start, int count) {
        ByteBuffer whole = kind % 2 == 0 ? ByteBuffer.allocate(count + 8) : ByteBuffer.allocateDirect(count + 8);
        whole.position(3);
        whole.put(from, start, count);
        whole.flip().position(3);
        ByteBuffer part = kind % 4 < 2 ? whole : whole.slice();
        return kind % 3 == 0 ? part.asReadOnlyBuffer() : part;
    }

    @Test
    void aFileIsTransferredToAChannelFromAnOddPosition() throws Exception {
        byte[] content = random(FILE_BYTES);
        Path path = Files.write(folder.resolve("sent"), content);
        Pair pair = pair();
        Running<byte[]> reading = inSecondThread(() -> readAll(pair.accepted(), FILE_BYTES - 3));
        try (FileChannel file = FileChannel.open(path)) {
            long at = 3;
            while (at < FILE_BYTES) {
                long count = file.transferTo(at, FILE_BYTES - at, pair.client());
                assertThat(count).isPositive();
                at += count;
            }
        }
        assertThat(reading.get()).isEqualTo(java.util.Arrays.copyOfRange(content, 3, FILE_BYTES));
    }

    @Test
    void aFileIsTransferredFromAChannel() throws Exception {
        byte[] content = random(FILE_BYTES);
        Pair pair = pair();
        Running<Integer> writing = inSecondThread(() -> pair.client().write(ByteBuffer.wrap(content)));
        Path path = folder.resolve("received");
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long at = 0;
            while (at < FILE_BYTES) {
                long count = file.transferFrom(pair.accepted(), at, FILE_BYTES - at);
                assertThat(count).isPositive();
                at += count;
            }
        }
        assertThat(writing.get()).isEqualTo(FILE_BYTES);
        assertThat(Files.readAllBytes(path)).isEqualTo(content);
    }

    @Test
    void gatheringTakesMoreBuffersOfAnyKindThanTheKernelDoesAtOnce() throws Exception {
        byte[] content = random(MANY_BUFFERS * 8);
        ByteBuffer[] sources = new ByteBuffer[MANY_BUFFERS];
        int total = 0;
        for (int i = 0; i < MANY_BUFFERS; i++) {
            int count = i % 8;
            sources[i] = mixed(i, content, total, count);
            total += count;
        }
        int all = total;
        Pair pair = pair();
        Running<byte[]> reading = inSecondThread(() -> readAll(pair.accepted(), all));
        int first = 0;
        long sent = 0;
        while (sent < all) {
            while (!sources[first].hasRemaining()) {
                first++;
            }
            long count = pair.client().write(sources, first, MANY_BUFFERS - first);
            assertThat(count).isPositive();
            sent += count;
        }
        assertThat(sent).isEqualTo(all);
        assertThat(reading.get()).isEqualTo(java.util.Arrays.copyOf(content, all));
    }

    @Test
    void scatteringFillsMixedBuffersInOrderAndLeavesTheirEdges() throws Exception {
        byte[] content = random(700);
        Pair pair = pair();
        assertThat(pair.client().write(ByteBuffer.wrap(content))).isEqualTo(700);
        ByteBuffer[] targets = new ByteBuffer[101];
        for (int i = 0; i < targets.length; i++) {
            ByteBuffer whole = i % 2 == 0 ? ByteBuffer.allocate(17) : ByteBuffer.allocateDirect(17);
            targets[i] = whole.position(5).limit(i % 10 == 9 ? 5 : 5 + 7);
        }
        long got = 0;
        while (got < 630) {
            long count = pair.accepted().read(targets, 0, 100);
            assertThat(count).isPositive();
            got += count;
        }
        assertThat(got).isEqualTo(630);
        assertThat(targets[100].position()).as("beyond the length given").isEqualTo(5);
        int at = 0;
        for (int i = 0; i < 100; i++) {
            assertThat(targets[i].hasRemaining()).isFalse();
            for (int k = 5; k < targets[i].limit(); k++) {
                assertThat(targets[i].get(k)).isEqualTo(content[at++]);
            }
            assertThat(targets[i].clear().get(4)).isZero();
            assertThat(targets[i].get(12)).isZero();
        }
    }
}
