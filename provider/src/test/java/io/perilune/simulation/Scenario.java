package io.perilune.simulation;

import io.perilune.config.Settings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * All that one seed decides before a run begins. Each knob is off in most scenarios (swarm testing): faults that hide
 * each other when all are on at once show when some are off.
 */
final class Scenario {

    static final long SECOND = 1_000_000_000L;
    static final long MILLISECOND = 1_000_000L;

    /** Of what kind a hole in the network is. */
    enum Partition {
        NONE,
        ALL,
        ONE_HOST,
        FROM_ONE_HOST
    }

    final long seed;
    final int hosts;
    final boolean ipv6;
    final int conversations;
    final int bytesMost;
    final long delayNs;
    final long jitterNs;
    final long bitsPerSecond;
    final int queueFrames;
    final long markNs;
    final double loss;
    final double duplication;
    final double reordering;
    final long reorderDelayNs;
    final double corruption;
    /** Chance that a box on the way cuts a segment in two. */
    final double cutting;

    final Partition partition;
    final int partitionedHost;
    final long partitionNs;
    final long partitionLengthNs;
    /** Largest IP packet from mtuNs on, or 0. */
    final int mtu;

    final boolean mtuTold;
    final long mtuNs;
    /** How often hosts stand still. */
    final int stalls;

    final long stallMostNs;
    /** Few retries and keep-alives: connections may end by timeouts while the network is cut. */
    final boolean impatient;

    final boolean pauses;
    final boolean abrupt;
    final boolean simultaneous;
    final boolean portReuse;
    final int slabs;
    /** From here on the network is whole, but for its speed, its delay and its MTU. */
    final long healNs;

    final Map<String, String> settings = new LinkedHashMap<>();

    Scenario(long seed) {
        this.seed = seed;
        SplittableRandom random = new SplittableRandom(seed);
        hosts = 2 + (random.nextBoolean() ? 0 : random.nextInt(3));
        ipv6 = random.nextInt(3) == 0;
        conversations = 1 + random.nextInt(random.nextInt(4) == 0 ? 10 : 4);
        bytesMost = 1 + random.nextInt(1 << (6 + random.nextInt(13)));
        delayNs = 5_000L << random.nextInt(13);
        jitterNs = random.nextInt(4) == 0 ? random.nextLong(2 * delayNs) : 0;
        bitsPerSecond = random.nextInt(3) == 0 ? 1_000_000L << random.nextInt(9) : 0;
        queueFrames = random.nextInt(4) == 0 ? 3 + random.nextInt(60) : 100_000;
        markNs = random.nextInt(3) == 0 ? 20_000L << random.nextInt(9) : Long.MAX_VALUE;
        loss = random.nextInt(2) == 0 ? random.nextDouble() * random.nextDouble() * 0.2 : 0;
        duplication = random.nextInt(3) == 0 ? random.nextDouble() * 0.2 : 0;
        reordering = random.nextInt(3) == 0 ? random.nextDouble() * 0.3 : 0;
        reorderDelayNs = 10_000L << random.nextInt(15);
        corruption = random.nextInt(4) == 0 ? random.nextDouble() * 0.1 : 0;
        boolean cut = random.nextInt(4) == 0;
        Partition kind = Partition.values()[1 + random.nextInt(3)];
        partition = cut ? kind : Partition.NONE;
        partitionedHost = random.nextInt(hosts);
        partitionNs = random.nextLong(2 * SECOND);
        impatient = random.nextInt(8) == 0;
        partitionLengthNs = random.nextLong(impatient ? 60 * SECOND : 10 * SECOND);
        boolean smaller = random.nextInt(4) == 0;
        int size = ipv6 ? 1280 + random.nextInt(220) : 576 + random.nextInt(924);
        mtu = smaller ? size : 0;
        mtuTold = random.nextBoolean();
        mtuNs = random.nextBoolean() ? 0 : random.nextLong(2 * SECOND);
        stalls = random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 0;
        stallMostNs = (5 * SECOND) >> random.nextInt(10);
        pauses = random.nextInt(3) == 0;
        abrupt = random.nextInt(3) == 0;
        simultaneous = random.nextInt(4) == 0;
        portReuse = random.nextInt(4) == 0;
        slabs = 1 + random.nextInt(2);
        long afterHoles = cut ? partitionNs + partitionLengthNs : 0;
        healNs = Math.max(SECOND + random.nextLong(20 * SECOND), afterHoles);
        cutting = random.nextInt(3) == 0 ? random.nextDouble() * 0.5 : 0;
        set(random);
    }

