package io.perilune.sim;

import io.perilune.ip.Ipv6Routes;
import io.perilune.ip.RouteTable;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/** Two hosts on one link, 198.18.0.1 and 198.18.0.2, fd00:7065::1 and fd00:7065::2, in simulated time, on the test's thread. */
public final class SimPair {

    /** Address of the first host. */
    public static final int ADDRESS_A = 0xC612_0001;
    /** Address of the second host. */
    public static final int ADDRESS_B = 0xC612_0002;

    /** High half of the IPv6 addresses of both hosts; the low halves are 1 and 2. */
    public static final long HIGH_6 = 0xFD00_7065_0000_0000L;

    private static final int PREFIX_LENGTH = 24;
    private static final int PREFIX_LENGTH_6 = 64;
    private static final int MTU = 1500;
    /** Work at one moment beyond this is an endless conversation. */
    private static final int TURNS_PER_MOMENT = 100_000;

    private final SimClock clock = new SimClock();
    private final SimNetwork network;
    private final SimHost a;
    private final SimHost b;

    /** Makes the pair; everything random follows from the seed. */
    public SimPair(long seed) {
        this(seed, 2, 2);
    }

    /** Makes the pair with so many slabs of memory for each host. */
    public SimPair(long seed, int slabsOfA, int slabsOfB) {
        SplittableRandom random = new SplittableRandom(seed);
        network = new SimNetwork(clock, random.split());
        a = host("a", slabsOfA, ADDRESS_A, random.nextLong());
        b = host("b", slabsOfB, ADDRESS_B, random.nextLong());
    }

    private SimHost host(String name, int slabs, int address, long secret) {
        SimLink link = network.link(name, MTU, slabs);
        Ipv6Routes ipv6 = new Ipv6Routes(HIGH_6, address & 0xFF, PREFIX_LENGTH_6, 0, 0, link.macAddress(), true);
        return new SimHost(clock, link, new RouteTable(address, PREFIX_LENGTH, 0, true).with(ipv6), secret);
    }

    /** Returns the first host. */
    public SimHost a() {
        return a;
    }

    /** Returns the second host. */
    public SimHost b() {
        return b;
    }

    /** Returns what lies between them. */
    public SimNetwork network() {
        return network;
    }

    /** Returns the clock. */
    public SimClock clock() {
        return clock;
    }

    /** Returns the time, in nanoseconds from the beginning. */
    public long nowNs() {
        return clock.nanoTime();
    }

    /** Lets both hosts do all that is due now, without moving the clock. */
    public void settle() {
        for (int turns = 0; turns < TURNS_PER_MOMENT; turns++) {
            network.pump();
            boolean worked = a.turn();
            worked |= b.turn();
            if (!worked && network.nextEventNs() - clock.nanoTime() > 0) {
                return;
            }
        }
        throw new AssertionError("the hosts do not come to rest at " + clock.nanoTime() + " ns");
    }

    /** Returns when something happens next, or {@link Long#MAX_VALUE} if nothing will. */
    public long nextEventNs() {
        return Math.min(network.nextEventNs(), Math.min(a.nextEventNs(), b.nextEventNs()));
    }

    /**
     * Does what is due, then moves the clock to the next event and does what is due there.
     *
     * @return whether there was a next event
     */
    public boolean step() {
        settle();
        long nextNs = nextEventNs();
        if (nextNs == Long.MAX_VALUE) {
            return false;
        }
        clock.advanceTo(nextNs);
        settle();
        return true;
    }

    /** Steps until no frame is on the way and no timer is armed, or the time is over. */
    public void drive(long atMostNs) {
        runUntil(() -> false, atMostNs);
    }

    /**
     * Steps until a condition holds.
     *
     * @return whether it holds; false when the time is over or nothing will happen any more
     */
    public boolean runUntil(BooleanSupplier condition, long atMostNs) {
        long endNs = clock.nanoTime() + atMostNs;
        settle();
        while (!condition.getAsBoolean()) {
            long nextNs = nextEventNs();
            if (nextNs - endNs > 0) {
                clock.advanceTo(endNs);
                settle();
                return condition.getAsBoolean();
            }
            clock.advanceTo(nextNs);
            settle();
        }
        return true;
    }

    /** Moves the time forward by so much, doing what is due on the way. */
    public void run(long ns) {
        runUntil(() -> false, ns);
    }
}
