package io.perilune.sim;

import io.perilune.memory.PacketBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * What lies between simulated links: each frame that one of them sends arrives at all others that it is meant for,
 * after a time, or not at all, or twice, or damaged, as the {@link Model} says at that moment. Everything follows
 * from the seed of the random source. After a warm-up nothing is allocated.
 */
public final class SimNetwork {

    /** How the network treats frames. A test may change each field while it runs; all chances are in [0, 1]. */
    public static final class Model {
        /** Time on the way, in nanoseconds. */
        public long delayNs = 10_000;
        /** Random time on top, from 0 to this, in nanoseconds: frames may overtake each other. */
        public long jitterNs;
        /** Speed of each sender's wire in bits a second; 0 is without limit. */
        public long bitsPerSecond;
        /** How many frames of one sender may be on the way; more are lost. */
        public int queueFrames = 100_000;
        /** How long a frame may wait for its sender's wire, in nanoseconds; one that would wait longer is lost. */
        public long queueNs = Long.MAX_VALUE;
        /** A frame that must wait so long or longer is marked, if it is ECN-capable (RFC 3168 §5), in nanoseconds. */
        public long markNs = Long.MAX_VALUE;
        /** Chance that a frame is lost. */
        public double loss;
        /** Chance that a frame arrives twice. */
        public double duplication;
        /** Chance that a frame is held back by {@link #reorderDelayNs}, so that later ones overtake it. */
        public double reordering;
        /** How long such a frame is held back, in nanoseconds. */
        public long reorderDelayNs = 1_000_000;
        /** Chance that one bit of a frame behind its Ethernet header is flipped. */
        public double corruption;
        /** While true, every frame is lost. */
        public boolean partitioned;
        /** Decides on frames one by one, or null: for losing exactly this one. */
        public Filter filter;
    }

    /** Decides which frames pass. */
    @FunctionalInterface
    public interface Filter {
        /**
         * Returns whether a frame passes.
         *
         * @param sender the index of the sending link, in the order in which they were made
         * @param frame a copy of the frame in an array that is longer, to read or to change
         * @param length the frame's length
         */
        boolean passes(int sender, byte[] frame, int length);
    }

    private static final int LARGEST_FRAME = 9216;

    /** The model in force. */
    public final Model model = new Model();

    private final SimClock clock;
    private final SplittableRandom random;
    private final List<SimLink> links = new ArrayList<>();
    private final PriorityQueue<Flight> flights = new PriorityQueue<>();
    private final ArrayList<Flight> idle = new ArrayList<>();
    private long sequence;
    private long lost;
    private long delivered;
    private long marked;

    /** Makes a network without links. */
    public SimNetwork(SimClock clock, SplittableRandom random) {
        this.clock = clock;
        this.random = random;
    }

    /** Returns the clock. */
    public SimClock clock() {
        return clock;
    }

    /** Attaches a further link, with 4 MiB of memory of its own. */
    public SimLink link(String name, int mtu) {
        return link(name, mtu, 2);
    }

    /** Attaches a further link, with so many slabs of memory of its own. */
    public SimLink link(String name, int mtu, int slabs) {
        SimLink link = new SimLink(this, links.size(), name, mtu, slabs);
        links.add(link);
        return link;
    }

    /** Returns the link address of the first link; those of the others follow it. */
    public long firstMacAddress() {
        return SimLink.FIRST_MAC;
    }

    /** Returns how many frames were lost, for whatever reason. */
    public long lostCount() {
        return lost;
    }

    /** Returns how many frames were marked as having experienced congestion. */
    public long markedCount() {
        return marked;
    }

    /** Returns how long a frame that a link sends now must wait for its wire, in nanoseconds. */
    public long waitNs(SimLink sender) {
        return Math.max(0, sender.wireFreeNs - clock.nanoTime());
    }

    /** Returns how many frames arrived. */
    public long deliveredCount() {
        return delivered;
    }

    /** Returns how many frames are on the way. */
    public int inFlightCount() {
        return flights.size();
    }

    /** Loses all frames that are on the way. */
    public void loseInFlight() {
        lost += flights.size();
        for (Flight flight : flights) {
            flight.sender.onTheWay--;
        }
        idle.addAll(flights);
        flights.clear();
    }

    /** Returns when the next frame arrives, or {@link Long#MAX_VALUE} when none is on the way. */
    public long nextEventNs() {
        return flights.isEmpty() ? Long.MAX_VALUE : flights.peek().arrivalNs;
    }

    /** Delivers the frames that have arrived by now. */
    public void pump() {
        long nowNs = clock.nanoTime();
        while (!flights.isEmpty() && flights.peek().arrivalNs - nowNs <= 0) {
            Flight flight = flights.poll();
            flight.sender.onTheWay--;
            deliver(flight);
            idle.add(flight);
        }
    }

