package io.perilune.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process that was started; what it prints is kept, and each wait is bounded. */
final class Child implements AutoCloseable {

    private final String name;
    private final Process process;
    private final Thread reader;
    private final List<String> lines = new ArrayList<>();
    private boolean ended;

    /** Starts it; its standard input stays open as long as this JVM lives. */
    Child(String name, ProcessBuilder builder) throws IOException {
        this.name = name;
        process = builder.redirectErrorStream(true).start();
        reader = new Thread(this::read, "output of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader input =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                add(line, false);
            }
            add("", true);
        } catch (IOException e) {
            add("its output was lost: " + e, true);
        }
    }

    private synchronized void add(String line, boolean last) {
        if (!line.isEmpty()) {
            lines.add(line);
        }
        ended = last;
        notifyAll();
    }

    /** Waits until it prints a line that begins so. */
    synchronized void awaitLine(String beginning, long seconds) throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (lastLine(beginning).isEmpty()) {
            long leftNs = deadlineNs - System.nanoTime();
            if (ended || leftNs <= 0) {
                throw failure("did not print '" + beginning + "' in " + seconds + " s");
            }
            TimeUnit.NANOSECONDS.timedWait(this, leftNs);
        }
    }

    /** Waits for its end, which must be a good one. */
    void awaitEnd(long seconds) throws IOException, InterruptedException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            throw failure("did not end in " + seconds + " s");
        }
        reader.join();
        if (process.exitValue() != 0) {
            throw failure("ended with " + process.exitValue());
        }
    }

    /** Returns what it printed behind this beginning of a line, in the last of these. */
    synchronized Optional<String> lastLine(String beginning) {
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (lines.get(i).startsWith(beginning)) {
                return Optional.of(lines.get(i).substring(beginning.length()));
            }
        }
        return Optional.empty();
    }

    /** Returns whether it has ended. */
    boolean isOver() {
        return !process.isAlive();
    }

    /** Returns how much time of cores it and what it started have used, in nanoseconds; the kernel counts it in ticks. */
    double cpuNs() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .mapToLong(each ->
                        each.info().totalCpuDuration().orElse(Duration.ZERO).toNanos())
                .sum();
    }

    /** Returns all that it printed. */
    synchronized String output() {
        return String.join("\n", lines);
    }

    private IOException failure(String what) {
        return new IOException(name + " " + what + ", but printed:\n" + output());
    }

    /** Kills it if it still runs, and waits until it is gone. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
