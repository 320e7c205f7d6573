package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.sim.SimNetwork;
import io.perilune.sim.SimPair;
import io.perilune.sim.SimTcp;
import io.perilune.sim.StreamApp;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two stacks on a network that loses, repeats, reorders and damages frames, all of it from one seed. */
class TcpSimulationTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long BOUND_NS = 3_600 * SECOND;
    private static final int PORT = 7777;

    private final List<StreamApp> apps = new ArrayList<>();
    private final List<StreamApp> waiting = new ArrayList<>();
    private boolean impaired;
    private boolean shortOfMemory;

    static java.util.stream.LongStream seeds() {
        // -Dperilune.seed=N replays one, -Dperilune.seeds=N runs that many.
        Long one = Long.getLong("perilune.seed");
        return one != null
                ? java.util.stream.LongStream.of(one)
                : java.util.stream.LongStream.range(1, 1 + Long.getLong("perilune.seeds", 100));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void bothStreamsArriveWholeAndNothingIsLeft(long seed) {
        run(seed);
    }

    @Test
    void aCleanNetworkNeedsNoRetransmission() {
        SplittableRandom random = new SplittableRandom(9);
        SimPair pair = new SimPair(9);
        transfer(pair, random, Settings.defaults(), 1, 3_000_000, 9);
        assertThat(pair.a().counters().get(io.perilune.metrics.Counter.TCP_RETRANSMITTED_SEGMENTS))
                .isZero();
        assertThat(pair.b().counters().get(io.perilune.metrics.Counter.TCP_RETRANSMITTED_SEGMENTS))
                .isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void moreBuffersAreWantedThanThereAre(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        SimPair pair = new SimPair(seed);
        pair.network().model.delayNs = 20_000_000;
        transfer(pair, random, Settings.defaults(), 40, 1_500_000, seed);
        assertThat(shortOfMemory).isTrue();
    }

    private void run(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        SimPair pair = new SimPair(seed);
        java.util.Map<String, String> values = new java.util.HashMap<>();
        if (random.nextInt(3) == 0) {
            values.put("tcp.receive-buffer", String.valueOf(3_000 + random.nextInt(60_000)));
        }
        if (random.nextInt(3) == 0) {
            values.put("tcp.send-buffer", String.valueOf(3_000 + random.nextInt(60_000)));
        }
        // By the seed itself, so that a seed's network and applications are the same whatever is added here.
        values.put("tcp.congestion", new String[] {"cubic", "newreno", "dctcp"}[Math.floorMod(seed, 3)]);
        values.put("tcp.ecn", Math.floorMod(seed, 4) == 0 ? "accept" : "on");
        values.put("tcp.pacing", String.valueOf(Math.floorMod(seed, 5) < 2));
        pair.network().model.markNs = Math.floorMod(seed, 2) == 0 ? 500_000 : Long.MAX_VALUE;
        int connections = 1 + random.nextInt(4);
        impaired = true;
        transfer(pair, random, Settings.of(values), connections, 150_000, seed);
    }

    private static void impair(SimNetwork.Model model, SplittableRandom random) {
        model.delayNs = 5_000L << random.nextInt(13);
        model.jitterNs = random.nextInt(3) == 0 ? random.nextLong(2 * model.delayNs) : 0;
        model.bitsPerSecond = random.nextInt(3) == 0 ? 1_000_000L << random.nextInt(10) : 0;
        model.loss = random.nextBoolean() ? random.nextDouble() * 0.15 : 0;
        model.duplication = random.nextInt(3) == 0 ? random.nextDouble() * 0.2 : 0;
        model.reordering = random.nextInt(3) == 0 ? random.nextDouble() * 0.3 : 0;
        model.reorderDelayNs = 10_000L << random.nextInt(13);
        model.corruption = random.nextInt(3) == 0 ? random.nextDouble() * 0.1 : 0;
        if (random.nextInt(4) == 0) {
            model.queueFrames = 3 + random.nextInt(60);
        }
    }

    private void transfer(
            SimPair pair, SplittableRandom random, Settings settings, int connections, int bytesMost, long seed) {
        Tcp client = SimTcp.attach(pair.a(), settings, seed);
        Tcp server = SimTcp.attach(pair.b(), settings, seed + 1);
        resolve(pair, client, server);
        if (impaired) {
            impair(pair.network().model, random);
        }
        long any = Addresses.mappedLow(0);
        assertThat(server.bind(0, any, PORT, true, false)).isEqualTo(PORT);
        TcpSocketOptions listening = options(random);
        TcpListener listener = server.listen(0, any, PORT, 50, listening, l -> {});
        for (int i = 0; i < connections; i++) {
            long there = random.nextLong();
            long back = random.nextLong();
            int most = 1 + random.nextInt(bytesMost);
            long bytesThere = random.nextInt(4) == 0 ? 0 : random.nextInt(most);
            long bytesBack = random.nextInt(4) == 0 ? 0 : random.nextInt(most);
            StreamApp app = new StreamApp(client, random.split(), there, bytesThere, back, bytesBack);
            app.attach(client.connect(
                    0, 0, 0, 0, Addresses.mappedLow(SimPair.ADDRESS_B), PORT, options(random), app, pair.nowNs()));
            apps.add(app);
            waiting.add(new StreamApp(server, random.split(), back, bytesBack, there, bytesThere));
            waiting.get(i).portOfPeer(app.connection().localPort());
        }
        drive(pair, listener, random);
        listener.close(pair.nowNs());
        assertThat(apps).hasSize(2 * connections).allMatch(StreamApp::isDone);
        settleDown(pair, client, server);
    }

    /** Lets the hosts learn each other's link address while the network is whole: ARP gives up after three losses. */
    private static void resolve(SimPair pair, Tcp client, Tcp server) {
        TcpConnection c = client.connect(
                0, 0, 0, 0, Addresses.mappedLow(SimPair.ADDRESS_B), 1, new TcpSocketOptions(), null, pair.nowNs());
        pair.run(SECOND);
        assertThat(c.error()).isEqualTo(TcpError.CONNECTION_REFUSED);
        assertThat(server.connectionCount()).isZero();
    }

    private void drive(SimPair pair, TcpListener listener, SplittableRandom random) {
        while (!apps.stream().allMatch(StreamApp::isDone) || !waiting.isEmpty()) {
            assertThat(pair.nowNs()).as(() -> "stuck: " + apps).isLessThan(BOUND_NS);
            pair.settle();
            TcpConnection c = listener.accept();
            if (c != null) {
                StreamApp app = waiting.stream()
                        .filter(w -> w.portOfPeer() == c.remotePort())
                        .findFirst()
                        .orElseThrow();
                waiting.remove(app);
                app.accepted(c);
                apps.add(app);
            }
            shortOfMemory |= pair.a().pool().lentCount() > pair.a().pool().capacity() / 8 * 5;
            boolean moved = false;
            for (StreamApp app : apps) {
                moved |= app.act(pair.nowNs());
                assertThat(app.error()).as(app::toString).isEqualTo(TcpError.NONE);
            }
            pair.settle();
            long nextNs = Math.min(pair.nextEventNs(), pair.nowNs() + (moved ? 20_000 : 20_000_000));
            pair.clock().advanceTo(Math.max(nextNs, pair.nowNs() + 1_000 + random.nextInt(20_000)));
        }
    }

    private static void settleDown(SimPair pair, Tcp client, Tcp server) {
        boolean quiet = pair.runUntil(() -> client.connectionCount() == 0 && server.connectionCount() == 0, BOUND_NS);
        assertThat(quiet)
                .as("connections left: %d, %d", client.connectionCount(), server.connectionCount())
                .isTrue();
        pair.run(61 * SECOND);
        for (int i = 0; i < 2; i++) {
            assertThat(client.timeWaitCount()).isZero();
            assertThat(server.timeWaitCount()).isZero();
            assertThat(pair.a().pool().lentCount()).isZero();
            assertThat(pair.b().pool().lentCount()).isZero();
            assertThat(pair.a().wheel().armedCount()).isLessThanOrEqualTo(1);
            assertThat(pair.b().wheel().armedCount()).isLessThanOrEqualTo(1);
        }
    }

    private static TcpSocketOptions options(SplittableRandom random) {
        TcpSocketOptions options = new TcpSocketOptions();
        options.noDelay = random.nextBoolean();
        options.keepAlive = random.nextBoolean();
        options.quickAck = random.nextInt(4) == 0;
        return options;
    }
}
