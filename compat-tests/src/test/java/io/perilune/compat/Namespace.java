package io.perilune.compat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace with its loopback up, and the programs that run in it. Closing kills them and removes it; a test
 * JVM that ends before removes those it still has.
 */
final class Namespace implements AutoCloseable {

    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final Set<Namespace> LEFT = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> LEFT.forEach(Namespace::close), "namespaces"));
    }

    private final String name = "perilune-" + ProcessHandle.current().pid() + "-" + NEXT.getAndIncrement();
    private final List<Program> programs = new CopyOnWriteArrayList<>();

    /** Makes it. */
    Namespace() throws IOException, InterruptedException {
        run("ip", "netns", "add", name);
        LEFT.add(this);
        run("ip", "-n", name, "link", "set", "lo", "up");
    }

    /** Connects two by a veth pair, each end with its address and prefix length. */
    static void connect(Namespace one, String address, Namespace other, String otherAddress)
            throws IOException, InterruptedException {
        run("ip", "-n", one.name, "link", "add", "v0", "type", "veth", "peer", "name", "v0", "netns", other.name);
        run("ip", "-n", one.name, "addr", "add", address, "dev", "v0");
        run("ip", "-n", other.name, "addr", "add", otherAddress, "dev", "v0");
        run("ip", "-n", one.name, "link", "set", "v0", "up");
        run("ip", "-n", other.name, "link", "set", "v0", "up");
    }

    /** Connects many by a bridge in the hub: the first has address 1 of a network of 256, and so on. */
    static void connectByBridge(Namespace hub, List<Namespace> others, String network)
            throws IOException, InterruptedException {
        run("ip", "-n", hub.name, "link", "add", "bridge", "type", "bridge");
        run("ip", "-n", hub.name, "link", "set", "bridge", "up");
        for (int i = 0; i < others.size(); i++) {
            String other = others.get(i).name;
            String port = "v" + (i + 1);
            run("ip", "-n", hub.name, "link", "add", port, "type", "veth", "peer", "name", "v0", "netns", other);
            run("ip", "-n", hub.name, "link", "set", port, "master", "bridge", "up");
            run("ip", "-n", other, "addr", "add", network + (i + 1) + "/24", "dev", "v0");
            run("ip", "-n", other, "link", "set", "v0", "up");
        }
    }

    /** Gives its own loopback interface one more address. */
    void addAddress(String address) throws IOException, InterruptedException {
        run("ip", "-n", name, "addr", "add", address + "/32", "dev", "lo");
    }

    /** Starts a command in it. */
    Program start(List<String> command) throws IOException {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
        all.addAll(command);
        Program program = new Program(new ProcessBuilder(all));
        programs.add(program);
        return program;
    }

    @Override
    public void close() {
        programs.forEach(Program::close);
        try {
            run("ip", "netns", "del", name);
            LEFT.remove(this);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("namespace " + name + " stays", e);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        try (Program program = new Program(new ProcessBuilder(command))) {
            program.awaitSuccess();
        }
    }
}
