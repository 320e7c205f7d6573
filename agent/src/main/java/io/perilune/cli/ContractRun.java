package io.perilune.cli;

import io.perilune.doctor.Finding;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs the contracts of the channels in JVMs of their own and says what became of them. */
final class ContractRun {

    private static final long LIMIT_S = 240;
    private static final int FEATURE_OF_NATIVE_ACCESS = 22;

    private final TestJar jar;
    private final Path details;
    private final PrintWriter out;

    /**
     * Makes one.
     *
     * @param jar the tests
     * @param details a file to which everything goes that the JVMs print
     * @param out where failures are told when they happen
     */
    ContractRun(TestJar jar, Path details, PrintWriter out) {
        this.jar = jar;
        this.details = details;
        this.out = out;
    }

    /**
     * Runs them once in each of the worlds.
     *
     * @param check the name of what is tried
     * @param overLink whether frames must go over a link
     * @param prefix what to put before the command
     * @param options for the JVM
     * @param worlds as the tests name them
     */
    Finding run(String check, boolean overLink, List<String> prefix, List<String> options, String... worlds)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command(prefix, options, worlds));
        // The tests have settings of their own, and an agent for all JVMs would put a second stack under them.
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("PERILUNE_"));
        environment.keySet().removeAll(List.of(JavaToolOptions.VARIABLE, "JDK_JAVA_OPTIONS"));
        builder.redirectError(ProcessBuilder.Redirect.appendTo(details.toFile()));
        long startNs = System.nanoTime();
        Process process = builder.start();
        Thread end = new Thread(process::destroyForcibly, "end of the tests");
        Runtime.getRuntime().addShutdownHook(end);
        process.getOutputStream().close();
        CompletableFuture<Void> limit = CompletableFuture.runAsync(
                process::destroyForcibly, CompletableFuture.delayedExecutor(LIMIT_S, TimeUnit.SECONDS));
        TestResults results = new TestResults(out);
        try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                PrintWriter log = new PrintWriter(Files.newBufferedWriter(details, StandardOpenOption.APPEND))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                log.println(line);
                results.add(line);
            }
        }
        int code = process.waitFor();
        limit.cancel(false);
        Runtime.getRuntime().removeShutdownHook(end);
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs);
        return results.finding(check, overLink, code, seconds, details);
    }

    private List<String> command(List<String> prefix, List<String> options, String... worlds) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        Collections.addAll(
                command, System.getProperty("java.home") + "/bin/java", "-ea", "-Xmx512m", "-XX:+UseSerialGC");
        if (Runtime.version().feature() >= FEATURE_OF_NATIVE_ACCESS) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(options);
        Collections.addAll(
                command, "-cp", OwnJar.path() + File.pathSeparator + jar.file(), "io.perilune.selftest.SelfTest");
        Collections.addAll(command, worlds);
        return command;
    }
}
