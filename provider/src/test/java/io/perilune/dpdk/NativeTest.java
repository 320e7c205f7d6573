package io.perilune.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.config.Settings;
import io.perilune.link.Burst;
import io.perilune.memory.PacketBuffer;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The border itself: what C refuses to believe, and that its counts and Java's agree. The link has no other end. */
@Timeout(60)
class NativeTest {

    @TempDir
    Path directory;

    private DpdkLink link;
    private DpdkQueue queue;

    @BeforeEach
    void open() throws Exception {
        link = DpdkLinks.open(Settings.of(Map.of("link", "memif:" + directory + "/m,server", "memory", "8m")));
        queue = link.dpdkQueue(0);
    }

    @AfterEach
    void close() {
        link.close();
    }

    private static void assertRefused(String words, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessageContaining(words);
    }

    @Test
    void theLibraryFitsTheClasses() {
        assertThat(NativeLayout.difference(Native.layout())).isNull();
        int[] other = Native.layout();
        other[3]++;
        assertThat(NativeLayout.difference(other))
                .isEqualTo("offset of the cell is 1 in the library and 0 in the classes");
        assertThat(NativeLayout.difference(new int[0])).contains("version is missing");
    }

    @Test
    void handlesThatAreNotOpenAreRefused() {
        for (int handle : new int[] {-1, 0, 255, 128, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertRefused("is not open", () -> Native.rxBurst(handle));
            assertRefused("is not open", () -> Native.txBurst(handle, 1));
            assertRefused("is not open", () -> Native.take(handle, new int[1], 1));
            assertRefused("is not open", () -> Native.give(handle, new int[1], 1));
            assertRefused("is not open", () -> Native.queueSlabs(handle));
            assertRefused("is not open", () -> Native.portClose(handle));
        }
    }

    @Test
    void aQueueOfAClosedLinkIsRefusedThoughItsPlaceIsTakenAgain() throws Exception {
        link.close();
        assertRefused("is not open", () -> queue.rxBurst(new Burst()));
        DpdkQueue old = queue;
        open();
        assertRefused("is not open", () -> old.take(new int[1], 1));
    }

    @Test
    void whatIsMissingIsRefused() {
        assertRefused("at once", () -> queue.take(null, 1));
        assertRefused("at once", () -> queue.give(null, 1));
        assertRefused("no interface", () -> Native.setAddress(null, 0, 24, 1500));
        assertRefused("no interface", () -> Native.interfaceMtu(null));
        assertRefused("all its arguments", () -> Native.portOpen(0, null, "", "", new int[3], new ByteBuffer[1]));
    }

    @Test
    void aDescriptorThatIsNoEventIsNeitherWrittenNorReadNorClosed() throws Exception {
        for (int descriptor : new int[] {-1, 0, 1, 2, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertRefused("is not an event", () -> Native.eventSignal(descriptor));
            assertRefused("is not an event", () -> Native.eventClose(descriptor));
            assertRefused("is not an event", () -> Native.sleep(descriptor, Native.NO_QUEUE, -1, 1));
        }
        int event = Native.eventOpen();
        Native.eventSignal(event);
        Native.eventClose(event);
        assertRefused("is not an event", () -> Native.eventSignal(event));
    }

    @Test
    void theLinksOwnCountsAreToldWhenItIsClosedToo() {
        assertThat(queue.droppedCount()).isZero();
        Burst burst = new Burst();
        PacketBuffer frame = queue.pool().allocate();
        frame.append(60);
        burst.add(frame, 0);
        queue.txBurst(burst);
        burst.clear();
        frame.release();
        link.close();
        assertThat(queue.droppedCount()).isZero();
        assertThat(queue.sendErrorCount()).isNotNegative();
    }

    @Test
    void cellsThatAreNotLentAreNotTakenBack() {
        int[] cells = new int[32];
        assertThat(queue.take(cells, 3)).isEqualTo(3);
        assertRefused("not lent", () -> queue.give(new int[] {-1}, 1));
        assertRefused("not lent", () -> queue.give(new int[] {queue.pool().capacity()}, 1));
        assertRefused("not lent", () -> queue.give(new int[] {cells[0], cells[1], cells[0]}, 3));
        assertRefused("at once", () -> queue.give(cells, 33));
        assertRefused("at once", () -> queue.give(new int[1], 2));
        assertRefused("at once", () -> queue.take(cells, -1));
        assertThat(queue.lentCells()).isEqualTo(3);
        queue.give(cells, 3);
        assertRefused("not lent", () -> queue.give(cells, 1));
        assertThat(queue.freeCells()).isEqualTo(queue.pool().capacity());
    }

    @Test
    void framesOutsideTheirCellsAreNotSentAndNothingIsHalfSent() {
        BurstArray array = queue.array();
        int[] cells = new int[2];
        queue.take(cells, 2);
        int size = queue.pool().cellSize();
        int[][] wrong = {
            {-1, 0, 60},
            {queue.pool().capacity(), 0, 60},
            {cells[1], 0, size + 1},
            {cells[1], size, 1},
            {cells[1], -1, 60},
            {cells[1], 60, -1},
            {cells[1], 0, 0},
            {cells[0], 0, 60},
            {cells[0] ^ 0x100, 0, 60}
        };
        for (int[] frame : wrong) {
            array.set(0, cells[0], 0, 60, 0);
            array.set(1, frame[0], frame[1], frame[2], 0);
            assertThatThrownBy(() -> queue.transmit(2)).isInstanceOf(IllegalStateException.class);
        }
        int[][] flags = {
            {BurstArray.KEEP, BurstArray.MORE}, // the second frame has no end
            {BurstArray.MORE, BurstArray.MORE}, // the first has none
            {0, BurstArray.MORE}
        };
        for (int[] pair : flags) {
            array.set(0, cells[0], 0, 60, pair[0]);
            array.set(1, cells[1], 0, 60, pair[1]);
            array.set(2, cells[1], 0, 60, BurstArray.MORE);
            array.set(3, -1, 0, 60, 0);
            assertThatThrownBy(() -> queue.transmit(2)).isInstanceOf(IllegalStateException.class);
        }
        array.set(0, cells[0], 0, 60, BurstArray.KEEP);
        array.set(1, cells[0], 0, 60, BurstArray.KEEP);
        assertRefused("shared with the device 2 times", () -> queue.transmit(2));
        array.set(1, cells[0], 0, 60, 0);
        assertRefused("2 times in one burst", () -> queue.transmit(2));
        assertRefused("0 to 32", () -> queue.transmit(33));
        assertRefused("0 to 32", () -> queue.transmit(-1));
        queue.give(cells, 2);
        assertThat(queue.freeCells()).isEqualTo(queue.pool().capacity());
    }

    @Test
    void whatTheLinkRefusesStaysInTheBurstWithItsReferences() {
        Burst burst = new Burst();
        for (int i = 0; i < Burst.MAX; i++) {
            PacketBuffer frame = queue.pool().allocate();
            frame.append(60);
            if (i % 2 == 0) {
                frame.retain();
            }
            burst.add(frame, 0);
        }
        assertThat(queue.txBurst(burst)).isZero();
        assertThat(burst.count()).isEqualTo(Burst.MAX);
        for (int i = 0; i < Burst.MAX; i++) {
            assertThat(burst.frame(i).references()).isEqualTo(i % 2 == 0 ? 2 : 1);
            burst.frame(i).release();
            if (i % 2 == 0) {
                burst.frame(i).release();
            }
        }
        assertThat(queue.pool().lentCount()).isZero();
        assertThat(queue.freeCells() + queue.lentCells()).isEqualTo(queue.pool().capacity());
    }

    @Test
    void allBuffersCanBeLentAndComeBack() {
        PacketBuffer[] all = new PacketBuffer[queue.pool().capacity()];
        for (int i = 0; i < all.length; i++) {
            all[i] = queue.pool().allocate();
            all[i].bytes().putLong(all[i].base(), i);
            all[i].bytes().putLong(all[i].base() + all[i].capacity() - 8, i);
        }
        assertThat(queue.pool().allocate()).isNull();
        assertThat(queue.freeCells()).isZero();
        for (int i = 0; i < all.length; i++) {
            assertThat(all[i].bytes().getLong(all[i].base())).isEqualTo(i);
            assertThat(all[i].bytes().getLong(all[i].base() + all[i].capacity() - 8))
                    .isEqualTo(i);
            all[i].release();
        }
        queue.pool().flushReturns();
        assertThat(queue.pool().lentCount()).isZero();
        assertThat(queue.freeCells() + queue.lentCells()).isEqualTo(queue.pool().capacity());
    }

    @Test
    void theJdksOwnProviderAndItsEpollDescriptorAreFound() throws Exception {
        SelectorProvider kernel = JdkInternals.kernelProvider();
        assertThat(kernel.getClass().getName()).isEqualTo("sun.nio.ch.EPollSelectorProvider");
        try (Selector selector = kernel.openSelector()) {
            assertThat(JdkInternals.epollDescriptor(selector)).isPositive();
        }
        assertThat(JdkInternals.epollDescriptor(null)).isEqualTo(-1);
    }
}
