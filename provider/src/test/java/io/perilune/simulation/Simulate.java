package io.perilune.simulation;

import java.io.IOException;
import java.nio.file.Path;

/** Runs seeds one after the other, for minutes or nights; says on the way how far it is, and how to replay a failure. */
public final class Simulate {

    private static final String USAGE = "usage: simulate [--seeds N] [--seed S] [--seconds T]";
    private static final long PROGRESS_NS = 5 * Scenario.SECOND;

    private long seeds = 300;
    private long first = 1;
    private long seconds = Long.MAX_VALUE / Scenario.SECOND;
    private boolean one;

    private Simulate() {}

    /** Runs what the arguments say; exits with 0 when all held, with 1 after the first seed that failed. */
    public static void main(String[] arguments) throws IOException {
        Simulate simulate = new Simulate();
        try {
            simulate.read(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            System.exit(2);
        }
        System.exit(simulate.run() ? 0 : 1);
    }

    private void read(String[] arguments) {
        for (int i = 0; i < arguments.length; i += 2) {
            if (i + 1 == arguments.length) {
                throw new IllegalArgumentException(arguments[i] + " takes a number");
            }
            long value = Long.parseLong(arguments[i + 1]);
            switch (arguments[i]) {
                case "--seeds":
                    seeds = value;
                    break;
                case "--seed":
                    first = value;
                    one = true;
                    break;
                case "--seconds":
                    seconds = value;
                    break;
                default:
                    throw new IllegalArgumentException("there is no option " + arguments[i]);
            }
        }
        if (seeds < 1 || seconds < 1) {
            throw new IllegalArgumentException("there must be something to run");
        }
    }

    private boolean run() throws IOException {
        long startNs = System.nanoTime();
        long saidNs = startNs;
        long done = 0;
        if (one) {
            System.out.println(new Scenario(first));
        }
        while (done < seeds && System.nanoTime() - startNs < seconds * Scenario.SECOND) {
            long seed = first + done;
            try {
                Simulation.run(seed);
            } catch (AssertionError e) {
                System.out.println("FAILED after " + (done + 1) + " seeds: " + e.getMessage());
                capture(seed);
                return false;
            }
            done++;
            if (System.nanoTime() - saidNs > PROGRESS_NS) {
                saidNs = System.nanoTime();
                System.out.println("seed " + seed + ": " + done + " of " + seeds + " held, "
                        + (saidNs - startNs) / Scenario.SECOND + " s");
            }
        }
        System.out.println(done + " seeds from " + first + " on held");
        return true;
    }

    /** Runs a seed that failed once more, and keeps what was on the wire. */
    private static void capture(long seed) throws IOException {
        Path file = Path.of("simulation-" + seed + ".pcap").toAbsolutePath();
        try (Capture capture = new Capture(file)) {
            Simulation.run(new Scenario(seed), capture);
            System.out.println("it held the second time: the run does not follow from its seed alone");
        } catch (AssertionError e) {
            System.out.println("frames: " + file);
        }
    }
}
