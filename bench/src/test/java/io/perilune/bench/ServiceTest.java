package io.perilune.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What servers are asked, and how their answers are checked. */
class ServiceTest {

    private static final int LENGTH = 4096;

    @Test
    void aBlockIsTheAnswerToItsOwnNumberAlone() {
        ByteBuffer store = ByteBuffer.allocate(3 * LENGTH);
        Service.fill(store.limit(2 * LENGTH).position(LENGTH), 7);
        ByteBuffer block = ByteBuffer.allocate(LENGTH).put(store);
        assertThat(Service.BLOCKS.isAnswer(block, 7)).isTrue();
        assertThat(Service.BLOCKS.isAnswer(block, 8)).isFalse();
        block.put(LENGTH - 1, (byte) ~block.get(LENGTH - 1));
        assertThat(Service.BLOCKS.isAnswer(block, 7)).isFalse();
        store.clear();
        assertThat(store.getLong(0)).isZero();
        assertThat(store.getLong(2 * LENGTH)).isZero();
    }

    @Test
    void anEchoIsTheAnswerToItsOwnExchangeAlone() {
        ByteBuffer message = ByteBuffer.allocate(Long.BYTES).putLong(0, Service.ECHO.word(5));
        assertThat(Service.ECHO.isAnswer(message, Service.ECHO.word(5))).isTrue();
        assertThat(Service.ECHO.isAnswer(message, Service.ECHO.word(6))).isFalse();
    }

    @Test
    void theNumbersAskedForAreThoseOfBlocksAndNearlyAllOfThem() {
        assertThat(LongStream.range(0, 4 * Service.BLOCK_COUNT).map(Service.BLOCKS::word))
                .allMatch(number -> number >= 0 && number < Service.BLOCK_COUNT)
                .satisfies(numbers ->
                        assertThat(numbers.stream().distinct().count()).isGreaterThan(Service.BLOCK_COUNT * 9 / 10));
    }
}
