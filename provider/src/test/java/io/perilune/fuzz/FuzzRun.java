package io.perilune.fuzz;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One run of Jazzer on one target, in a process of its own: libFuzzer cannot begin twice in one. What it finds worth
 * keeping, and what fails, it writes below {@code target/fuzz}.
 */
final class FuzzRun {

    private static final Path WORK = Path.of("target/fuzz").toAbsolutePath();
    private static final int LONG_RUN_S = 60;
    private static final Pattern STATUS = Pattern.compile("#(\\d+)\\s+\\S+\\s+cov: (\\d+) ft: (\\d+) corp: (\\d+)/.*");
    private static final Pattern ARTIFACT = Pattern.compile(".*Test unit written to (\\S+).*");
    private static final Pattern DONE = Pattern.compile("Done (\\d+) runs in \\d+ second.*");

    private final Target target;
    private final Path grown;
    private final Path log;
    private final List<Path> findings = new ArrayList<>();
    private long executions;
    private int edges;
    private int features;
    private int inputs;
    private long startNs;
    private long tookNs;
    private int exitCode;

    FuzzRun(Target target) {
        this.target = target;
        this.grown = grown(target);
        this.log = WORK.resolve(target.label()).resolve("log");
    }

    /** Returns where the inputs are that this machine's runs found worth keeping. */
    static Path grown(Target target) {
        return WORK.resolve(target.label()).resolve("corpus");
    }

    Target target() {
        return target;
    }

    /** Returns where what was found is, a file each. */
    List<Path> findings() {
        return findings;
    }

    /** Returns whether Jazzer itself went wrong: neither a finding nor a good end. */
    boolean isBroken() {
        return exitCode != 0 && findings.isEmpty();
    }

    Path log() {
        return log;
    }

    long tookMs() {
        return tookNs / 1_000_000;
    }

    String row() {
        double seconds = Math.max(1, tookNs) / 1e9;
        return String.format(
                Locale.ROOT,
                "%-20s %10d %9.0f %7d %9d %7d %9d",
                target.label(),
                executions,
                executions / seconds,
                edges,
                features,
                inputs,
                findings.size());
    }

    static String head() {
        return String.format(
                Locale.ROOT,
                "%-20s %10s %9s %7s %9s %7s %9s",
                "target",
                "runs",
                "runs/s",
                "edges",
                "features",
                "inputs",
                "findings");
    }

    /** Fuzzes for a time. */
    void fuzz(int seconds) throws IOException, InterruptedException {
        // A short run would be over before its code is compiled for the second time.
        start(
                List.of(seconds < LONG_RUN_S ? "-XX:TieredStopAtLevel=1" : "-XX:+TieredCompilation"),
                List.of(
                        "-max_total_time=" + seconds,
                        "-max_len=1000",
                        "-timeout=10",
                        "-artifact_prefix=" + artifacts(),
                        grown.toString(),
                        target.inputs().toAbsolutePath().toString()));
    }

    private String artifacts() {
        return WORK.resolve(target.label()) + "/";
    }

    private List<String> jazzer(List<String> jvmOptions) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-ea",
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading"));
        command.addAll(jvmOptions);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.className(),
                "--instrumentation_includes=io.perilune.**",
                "--custom_hook_includes=io.perilune.**",
                // A path that a setting names may be any: that is no hole.
                "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.FilePathTraversal",
                "--reproducer_path=" + WORK.resolve(target.label())));
        return command;
    }

    private void start(List<String> jvmOptions, List<String> arguments) throws IOException, InterruptedException {
        Files.createDirectories(grown);
        Files.createDirectories(target.inputs());
        List<String> command = jazzer(jvmOptions);
        command.addAll(arguments);
        startNs = System.nanoTime();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread end = new Thread(process::destroy);
        Runtime.getRuntime().addShutdownHook(end);
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                var copy = Files.newBufferedWriter(log, StandardCharsets.UTF_8)) {
            String line;
            while ((line = out.readLine()) != null) {
                copy.write(line);
                copy.newLine();
                read(line);
            }
        } finally {
            process.destroy();
            Runtime.getRuntime().removeShutdownHook(end);
            exitCode = process.waitFor();
            tookNs = System.nanoTime() - startNs;
        }
    }

    private void read(String line) {
        Matcher status = STATUS.matcher(line);
        Matcher done = DONE.matcher(line);
        Matcher artifact = ARTIFACT.matcher(line);
        if (status.matches()) {
            executions = Long.parseLong(status.group(1));
            edges = Integer.parseInt(status.group(2));
            features = Integer.parseInt(status.group(3));
            inputs = Integer.parseInt(status.group(4));
        } else if (done.matches()) {
            executions = Long.parseLong(done.group(1));
        } else if (artifact.matches()) {
            findings.add(Path.of(artifact.group(1)));
        }
    }
}
