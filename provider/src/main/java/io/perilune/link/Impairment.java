package io.perilune.link;

/**
 * What a bad path does to frames. Immutable. Chances are in [0, 1].
 *
 * @param loss chance that a frame is lost
 * @param duplication chance that it arrives twice
 * @param reordering chance that it is held back by {@code reorderDelayNs}, so that later ones overtake it
 * @param reorderDelayNs how long such a frame is held back, in nanoseconds
 * @param corruption chance that one bit behind the Ethernet header is flipped
 * @param delayNs how long every frame takes, in nanoseconds
 * @param jitterNs random time on top, from 0 to this, in nanoseconds
 * @param partitioned whether everything is lost
 */
public record Impairment(
        double loss,
        double duplication,
        double reordering,
        long reorderDelayNs,
        double corruption,
        long delayNs,
        long jitterNs,
        boolean partitioned) {

    /** A path without fault. */
    public static final Impairment NONE = new Impairment(0, 0, 0, 0, 0, 0, 0, false);

    /** Checks chances and times. */
    public Impairment {
        checkChance("loss", loss);
        checkChance("duplication", duplication);
        checkChance("reordering", reordering);
        checkChance("corruption", corruption);
        if (reorderDelayNs < 0 || delayNs < 0 || jitterNs < 0) {
            throw new IllegalArgumentException(
                    "a delay is negative: " + reorderDelayNs + ", " + delayNs + ", " + jitterNs);
        }
    }

    /** Returns this with another chance of loss. */
    public Impairment withLoss(double chance) {
        return new Impairment(
                chance, duplication, reordering, reorderDelayNs, corruption, delayNs, jitterNs, partitioned);
    }

    /** Returns this with another chance of duplication. */
    public Impairment withDuplication(double chance) {
        return new Impairment(loss, chance, reordering, reorderDelayNs, corruption, delayNs, jitterNs, partitioned);
    }

    /** Returns this with another chance of reordering. */
    public Impairment withReordering(double chance, long newReorderDelayNs) {
        return new Impairment(loss, duplication, chance, newReorderDelayNs, corruption, delayNs, jitterNs, partitioned);
    }

    /** Returns this with another chance of corruption. */
    public Impairment withCorruption(double chance) {
        return new Impairment(loss, duplication, reordering, reorderDelayNs, chance, delayNs, jitterNs, partitioned);
    }

    /** Returns this with another delay. */
    public Impairment withDelay(long newDelayNs, long newJitterNs) {
        return new Impairment(
                loss, duplication, reordering, reorderDelayNs, corruption, newDelayNs, newJitterNs, partitioned);
    }

    /** Returns this with everything lost, or no longer so. */
    public Impairment withPartition(boolean nowPartitioned) {
        return new Impairment(
                loss, duplication, reordering, reorderDelayNs, corruption, delayNs, jitterNs, nowPartitioned);
    }

    private static void checkChance(String name, double chance) {
        if (!(chance >= 0 && chance <= 1)) {
            throw new IllegalArgumentException(name + " is no chance between 0 and 1: " + chance);
        }
    }
}