    /** Puts a frame on the way as if a link had sent it; for tests that play a station by hand. */
    public void inject(SimLink sender, byte[] frame) {
        Flight flight = flight(sender);
        System.arraycopy(frame, 0, flight.bytes, 0, frame.length);
        flight.length = frame.length;
        launch(flight);
    }

    void send(SimLink sender, PacketBuffer frame) {
        Flight flight = flight(sender);
        flight.length = frame.frameLength();
        frame.copyTo(flight.buffer, 0);
        launch(flight);
    }

    private void launch(Flight flight) {
        SimLink sender = flight.sender;
        // Every chance is drawn for each frame, so that changing one of them leaves the others' luck as it was.
        boolean loses = random.nextDouble() < model.loss;
        boolean repeats = random.nextDouble() < model.duplication;
        boolean holdsBack = random.nextDouble() < model.reordering;
        boolean damages = random.nextDouble() < model.corruption;
        double jitter = random.nextDouble();
        int damagedBit = random.nextInt(1 << 20);
        boolean passes = model.filter == null || model.filter.passes(sender.index, flight.bytes, flight.length);
        boolean full = sender.onTheWay >= model.queueFrames || waitNs(sender) > model.queueNs;
        if (!passes || loses || model.partitioned || full) {
            lost++;
            idle.add(flight);
            return;
        }
        long nowNs = clock.nanoTime();
        long leavesNs = nowNs;
        if (waitNs(sender) >= model.markNs) {
            mark(flight.bytes);
        }
        if (model.bitsPerSecond > 0) {
            long wireNs = flight.length * 8L * 1_000_000_000L / model.bitsPerSecond;
            leavesNs = Math.max(nowNs, sender.wireFreeNs) + wireNs;
            sender.wireFreeNs = leavesNs;
        }
        flight.arrivalNs =
                leavesNs + model.delayNs + (long) (jitter * model.jitterNs) + (holdsBack ? model.reorderDelayNs : 0);
        if (damages && flight.length > 14) {
            int bit = damagedBit % ((flight.length - 14) * 8);
            flight.bytes[14 + bit / 8] ^= (byte) (1 << (bit % 8));
        }
        enqueue(flight);
        if (repeats) {
            Flight copy = flight(sender);
            System.arraycopy(flight.bytes, 0, copy.bytes, 0, flight.length);
            copy.length = flight.length;
            copy.arrivalNs = flight.arrivalNs + 1;
            enqueue(copy);
        }
    }

    /** Sets the congestion experienced codepoint of an ECN-capable packet (RFC 3168 §5), IPv4 or IPv6. */
    private void mark(byte[] frame) {
        int type = (frame[12] & 0xFF) << 8 | (frame[13] & 0xFF);
        if (type == 0x0800 && (frame[15] & 3) != 0) {
            int was = (frame[14] & 0xFF) << 8 | (frame[15] & 0xFF);
            frame[15] |= 3;
            int is = (frame[14] & 0xFF) << 8 | (frame[15] & 0xFF);
            // RFC 1624: the header's checksum follows.
            int sum = (~((frame[24] & 0xFF) << 8 | (frame[25] & 0xFF)) & 0xFFFF) + (~was & 0xFFFF) + is;
            sum = (sum & 0xFFFF) + (sum >>> 16);
            sum = ~((sum & 0xFFFF) + (sum >>> 16));
            frame[24] = (byte) (sum >>> 8);
            frame[25] = (byte) sum;
            marked++;
        } else if (type == 0x86DD && (frame[15] & 0x30) != 0) {
            frame[15] |= 0x30;
            marked++;
        }
    }

    private void enqueue(Flight flight) {
        flight.sequence = sequence++;
        flight.sender.onTheWay++;
        flights.add(flight);
    }

    private void deliver(Flight flight) {
        for (int i = 0; i < links.size(); i++) {
            SimLink link = links.get(i);
            if (link != flight.sender && link.isMeant(flight.bytes)) {
                if (link.arrive(flight.bytes, flight.length)) {
                    delivered++;
                } else {
                    lost++;
                }
            }
        }
    }

    private Flight flight(SimLink sender) {
        Flight flight = idle.isEmpty() ? new Flight() : idle.remove(idle.size() - 1);
        flight.sender = sender;
        return flight;
    }

    private static final class Flight implements Comparable<Flight> {
        private final byte[] bytes = new byte[LARGEST_FRAME];
        private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
        private SimLink sender;
        private int length;
        private long arrivalNs;
        private long sequence;

        @Override
        public int compareTo(Flight other) {
            int byTime = Long.compare(arrivalNs - other.arrivalNs, 0);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }

        @Override
        public String toString() {
            return "frame of " + length + " bytes at " + arrivalNs + ": " + Arrays.toString(Arrays.copyOf(bytes, 54));
        }
    }
}
