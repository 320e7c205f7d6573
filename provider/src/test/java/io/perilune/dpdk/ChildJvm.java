package io.perilune.dpdk;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A further JVM of the kind that runs the tests, for what one process cannot show: two ends of a link, a network
 * namespace of its own, a violent death. Everything it prints is collected.
 */
final class ChildJvm implements AutoCloseable {

    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;

    private ChildJvm(List<String> command) throws IOException {
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        reader = new Thread(this::read, "output of child " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a class's main method. */
    static ChildJvm start(Class<?> main, String... arguments) throws IOException {
        return new ChildJvm(javaCommand(main, arguments));
    }

    /** Starts a class's main method in a network namespace that vanishes with it, after a shell command there. */
    static ChildJvm startInNamespace(String preparation, Class<?> main, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("unshare", "--net", "sh", "-c", preparation + " && exec \"$@\"", "sh"));
        command.addAll(javaCommand(main, arguments));
        return new ChildJvm(command);
    }

    private static List<String> javaCommand(Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-ea",
                "-Xcheck:jni",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        if (Runtime.version().feature() >= 22) {
            command.add(1, "--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of(arguments));
        return command;
    }

    private void read() {
        try (BufferedReader input =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while ((line = input.readLine()) != null) {
                add(line);
            }
        } catch (IOException e) {
            add("output lost: " + e);
        }
    }

    private synchronized void add(String line) {
        lines.add(line);
        notifyAll();
    }

    /** Waits until a line is printed that begins so, and returns it. */
    synchronized String awaitLine(String beginning) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        Predicate<String> wanted = line -> line.startsWith(beginning);
        while (lines.stream().noneMatch(wanted)) {
            long leftNs = deadlineNs - System.nanoTime();
            if (leftNs <= 0 || (!process.isAlive() && !reader.isAlive())) {
                throw new AssertionError("no line \"" + beginning + "\" but:\n" + String.join("\n", lines));
            }
            wait(Math.min(100, TimeUnit.NANOSECONDS.toMillis(leftNs) + 1));
        }
        return lines.stream().filter(wanted).reduce((first, last) -> last).orElseThrow();
    }

    /** Forgets what was printed so far. */
    synchronized void forgetLines() {
        lines.clear();
    }

    /** Waits for the end, which must be orderly and without a word of JNI's checks, and returns what was printed. */
    String awaitSuccess() throws InterruptedException {
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            close();
            throw new AssertionError("child did not end:\n" + output());
        }
        reader.join();
        if (process.exitValue() != 0 || output().contains("WARNING in native method")) {
            throw new AssertionError("child ended with " + process.exitValue() + ":\n" + output());
        }
        return output();
    }

    synchronized String output() {
        return String.join("\n", lines);
    }

    /** Kills it as SIGKILL does: no hook, no close. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