    private void set(SplittableRandom random) {
        settings.put("tcp.congestion", new String[] {"cubic", "newreno", "dctcp"}[random.nextInt(3)]);
        settings.put("tcp.ecn", new String[] {"off", "accept", "on"}[random.nextInt(3)]);
        settings.put("tcp.pacing", String.valueOf(random.nextInt(4) == 0));
        if (random.nextInt(3) == 0) {
            settings.put("tcp.receive-buffer", String.valueOf(3_000 + random.nextInt(1 << (8 + random.nextInt(9)))));
        }
        if (random.nextInt(3) == 0) {
            settings.put("tcp.send-buffer", String.valueOf(3_000 + random.nextInt(1 << (8 + random.nextInt(9)))));
        }
        if (impatient) {
            settings.put("tcp.retries", String.valueOf(3 + random.nextInt(4)));
        }
    }

    /** Returns the settings of all hosts. */
    Settings toSettings() {
        return Settings.of(settings);
    }

    /** Returns whether frames of a handshake may be lost for other reasons than a full queue. */
    boolean isLossy() {
        return loss > 0 || corruption > 0 || partition != Partition.NONE || stalls > 0 || queueFrames < 100;
    }

    /** Returns whether each frame arrives as it was sent, in order, at once: then nothing must need a timeout. */
    boolean isClean() {
        return !isLossy() && duplication == 0 && reordering == 0 && jitterNs == 0 && bitsPerSecond == 0 && mtu == 0;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(hosts).append(" hosts, IPv").append(ipv6 ? 6 : 4);
        text.append(", ")
                .append(conversations)
                .append(" conversations of up to ")
                .append(bytesMost);
        text.append(" bytes, delay ").append(delayNs / 1_000).append(" us");
        note(text, "jitter us", jitterNs / 1_000);
        note(text, "bit/s", bitsPerSecond);
        note(text, "queue", queueFrames == 100_000 ? 0 : queueFrames);
        note(text, "mark us", markNs == Long.MAX_VALUE ? 0 : markNs / 1_000);
        note(text, "loss 1/1000", Math.round(1_000 * loss));
        note(text, "duplication 1/1000", Math.round(1_000 * duplication));
        note(text, "reordering 1/1000", Math.round(1_000 * reordering));
        note(text, "corruption 1/1000", Math.round(1_000 * corruption));
        note(text, "cutting 1/1000", Math.round(1_000 * cutting));
        note(
                text,
                partition + " " + partitionedHost + " cut ms",
                partition == Partition.NONE ? 0 : partitionLengthNs / MILLISECOND);
        note(text, mtuTold ? "mtu (told)" : "mtu (silent)", mtu);
        note(text, "stalls", stalls);
        note(text, "pauses", pauses ? 1 : 0);
        note(text, "abrupt", abrupt ? 1 : 0);
        note(text, "simultaneous", simultaneous ? 1 : 0);
        note(text, "port reuse", portReuse ? 1 : 0);
        note(text, "impatient", impatient ? 1 : 0);
        return text.append(", whole from ")
                .append(healNs / MILLISECOND)
                .append(" ms, ")
                .append(settings)
                .toString();
    }

    private static void note(StringBuilder text, String name, long value) {
        if (value != 0) {
            text.append(", ").append(name).append(' ').append(value);
        }
    }
}
