package io.perilune.compat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A running process. All it prints is collected; every wait is bounded, and a failed one tells what was printed. */
final class Program implements AutoCloseable {

    private static final long LINE_LIMIT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long END_LIMIT_S = 150;
    private static final int ENDED_BY_SIGTERM = 128 + 15;

    private final String name;
    private final Process process;
    private final Thread reader;
    private final List<String> lines = new ArrayList<>();

    /** Starts it. */
    Program(ProcessBuilder builder) throws IOException {
        name = shown(builder.command());
        process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        reader = new Thread(this::read, "output of " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** Returns a command without its class path, of which a reader of a failure would see nothing else. */
    private static String shown(List<String> command) {
        List<String> words = new ArrayList<>(command);
        int classPath = words.indexOf("-cp");
        if (classPath >= 0) {
            words.set(classPath + 1, "...");
        }
        return String.join(" ", words);
    }

    private void read() {
        try (BufferedReader input =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
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

    /** Waits until it prints a line that begins so, and returns itself. */
    Program awaitLine(String beginning) throws InterruptedException {
        return await(line -> line.startsWith(beginning), beginning);
    }

    /** Waits until it prints a line with this text, and returns itself. */
    Program awaitText(String text) throws InterruptedException {
        return await(line -> line.contains(text), text);
    }

    private synchronized Program await(Predicate<String> wanted, String words) throws InterruptedException {
        long deadlineNs = System.nanoTime() + LINE_LIMIT_NS;
        while (lines.stream().noneMatch(wanted)) {
            if (deadlineNs - System.nanoTime() <= 0 || !reader.isAlive()) {
                throw failure("printed no line \"" + words + "\"");
            }
            wait(100);
        }
        return this;
    }

    /** Waits for its end, which must be a success, and returns what it printed. */
    String awaitSuccess() throws InterruptedException {
        int code = awaitEnd();
        if (code != 0) {
            throw failure("ended with " + code);
        }
        return output();
    }

    /** Waits for its end and returns the exit code. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(END_LIMIT_S, TimeUnit.SECONDS)) {
            AssertionError failure = failure("did not end");
            close();
            throw failure;
        }
        reader.join();
        if (output().contains("WARNING in native method") || output().contains("FATAL ERROR in native method")) {
            throw failure("broke a rule of JNI");
        }
        return process.exitValue();
    }

    /** Asks it to end as an operator does, by SIGTERM, and waits for the orderly end. */
    String terminate() throws InterruptedException {
        process.destroy();
        int code = awaitEnd();
        if (code != ENDED_BY_SIGTERM) {
            throw failure("ended with " + code + " at SIGTERM");
        }
        return output();
    }

    /** Returns its process id. */
    long pid() {
        return process.pid();
    }

    synchronized String output() {
        return String.join("\n", lines);
    }

    private AssertionError failure(String what) {
        return new AssertionError(name + "\n" + what + ", but printed:\n" + output());
    }

    /** Kills it and what it started, if they still run. */
    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }
}
