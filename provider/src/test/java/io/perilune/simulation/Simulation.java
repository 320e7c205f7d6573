package io.perilune.simulation;

import io.perilune.ip.Addresses;
import io.perilune.ip.Ipv6Routes;
import io.perilune.ip.RouteTable;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.sim.SimClock;
import io.perilune.sim.SimHost;
import io.perilune.sim.SimLink;
import io.perilune.sim.SimNetwork;
import io.perilune.sim.SimPair;
import io.perilune.sim.SimTcp;
import io.perilune.tcp.Tcp;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** One run of a scenario: whole stacks in simulated time, on the caller's thread, watched at each step. */
final class Simulation {

    private static final int LINK_MTU = 1500;
    private static final int TURNS_PER_MOMENT = 100_000;
    private static final long START_NS = Scenario.SECOND;
    /** Longer than the five largest retransmission timeouts that the search for a black hole may take. */
    private static final long PROGRESS_NS = 1_000 * Scenario.SECOND;

    private static final long BOUND_NS = 4 * 3600 * Scenario.SECOND;
    /** Longer than TIME-WAIT, than a listener's half-open connections, and than neighbours and paths are remembered. */
    private static final long REST_NS = 700 * Scenario.SECOND;

    private final Scenario scenario;
    private final Capture capture;
    private final SimClock clock = new SimClock(START_NS);
    private final SplittableRandom random;
    private final SimNetwork network;
    private final SimHost[] hosts;
    private final Tcp[] tcps;
    private final TcpListener[] listeners;
    private final long[] standsUntilNs;
    private final WireOracle oracle = new WireOracle(this::hasDropped);
    private final NetworkPath path;
    private final List<Conversation> conversations = new ArrayList<>();
    private final List<Talker> talkers = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private long steps;

    /** Something that happens to the network or to a host at a time. */
    private static final class Event {
        final long timeNs;
        final Runnable what;

        Event(long timeNs, Runnable what) {
            this.timeNs = timeNs;
            this.what = what;
        }
    }

    private Simulation(Scenario scenario, Capture capture) {
        this.scenario = scenario;
        this.capture = capture;
        this.random = new SplittableRandom(scenario.seed ^ 0x5DEE_CE66DL);
        this.network = new SimNetwork(clock, random.split());
        this.hosts = new SimHost[scenario.hosts];
        this.tcps = new Tcp[scenario.hosts];
        this.listeners = new TcpListener[scenario.hosts];
        this.standsUntilNs = new long[scenario.hosts];
        for (int i = 0; i < scenario.hosts; i++) {
            SimLink link = network.link("host" + i, LINK_MTU, scenario.slabs);
            Ipv6Routes ipv6 = new Ipv6Routes(SimPair.HIGH_6, i + 1, 64, 0, 0, link.macAddress(), false);
            RouteTable routes = new RouteTable(SimPair.ADDRESS_A + i, 24, 0, false).with(ipv6);
            hosts[i] = new SimHost(clock, link, routes, random.nextLong());
            tcps[i] = SimTcp.attach(hosts[i], scenario.toSettings(), random.nextLong());
        }
        this.path = new NetworkPath(network, random.split(), scenario.cutting);
        network.model.filter = this::onSent;
    }

    /** Runs a seed; returns the hash of all that was sent. Throws an AssertionError that says what is wrong. */
    static long run(long seed) {
        return run(new Scenario(seed), null);
    }

