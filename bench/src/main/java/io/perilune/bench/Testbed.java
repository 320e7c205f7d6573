package io.perilune.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A network namespace with its loopback up, a folder for sockets, and the JVMs that run in both. All is removed by
 * closing, or when this JVM ends, by a signal too. One thread.
 */
final class Testbed implements AutoCloseable {

    private static final long COMMAND_LIMIT_S = 30;

    private final String namespace = "perilune-bench-" + ProcessHandle.current().pid();
    private final Path folder;
    private final String jar;
    private final Thread hook = new Thread(this::remove, "remove-testbed");
    private final List<Child> children = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean closing;

    /** Makes it, for JVMs over the Perilune in this jar. */
    Testbed(String jar) throws IOException, InterruptedException {
        this.jar = jar;
        folder = Files.createTempDirectory("perilune-bench");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            command("ip", "netns", "add", namespace);
            command("ip", "-n", namespace, "link", "set", "lo", "up");
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Returns a file in the folder. */
    Path file(String name) {
        return folder.resolve(name);
    }

    /** Returns whether all is being removed because this JVM ends. */
    boolean isClosing() {
        return closing;
    }

    /** Runs a command in the namespace and returns what it prints. */
    String inside(String... words) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        Collections.addAll(all, words);
        return command(all.toArray(String[]::new));
    }

    /**
     * Starts a program of this bench in a JVM on one core.
     *
     * @param settings of Perilune; none: the kernel's stack
     */
    Child start(int core, Class<?> program, List<String> arguments, Map<String, String> settings) throws IOException {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace, "taskset", "-c", "" + core));
        Collections.addAll(
                all, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        Collections.addAll(all, "-Xms256m", "-Xmx256m", "-XX:+UseSerialGC");
        if (!settings.isEmpty()) {
            all.add("-javaagent:" + jar);
        }
        Collections.addAll(all, "-cp", System.getProperty("java.class.path"), program.getName());
        all.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(all);
        settings.forEach((key, value) -> builder.environment().put(variable(key), value));
        return child(program.getSimpleName(), builder);
    }

    private static String variable(String setting) {
        return "PERILUNE_" + setting.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private Child child(String name, ProcessBuilder builder) throws IOException {
        // One lock with the removal, so that no child is started behind it.
        synchronized (children) {
            if (closing) {
                throw new IOException("interrupted");
            }
            children.removeIf(Child::isOver);
            Child child = new Child(name, builder);
            children.add(child);
            return child;
        }
    }

    private static String command(String... words) throws IOException, InterruptedException {
        try (Child child = new Child(String.join(" ", words), new ProcessBuilder(words))) {
            child.awaitEnd(COMMAND_LIMIT_S);
            return child.output();
        }
    }

    @Override
    public void close() {
        if (closing) {
            return; // the hook runs
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // the hook is about to
        }
        remove();
    }

    private void remove() {
        synchronized (children) {
            closing = true;
            children.forEach(Child::close);
        }
        try {
            if (command("ip", "netns", "list").lines().anyMatch(line -> (line + " ").startsWith(namespace + " "))) {
                command("ip", "netns", "del", namespace);
            }
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    Files.deleteIfExists(file);
                }
            }
            Files.delete(folder);
        } catch (IOException | InterruptedException e) {
            System.err.println("bench: " + namespace + " or " + folder + " stays: " + e.getMessage());
        }
    }
}
