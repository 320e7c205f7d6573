package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.metrics.Counter;
import io.perilune.sim.SimNetwork;
import io.perilune.sim.SimPair;
import io.perilune.sim.SimTcp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Flows from one simulated host to another, all of them through one wire with a queue before it. */
final class Bottleneck {

    static final long MS = 1_000_000L;
    static final long SECOND = 1_000 * MS;
    private static final int PORT = 7777;

    /** One flow: its sender always has more to send; its receiver reads at once. */
    static final class Flow implements TcpUser {
        final TcpConnection sender;
        private final ByteBuffer sink = ByteBuffer.allocateDirect(1 << 16);
        TcpConnection receiver;
        long received;

        Flow(TcpConnection sender) {
            this.sender = sender;
        }

        @Override
        public void onReadable(TcpConnection c) {
            int count;
            do {
                sink.clear();
                count = c.read(sink, c.lastReceiveNs);
                received += Math.max(count, 0);
            } while (count > 0);
        }

        @Override
        public void onConnected(TcpConnection c) {}

        @Override
        public void onWritable(TcpConnection c) {}

        @Override
        public void onClosed(TcpConnection c, TcpError error) {
            if (error != TcpError.STACK_CLOSED) { // the end of the test
                throw new AssertionError("closed: " + error);
            }
        }
    }

    final SimPair pair;
    final SimNetwork.Model model;
    final Tcp client;
    final Tcp server;
    final List<Flow> flows = new ArrayList<>();
    /** The longest time that a frame would have had to wait, sampled at each step. */
    long longestWaitNs;

    private final TcpListener listener;
    private final ByteBuffer source = ByteBuffer.allocateDirect(1 << 16);

    Bottleneck(long seed, long bitsPerSecond, long oneWayNs, long queueNs, Map<String, String> settings) {
        this(seed, 2, bitsPerSecond, oneWayNs, queueNs, settings);
    }

    /** With so many slabs of memory on each host. */
    Bottleneck(long seed, int slabs, long bitsPerSecond, long oneWayNs, long queueNs, Map<String, String> settings) {
        pair = new SimPair(seed, slabs, slabs);
        client = SimTcp.attach(pair.a(), Settings.of(settings), seed);
        server = SimTcp.attach(pair.b(), Settings.of(settings), seed + 1);
        model = pair.network().model;
        long any = Addresses.mappedLow(0);
        assertThat(server.bind(0, any, PORT, true, false)).isEqualTo(PORT);
        listener = server.listen(0, any, PORT, 50, new TcpSocketOptions(), l -> {});
        pair.run(SECOND);
        model.bitsPerSecond = bitsPerSecond;
        model.delayNs = oneWayNs;
        model.queueNs = queueNs;
    }

    /** Opens a flow under a control of the test's choice, or the setting's if null. */
    Flow open(CongestionControl control) {
        long to = Addresses.mappedLow(SimPair.ADDRESS_B);
        TcpConnection c = client.connect(0, 0, 0, 0, to, PORT, new TcpSocketOptions(), null, pair.nowNs());
        if (control != null) {
            c.congestion = control;
        }
        Flow flow = new Flow(c);
        flows.add(flow);
        boolean accepted = pair.runUntil(
                () -> {
                    TcpConnection other = listener.accept();
                    if (other != null) {
                        flow.receiver = other;
                        other.attach(flow);
                    }
                    return flow.receiver != null;
                },
                10 * SECOND);
        assertThat(accepted).isTrue();
        return flow;
    }

    /** Lets all flows run for a time, and calls back at each event. */
    void run(long ns, Runnable each) {
        long endNs = pair.nowNs() + ns;
        while (pair.nowNs() - endNs < 0) {
            for (int i = 0; i < flows.size(); i++) {
                source.clear();
                flows.get(i).sender.write(source, pair.nowNs());
            }
            pair.settle();
            longestWaitNs = Math.max(longestWaitNs, waitNs());
            each.run();
            pair.clock().advanceTo(Math.min(endNs, Math.min(pair.nextEventNs(), pair.nowNs() + MS)));
        }
        pair.settle();
    }

    void run(long ns) {
        run(ns, () -> {});
    }

    /** How long the queue before the wire is now. */
    long waitNs() {
        return pair.network().waitNs(pair.a().link());
    }

    long count(Counter counter) {
        return pair.a().counters().get(counter);
    }
}
