package io.perilune.simulation;

import io.perilune.ip.Addresses;
import io.perilune.sim.SimPair;
import io.perilune.tcp.ConnectionInvariants;
import io.perilune.tcp.Tcp;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import java.util.SplittableRandom;

/** Two talkers and the connection between them, from before it is opened until after both are done. */
final class Conversation {

    static final int PORT = 7777;
    private static final long AGAIN_NS = 2 * Scenario.SECOND;

    final int from;
    final int to;
    final Talker near;
    final Talker far;
    private final Scenario scenario;
    private final boolean simultaneous;
    /** A port of its own on the opening side, or 0; conversations that share one follow each other. */
    private final int nearPort;

    private final int farPort;
    private final Conversation before;
    private final TcpSocketOptions nearOptions;
    private final TcpSocketOptions farOptions;
    private long openNs;
    private boolean opened;

    Conversation(Scenario scenario, SplittableRandom random, int index, Conversation before) {
        this.scenario = scenario;
        boolean follows = before != null && before.nearPort != 0 && !before.simultaneous && random.nextBoolean();
        this.before = follows ? before : null;
        int first = random.nextInt(scenario.hosts);
        int second = (first + 1 + random.nextInt(scenario.hosts - 1)) % scenario.hosts;
        this.from = follows ? before.from : first;
        this.to = follows ? before.to : second;
        this.simultaneous = !follows && scenario.simultaneous && random.nextBoolean();
        boolean ownPort = scenario.portReuse || simultaneous;
        this.nearPort = follows ? before.nearPort : ownPort ? 1_000 + index : 0;
        this.farPort = simultaneous ? 2_000 + index : PORT;
        long there = random.nextLong();
        long back = random.nextLong();
        this.near = new Talker(random.split(), scenario, there, back);
        this.far = new Talker(random.split(), scenario, back, there);
        near.peer = far;
        far.peer = near;
        this.openNs = random.nextLong(random.nextBoolean() ? Scenario.MILLISECOND : 3 * Scenario.SECOND);
        this.nearOptions = options(scenario, random);
        this.farOptions = options(scenario, random);
    }

    static TcpSocketOptions options(Scenario scenario, SplittableRandom random) {
        TcpSocketOptions options = new TcpSocketOptions();
        options.noDelay = random.nextBoolean();
        options.quickAck = random.nextInt(4) == 0;
        options.reuseAddress = true;
        options.keepAlive = scenario.impatient || random.nextInt(4) == 0;
        if (scenario.impatient) {
            options.keepIdle = 10;
            options.keepInterval = 5;
            options.keepCount = 3;
        }
        return options;
    }

    static long high(Scenario scenario) {
        return scenario.ipv6 ? SimPair.HIGH_6 : 0;
    }

    static long low(Scenario scenario, int host) {
        return scenario.ipv6 ? host + 1 : Addresses.mappedLow(SimPair.ADDRESS_A + host);
    }

    /** Returns when it is to be opened, or never if it is, or waits for another. */
    long openNs() {
        boolean waits = before != null && !(before.opened && before.near.isOver());
        return opened || waits ? Talker.NEVER : openNs;
    }

    boolean isOpened() {
        return opened;
    }

    /** Opens it if that can be; else tries again later. */
    void open(Tcp[] tcps, long sinceStartNs, long nowNs) {
        Tcp here = tcps[from];
        if (nearPort != 0 && here.bind(0, low0(), nearPort, true, false) == 0) {
            openNs = sinceStartNs + AGAIN_NS;
            return;
        }
        TcpConnection c = connect(here, nearPort, to, farPort, nearOptions, near, nowNs);
        if (c.error() == TcpError.ADDRESS_IN_USE && nearPort != 0) {
            // The connection before is still in TIME-WAIT, or has something to send.
            openNs = sinceStartNs + AGAIN_NS;
            return;
        }
        if (c.error() != TcpError.NONE) {
            throw new AssertionError("cannot connect: " + c.error());
        }
        opened = true;
        near.attach(c, false, nowNs);
        if (simultaneous) {
            Tcp there = tcps[to];
            if (there.bind(0, low0(), farPort, true, false) == 0) {
                throw new AssertionError("port " + farPort + " is taken");
            }
            far.attach(connect(there, farPort, from, nearPort, farOptions, far, nowNs), false, nowNs);
        }
    }

    private TcpConnection connect(
            Tcp tcp, int port, int host, int hostPort, TcpSocketOptions options, Talker user, long nowNs) {
        long any = port == 0 ? 0 : low0();
        return tcp.connect(0, any, port, high(scenario), low(scenario, host), hostPort, options, user, nowNs);
    }

    /** Returns the unspecified address of the family. */
    private long low0() {
        return scenario.ipv6 ? 0 : Addresses.mappedLow(0);
    }

    /** Returns whether an accepted connection is the far end of this one. */
    boolean isFarEnd(int host, TcpConnection c) {
        return opened
                && host == to
                && !far.isAttached()
                && near.connection().localPort() == c.remotePort()
                && ConnectionInvariants.initialSent(near.connection()) == ConnectionInvariants.initialReceived(c);
    }

    boolean isOver() {
        return opened && near.isOver() && (!far.isAttached() || far.isOver());
    }

    /** Looks whether it has stood still for too long on a network that is whole. */
    void checkProgress(long nowNs, long limitNs) {
        checkProgress(near, nowNs, limitNs);
        checkProgress(far, nowNs, limitNs);
        if (!isExcused() && (near.hasFailed() || far.hasFailed())) {
            throw new AssertionError("a connection failed without a reason: " + this);
        }
    }

    private void checkProgress(Talker talker, long nowNs, long limitNs) {
        long sinceNs = Math.max(talker.progressNs(), scenario.healNs);
        if (talker.isAttached() && !talker.isOver() && nowNs - sinceNs > limitNs) {
            throw new AssertionError("no progress since " + sinceNs / 1_000_000 + " ms: " + this);
        }
    }

    /** Looks, when all is over, whether both streams arrived or there was a reason. */
    void checkEnd() {
        if (!isExcused() && !(near.isComplete() && far.isComplete())) {
            throw new AssertionError("a conversation is over and not complete: " + this);
        }
        if (!isExcused() && !(near.hasEndedWell() && far.hasEndedWell())) {
            throw new AssertionError("a complete conversation did not close in order: " + this);
        }
    }

    /** Whether it may have failed: by the will of one side, by few retries, or before the handshake was complete. */
    private boolean isExcused() {
        boolean noHandshake = scenario.isLossy() && !(near.wasConnected() && far.wasConnected());
        return near.gaveUp() || far.gaveUp() || scenario.impatient || noHandshake;
    }

    @Override
    public String toString() {
        return "host " + from + " [" + near + "] to host " + to + " [" + far + "]";
    }
}
