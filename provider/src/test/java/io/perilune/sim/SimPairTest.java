package io.perilune.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.ip.Addresses;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.packet.Frames;
import org.junit.jupiter.api.Test;

/** Two hosts of the lower layers talk over the simulated network. */
class SimPairTest {

    private final SimPair pair = new SimPair(1);
    private final RawTransport atB = pair.b().transport(new RawTransport());
    private final RawTransport atA = pair.a().transport(new RawTransport());

    @Test
    void aSegmentFindsItsNeighborAndArrives() {
        byte[] data = Frames.pattern(1000);
        send(pair.a(), SimPair.ADDRESS_A, SimPair.ADDRESS_B, data);
        pair.run(1_000_000);

        assertThat(atB.received).hasSize(1);
        assertThat(atB.received.get(0).bytes()).isEqualTo(data);
        assertThat(atB.received.get(0).sourceLow()).isEqualTo(Addresses.mappedLow(SimPair.ADDRESS_A));
        assertThat(pair.a().pool().lentCount()).isZero();
        assertThat(pair.b().pool().lentCount()).isZero();
    }

    @Test
    void aSegmentToTheOwnAddressNeverLeavesTheHost() {
        byte[] data = Frames.pattern(100);
        send(pair.a(), SimPair.ADDRESS_A, SimPair.ADDRESS_A, data);
        send(pair.a(), 0x7F00_0001, 0x7F00_0005, data);
        pair.run(1_000_000);

        assertThat(atA.received).hasSize(2);
        assertThat(atA.received.get(1).bytes()).isEqualTo(data);
        assertThat(pair.network().deliveredCount()).isZero();
        assertThat(pair.a().counters().get(Counter.RX_FRAMES)).isZero();
        assertThat(pair.a().counters().get(Counter.TX_FRAMES)).isZero();
        assertThat(pair.a().counters().get(Counter.LOOPBACK_FRAMES)).isEqualTo(2);
        assertThat(pair.a().pool().lentCount()).isZero();
    }

    @Test
    void lossDuplicationAndCorruptionFollowTheModel() {
        send(pair.a(), SimPair.ADDRESS_A, SimPair.ADDRESS_B, Frames.pattern(10));
        pair.run(1_000_000);
        pair.network().model.loss = 1;
        send(pair.a(), SimPair.ADDRESS_A, SimPair.ADDRESS_B, Frames.pattern(10));
        pair.run(1_000_000);
        assertThat(atB.received).hasSize(1);

        pair.network().model.loss = 0;
        pair.network().model.duplication = 1;
        send(pair.a(), SimPair.ADDRESS_A, SimPair.ADDRESS_B, Frames.pattern(10));
        pair.run(1_000_000);
        assertThat(atB.received).hasSize(3);

        pair.network().model.duplication = 0;
        pair.network().model.corruption = 1;
        byte[] data = Frames.pattern(1400);
        send(pair.a(), SimPair.ADDRESS_A, SimPair.ADDRESS_B, data);
        pair.run(1_000_000);
        boolean headerHit = pair.b().counters().get(Counter.DROP_IPV4_CHECKSUM)
                        + pair.b().counters().get(Counter.DROP_IPV4_HEADER)
                == 1;
        assertThat(headerHit || !java.util.Arrays.equals(atB.received.get(3).bytes(), data))
                .isTrue();
    }

    @Test
    void aSlowWireSpacesFramesOut() {
        pair.network().model.bitsPerSecond = 1_000_000;
        send(pair.a(), SimPair.ADDRESS_A, SimPair.ADDRESS_B, Frames.pattern(10));
        pair.run(100_000_000);
        send(pair.a(), SimPair.ADDRESS_A, SimPair.ADDRESS_B, Frames.pattern(1216));
        send(pair.a(), SimPair.ADDRESS_A, SimPair.ADDRESS_B, Frames.pattern(1216));
        pair.run(100_000_000);
        long gapNs = atB.received.get(2).nowNs() - atB.received.get(1).nowNs();
        assertThat(gapNs).isEqualTo(1250 * 8 * 1000L);
    }

    private void send(SimHost host, int source, int destination, byte[] data) {
        PacketBuffer buffer = host.pool().allocate();
        buffer.bytes().put(buffer.append(data.length), data);
        host.ip().send(buffer, 0, Addresses.mappedLow(source), 0, Addresses.mappedLow(destination), 6, 0, pair.nowNs());
    }
}
