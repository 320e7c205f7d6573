package io.perilune.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What is compared: a server, and what it and its client run on. The client is always {@link MessageClient}. */
enum Stack {
    /** The kernel, as nearly each program uses it. */
    KERNEL("kernel", "kernel, java.nio, select()", NioServer.class, Waiting.SELECT, false),
    /** The kernel, by programs that never sleep. */
    KERNEL_SPIN("kernel-spin", "kernel, java.nio, selectNow() in a loop", NioServer.class, Waiting.SPIN, false),
    /** Perilune under the same programs. */
    PERILUNE("perilune", "Perilune, java.nio, select()", NioServer.class, Waiting.SELECT, true),
    /** Perilune's channels, without a copy in the server. */
    ZERO_COPY(
            "perilune-zero-copy", "Perilune, zero-copy channels, select()", ZeroCopyServer.class, Waiting.SELECT, true);

    private final String label;
    private final String title;
    private final Class<?> server;
    private final Waiting waiting;
    private final boolean perilune;

    Stack(String label, String title, Class<?> server, Waiting waiting, boolean perilune) {
        this.label = label;
        this.title = title;
        this.server = server;
        this.waiting = waiting;
        this.perilune = perilune;
    }

    /** Returns the one of that name. */
    static Stack of(String label) {
        return Arrays.stream(values())
                .filter(stack -> stack.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no stack '" + label + "'"));
    }

    /** Returns the names of all. */
    static List<String> labels() {
        return Arrays.stream(values()).map(Stack::label).collect(Collectors.toList());
    }

    /** Returns its name on the command line and in JSON. */
    String label() {
        return label;
    }

    /** Returns its name in tables. */
    String title() {
        return title;
    }

    /** Returns its server's program. */
    Class<?> server() {
        return server;
    }

    /** Returns how both programs wait. */
    Waiting waiting() {
        return waiting;
    }

    /** Returns whether it is Perilune, over memif; else it is the kernel, over its loopback. */
    boolean isPerilune() {
        return perilune;
    }

    /** Returns its link's name in JSON. */
    String link() {
        return perilune ? "memif" : "loopback";
    }
}
