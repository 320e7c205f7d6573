package io.perilune.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Fuzzes all targets, or one, for a time; says on the way how far it is, and how to replay what it found. */
public final class Fuzz {

    private static final String USAGE =
            "usage: fuzz [SECONDS] [--target TARGET] | --replay TARGET FILE | --keep [--target TARGET]";
    private static final int SECONDS = 120;
    private static final int KEPT_MOST = 60;
    private static final long STARTING_MS = 3_000;

    private Fuzz() {}

    /** Runs what the arguments say; exits with 0 when all held, with 1 when something was found. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(Arrays.asList(arguments));
        try {
            if (words.size() == 3 && words.get(0).equals("--replay")) {
                System.exit(replay(targets(words.get(1)).get(0), Path.of(words.get(2))));
            }
            boolean keep = words.remove("--keep");
            List<Target> targets = Arrays.asList(Target.values());
            int option = words.indexOf("--target");
            if (option >= 0 && option + 1 < words.size()) {
                targets = targets(words.get(option + 1));
                words.subList(option, option + 2).clear();
            }
            int seconds = words.isEmpty() ? SECONDS : Integer.parseInt(words.remove(0));
            if (!words.isEmpty() || seconds < 1) {
                throw new IllegalArgumentException("there is something that is not understood: " + words);
            }
            System.exit(keep ? keep(targets) : fuzz(targets, seconds));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            System.exit(2);
        }
    }

    private static List<Target> targets(String label) {
        StringBuilder known = new StringBuilder();
        for (Target target : Target.values()) {
            if (target.label().equals(label)) {
                return List.of(target);
            }
            known.append(' ').append(target.label());
        }
        throw new IllegalArgumentException("there is no target " + label + "; there are" + known);
    }

    private static int fuzz(List<Target> targets, int seconds) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        List<FuzzRun> runs = new ArrayList<>();
        boolean good = true;
        long startingMs = STARTING_MS;
        for (int i = 0; i < targets.size(); i++) {
            // Of what is left, less what starting a JVM takes, by the last one's measure.
            long leftMs = seconds * 1_000L - (System.nanoTime() - startNs) / 1_000_000;
            int share = (int) Math.max(1, (leftMs / (targets.size() - i) - startingMs + 500) / 1_000);
            FuzzRun run = new FuzzRun(targets.get(i));
            System.out.printf(
                    "%d of %d: %s, %d s%n", i + 1, targets.size(), run.target().label(), share);
            run.fuzz(share);
            if (run.findings().isEmpty()) {
                startingMs = Math.max(0, run.tookMs() - share * 1_000L);
            }
            runs.add(run);
            good &= say(run);
        }
        System.out.println(FuzzRun.head());
        for (FuzzRun run : runs) {
            System.out.println(run.row());
        }
        System.out.println((System.nanoTime() - startNs) / 1_000_000_000 + " s in all");
        return good ? 0 : 1;
    }

    /** Says what a run found. Returns whether it was nothing. */
    private static boolean say(FuzzRun run) {
        for (Path finding : run.findings()) {
            System.out.println("FOUND: " + finding + "; the whole story: " + run.log());
            System.out.println("again: ./perilune fuzz --replay " + run.target().label() + " " + finding);
        }
        if (run.isBroken()) {
            System.out.println("Jazzer itself went wrong: " + run.log());
        }
        return run.findings().isEmpty() && !run.isBroken();
    }

    private static int replay(Target target, Path input) throws IOException {
        try {
            target.run(Files.readAllBytes(input));
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            e.printStackTrace(System.out);
            return 1;
        }
        System.out.println(input + " holds");
        return 0;
    }

    /**
     * Puts the newest inputs of this machine's runs in the place of those kept: each reached what none before it did, so
     * the newest are the rarest. Those with names of words stay.
     */
    private static int keep(List<Target> targets) throws IOException {
        for (Target target : targets) {
            List<Path> grown = list(FuzzRun.grown(target));
            Comparator<Path> newestFirst =
                    Comparator.comparing(file -> file.toFile().lastModified());
            grown.sort(newestFirst.reversed());
            for (Path file : list(target.inputs())) {
                if (!grown.isEmpty() && isNameless(file)) {
                    Files.delete(file);
                }
            }
            int count = Math.min(KEPT_MOST, grown.size());
            for (Path file : grown.subList(0, count)) {
                Files.copy(file, target.inputs().resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
            System.out.println(target.label() + ": keeps " + count + " of " + grown.size());
        }
        return 0;
    }

    private static List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return new ArrayList<>();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return new ArrayList<>(files.toList());
        }
    }

    /** libFuzzer names inputs by their SHA-1. */
    private static boolean isNameless(Path input) {
        return input.getFileName().toString().matches("[0-9a-f]{40}");
    }
}
