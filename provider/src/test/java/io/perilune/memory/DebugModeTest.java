package io.perilune.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code memory.debug} finds. */
class DebugModeTest {

    private final BufferPool pool = new BufferPool(List.of(Slab.ofDirectMemory(2048)), true);

    @Test
    void aDoubleReleaseTellsWhoReleasedFirst() {
        PacketBuffer buffer = pool.allocate();
        theFirstToRelease(buffer);
        assertThatThrownBy(buffer::release)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("released twice")
                .hasStackTraceContaining("theFirstToRelease");
        assertThatThrownBy(buffer::retain)
                .hasMessageContaining("retained after its release")
                .hasStackTraceContaining("theFirstToRelease");
    }

    private static void theFirstToRelease(PacketBuffer buffer) {
        buffer.release();
    }

    @Test
    void aWriteAfterTheReleaseIsFoundWhenTheBufferIsLentAgain() {
        PacketBuffer buffer = pool.allocate();
        buffer.release();
        buffer.bytes().put(buffer.base() + 1000, (byte) 1);
        assertThatThrownBy(pool::allocate)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("written after its release, at byte 1000")
                .hasStackTraceContaining("aWriteAfterTheReleaseIsFound");
    }

    @Test
    void whatIsReadAfterTheReleaseIsNotWhatWasThere() {
        PacketBuffer buffer = pool.allocate();
        buffer.bytes().put(buffer.append(1), (byte) 7);
        buffer.release();
        assertThat(buffer.bytes().get(buffer.base() + BufferPool.HEADROOM)).isNotEqualTo((byte) 7);
    }

    @Test
    void whoHasNotReleasedIsListed() {
        PacketBuffer kept = pool.allocate();
        pool.allocate().release();
        assertThat(pool.leaks()).singleElement().satisfies(leak -> assertThat(leak)
                .contains("cell " + kept.cell())
                .contains("lent at io.perilune.memory.DebugModeTest.whoHasNotReleasedIsListed"));
        kept.release();
        assertThat(pool.leaks()).isEmpty();
    }

    @Test
    void withoutItNothingIsTraced() {
        BufferPool plain = new BufferPool(List.of(Slab.ofDirectMemory(2048)), false);
        PacketBuffer buffer = plain.allocate();
        assertThat(plain.leaks()).isEmpty();
        buffer.release();
        assertThatThrownBy(buffer::release)
                .isInstanceOf(IllegalStateException.class)
                .hasNoCause();
    }
}
