package io.perilune.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MeterTest {

    private static final int CONNECTIONS = 3;

    private final Meter meter = new Meter(CONNECTIONS);

    private void open(int count) {
        for (int i = 0; i < count; i++) {
            meter.opened();
        }
    }

    private void end(int count) {
        for (int i = 0; i < count; i++) {
            assertThat(meter.isOver()).isFalse();
            meter.ended();
        }
    }

    @Test
    void itIsOverAfterTwoPhases() {
        open(CONNECTIONS);
        end(CONNECTIONS);
        open(CONNECTIONS);
        end(CONNECTIONS);
        assertThat(meter.isOver()).isTrue();
    }

    /** The client goes on at once; threads that serve its old connections may see their ends late. */
    @Test
    void endsOfTheFirstPhaseMayComeInTheSecond() {
        open(CONNECTIONS);
        end(1);
        open(2);
        end(1);
        open(1);
        end(CONNECTIONS - 2);
        end(CONNECTIONS);
        assertThat(meter.isOver()).isTrue();
    }
}
