package io.perilune.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.ip.RouteTable;
import io.perilune.link.Burst;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.ErrorLog;
import io.perilune.packet.Frames;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A thread that only calls operations, and never waits, takes in what has come all the same. */
class StaleTurnTest {

    private static final int HOST = 0xC6120002;
    private static final int PEER = 0xC6120003;

    private final WireLink[] wire = WireLink.pair(true);
    private long nowNs = 1_000_000_000;
    private final Shard shard = shard();

    private Shard shard() {
        Settings settings = Settings.of(Map.of("address", "198.18.0.2/24"));
        Shard made = new Shard(settings, RouteTable.of(settings), wire[0], wire[0], () -> nowNs, new ErrorLog());
        Driven[] all = {made};
        made.leadership(new Leadership(all, wire[0].sleeper(), true, true, WaitRule.of(settings), () -> nowNs));
        return made;
    }

    private void turn() {
        shard.role().take();
        shard.turn(nowNs);
        shard.role().leave();
        received();
    }

    private void ask() {
        byte[] request = Frames.arp(Frames.BROADCAST, 1, wire[1].macAddress(), PEER, 0, HOST);
        PacketBuffer buffer = wire[1].pool().allocate();
        buffer.bytes().put(buffer.append(request.length), request);
        Burst burst = new Burst();
        burst.add(buffer, 0);
        assertThat(wire[1].txBurst(burst)).isEqualTo(1);
    }

    private int received() {
        Burst burst = new Burst();
        int count = wire[1].rxBurst(burst);
        burst.clear();
        return count;
    }

    private void operation() {
        shard.exit(shard.enter());
    }

    @Test
    void anOperationAnswersWhatHasComeSinceTheLastTurnIfThatWasLongAgo() {
        turn();
        ask();
        nowNs += 10_000;
        operation();
        assertThat(received()).as("answers while the last turn is recent").isZero();
        nowNs += 1;
        operation();
        assertThat(received()).as("answers").isEqualTo(1);
    }

    @Test
    void writesThatAreHeldBackDoNotKeepItFromThat() {
        turn();
        ask();
        shard.holdWrites(true);
        nowNs += 10_001;
        operation();
        assertThat(received()).isEqualTo(1);
    }

    @Test
    void aTurnThatAnOperationMadeCountsAsTheLast() {
        turn();
        nowNs += 10_001;
        operation();
        ask();
        nowNs += 10_000;
        operation();
        assertThat(received()).isZero();
    }
}
