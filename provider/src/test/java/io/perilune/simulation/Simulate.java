package io.perilune.simulation;

import java.io.IOException;
import java.nio.file.Path;

/** Runs seeds one after the other, for minutes or nights; says on the way how far it is, and how to replay a failure. */
public final class Simulate {

    private static final String USAGE =
            "usage: simulate [--seeds N] [--seed S] [--seconds T] [--captures 0|1] | --planted";
    private static final int PLANTED_SEEDS = 2_000;
    private static final long PROGRESS_NS = 5 * Scenario.SECOND;

    private long seeds = 300;
    private long first = 1;
    private long seconds = Long.MAX_VALUE / Scenario.SECOND;
    private boolean one;
    private boolean captures = true;

    private Simulate() {}

    /** Runs what the arguments say; exits with 0 when all held, with 1 after the first seed that failed. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 1 && "--planted".equals(arguments[0])) {
            System.exit(new PlantedFaults(PLANTED_SEEDS).run() ? 0 : 1);
        }
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
            long value = number(arguments[i], arguments[i + 1]);
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
                case "--captures":
                    captures = value != 0;
                    break;
                default:
                    throw new IllegalArgumentException("there is no option " + arguments[i]);
            }
        }
        if (seeds < 1 || seconds < 1) {
            throw new IllegalArgumentException("there must be something to run");
        }
    }

    private static long number(String option, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(option + " takes a number, not '" + text + "'", e);
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
                if (captures) {
                    capture(seed);
                }
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
        Path file = Path.of(System.getProperty("java.io.tmpdir"), "perilune-seed-" + seed + ".pcap");
        try (Capture capture = new Capture(file)) {
            Simulation.run(new Scenario(seed), capture);
            System.out.println("it held the second time: the run does not follow from its seed alone");
        } catch (AssertionError e) {
            System.out.println("frames: " + file);
        }
    }
}