    /** Runs a scenario, and writes all frames to a capture if there is one. */
    static long run(Scenario scenario, Capture capture) {
        Simulation simulation = new Simulation(scenario, capture);
        try {
            simulation.run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + scenario.seed + " at " + simulation.clock.nanoTime() + " ns: " + e.getMessage() + "\n  "
                            + scenario + "\n  replay: ./perilune simulate --seeds 1 --seed " + scenario.seed,
                    e);
        }
        return simulation.oracle.hash() * 31 + simulation.steps;
    }

    private boolean hasDropped(int host) {
        return hosts[host].counters().get(Counter.DROP_NEIGHBOR_QUEUE_FULL) > 0
                || hosts[host].counters().get(Counter.NEIGHBOR_FAILURES) > 0;
    }

    private boolean onSent(int sender, byte[] frame, int length) {
        long nowNs = clock.nanoTime();
        if (capture != null) {
            try {
                capture.add(nowNs, frame, length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        if (path.isRouter(sender)) {
            return true;
        }
        oracle.onSent(nowNs, sender, frame, length);
        return path.passes(sender, frame, length);
    }

    private void run() {
        long any = scenario.ipv6 ? 0 : Addresses.mappedLow(0);
        for (int i = 0; i < hosts.length; i++) {
            require(tcps[i].bind(0, any, Conversation.PORT, true, false) == Conversation.PORT, "cannot bind");
            listeners[i] = tcps[i].listen(
                    0, any, Conversation.PORT, 50, Conversation.options(scenario, random), listener -> {});
        }
        Conversation before = null;
        for (int i = 0; i < scenario.conversations; i++) {
            before = new Conversation(scenario, random, i, before);
            conversations.add(before);
        }
        impair();
        plan();
        while (!isOver()) {
            require(clock.nanoTime() < BOUND_NS, "it does not come to an end: " + conversations);
            step();
        }
        finish();
    }

    private void impair() {
        SimNetwork.Model model = network.model;
        model.delayNs = scenario.delayNs;
        model.jitterNs = scenario.jitterNs;
        model.bitsPerSecond = scenario.bitsPerSecond;
        model.queueFrames = scenario.queueFrames;
        model.markNs = scenario.markNs;
        model.loss = scenario.loss;
        model.duplication = scenario.duplication;
        model.reordering = scenario.reordering;
        model.reorderDelayNs = scenario.reorderDelayNs;
        model.corruption = scenario.corruption;
    }

    private void plan() {
        if (scenario.partition != Scenario.Partition.NONE) {
            at(scenario.partitionNs, () -> path.cut(scenario.partition, scenario.partitionedHost));
            at(scenario.partitionNs + scenario.partitionLengthNs, () -> path.cut(Scenario.Partition.NONE, 0));
        }
        if (scenario.mtu > 0) {
            at(scenario.mtuNs, () -> path.mtu(scenario.mtu, scenario.mtuTold));
        }
        for (int i = 0; i < scenario.stalls; i++) {
            int host = random.nextInt(hosts.length);
            long lengthNs = 1 + random.nextLong(scenario.stallMostNs);
            at(random.nextLong(3 * Scenario.SECOND), () -> standsUntilNs[host] = clock.nanoTime() + lengthNs);
        }
        at(scenario.healNs, this::heal);
        events.sort((a, b) -> Long.compare(a.timeNs, b.timeNs));
    }

    private void at(long afterNs, Runnable what) {
        events.add(new Event(START_NS + afterNs, what));
    }

    private void heal() {
        SimNetwork.Model model = network.model;
        model.loss = 0;
        model.duplication = 0;
        model.reordering = 0;
        model.corruption = 0;
        model.jitterNs = 0;
        model.queueFrames = 100_000;
    }

    private boolean isOver() {
        for (Conversation c : conversations) {
            if (!c.isOver()) {
                return false;
            }
        }
        for (int i = 0; i < hosts.length; i++) {
            if (tcps[i].connectionCount() > 0 || listeners[i].acceptableCount() > 0) {
                return false;
            }
        }
        return network.inFlightCount() == 0;
    }

    private void step() {
        steps++;
        long nowNs = clock.nanoTime();
        while (!events.isEmpty() && events.get(0).timeNs - nowNs <= 0) {
            events.remove(0).what.run();
        }
        settle();
        for (Conversation c : conversations) {
            if (c.openNs() <= nowNs - START_NS && !stands(c.from) && !stands(c.to)) {
                open(c, nowNs);
            }
        }
        for (int i = 0; i < hosts.length; i++) {
            if (!stands(i)) {
                accept(i, nowNs);
            }
        }
        for (Conversation c : conversations) {
            act(c.near, c.from, nowNs);
            act(c.far, c.to, nowNs);
        }
        settle();
        for (Talker talker : talkers) {
            talker.checkInvariants();
        }
        for (Conversation c : conversations) {
            c.checkProgress(nowNs, PROGRESS_NS);
        }
        advance(nowNs);
    }

    private void open(Conversation c, long nowNs) {
        c.open(tcps, nowNs - START_NS, nowNs);
        if (c.isOpened()) {
            talkers.add(c.near);
            if (c.far.isAttached()) {
                talkers.add(c.far);
            }
        }
    }

    private void accept(int host, long nowNs) {
        TcpConnection c;
        while ((c = listeners[host].accept()) != null) {
            Talker talker = null;
            for (Conversation conversation : conversations) {
                if (conversation.isFarEnd(host, c)) {
                    talker = conversation.far;
                }
            }
            require(talker != null, "a connection was accepted that nobody opened: port " + c.remotePort());
            talker.attach(c, true, nowNs);
            talkers.add(talker);
        }
    }

    private void act(Talker talker, int host, long nowNs) {
        if (talker.isAttached() && !stands(host)) {
            talker.act(nowNs);
        }
    }

    private boolean stands(int host) {
        return standsUntilNs[host] - clock.nanoTime() > 0;
    }

    /** Lets all hosts that do not stand still do what is due now. */
    private void settle() {
        for (int turns = 0; turns < TURNS_PER_MOMENT; turns++) {
            network.pump();
            boolean worked = false;
            for (int i = 0; i < hosts.length; i++) {
                if (!stands(i)) {
                    worked |= hosts[i].turn();
                }
            }
            if (!worked && network.nextEventNs() - clock.nanoTime() > 0) {
                return;
            }
        }
        throw new AssertionError("the hosts do not come to rest");
    }

    private void advance(long nowNs) {
        long nextNs = network.nextEventNs();
        for (int i = 0; i < hosts.length; i++) {
            nextNs = Math.min(nextNs, stands(i) ? standsUntilNs[i] : hosts[i].nextEventNs());
        }
        for (Conversation c : conversations) {
            nextNs = Math.min(nextNs, stands(c.from) ? standsUntilNs[c.from] : c.near.nextNs(nowNs));
            nextNs = Math.min(nextNs, stands(c.to) ? standsUntilNs[c.to] : c.far.nextNs(nowNs));
            long openNs = c.openNs();
            nextNs = Math.min(nextNs, openNs == Talker.NEVER ? openNs : openNs + START_NS);
        }
        if (!events.isEmpty()) {
            nextNs = Math.min(nextNs, events.get(0).timeNs);
        }
        if (nextNs == Talker.NEVER) {
            require(isOver(), "nothing will happen any more: " + conversations + left());
            return;
        }
        // What falls into the same few microseconds meets in one turn.
        clock.advanceTo(Math.max(nextNs, nowNs + 1_000 + random.nextInt(20_000)));
    }

    private String left() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < hosts.length; i++) {
            text.append("; host ").append(i).append(" has ").append(tcps[i].connectionCount());
            text.append(" connections, ").append(listeners[i].acceptableCount()).append(" to be accepted");
        }
        return text.toString();
    }

    /** All is over: TIME-WAIT passes, and nothing may be left. */
    private void finish() {
        for (Conversation c : conversations) {
            c.checkEnd();
        }
        if (scenario.isClean()) {
            checkEase();
        }
        for (TcpListener listener : listeners) {
            listener.close(clock.nanoTime());
        }
        long endNs = clock.nanoTime() + REST_NS;
        while (clock.nanoTime() < endNs) {
            settle();
            long nextNs = network.nextEventNs();
            for (SimHost host : hosts) {
                nextNs = Math.min(nextNs, host.nextEventNs());
            }
            clock.advanceTo(Math.min(endNs, Math.max(nextNs, clock.nanoTime() + 1_000)));
        }
        settle();
        for (int i = 0; i < hosts.length; i++) {
            require(tcps[i].connectionCount() == 0, "a connection is left on host " + i);
            require(tcps[i].timeWaitCount() == 0, "a TIME-WAIT is left on host " + i);
            require(hosts[i].pool().lentCount() == 0, hosts[i].pool().lentCount() + " buffers are lent, host " + i);
            require(hosts[i].wheel().armedCount() == 0, hosts[i].wheel().armedCount() + " timers are left, host " + i);
        }
    }

    /** On a clean network a timeout, or a segment that seems old, is a fault, though all comes right after it. */
    private void checkEase() {
        for (int i = 0; i < hosts.length; i++) {
            Counters counters = hosts[i].counters();
            if (counters.get(Counter.TCP_MEMORY_SHORTAGES) == 0) {
                require(counters.get(Counter.TCP_TIMEOUTS) == 0, "timeouts on a clean network, host " + i);
            }
            require(counters.get(Counter.DROP_TCP_PAWS) == 0, "old timestamps on a clean network, host " + i);
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
