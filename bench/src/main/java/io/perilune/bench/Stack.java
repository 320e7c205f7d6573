package io.perilune.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What is compared: a server, and what it and its client run on. */
enum Stack {
    /** The kernel, as nearly each program uses it. */
    KERNEL("kernel", "kernel, java.nio, select()", NioServer.class, Waiting.SELECT, false),
    /** The kernel, by programs that never sleep. */
    KERNEL_SPIN("kernel-spin", "kernel, java.nio, selectNow() in a loop", NioServer.class, Waiting.SPIN, false),
    /** Perilune under the same programs. */
    PERILUNE("perilune", "Perilune, java.nio, select()", NioServer.class, Waiting.SELECT, true),
    /** Perilune's channels, without a copy in the server. */
    ZERO_COPY(
            "perilune-zero-copy", "Perilune, zero-copy channels, select()", ZeroCopyServer.class, Waiting.SELECT, true),
    /** Perilune's streams: handlers inside packet processing. */
    INLINE("perilune-inline", "Perilune, inline handlers", InlineServer.class, Waiting.SELECT, true),

    /** One thread that accepts, and four with a selector each. */
    KERNEL_WORKERS("kernel-workers", "kernel, a boss and 4 workers", WorkersServer.class, Waiting.SELECT, false),
    /** The same program. */
    PERILUNE_WORKERS("perilune-workers", "Perilune, a boss and 4 workers", WorkersServer.class, Waiting.SELECT, true),
    /** A thread for each connection, which blocks. */
    KERNEL_THREADS("kernel-threads", "kernel, a thread each", ThreadsServer.class, Waiting.SELECT, false),
    /** The same program. */
    PERILUNE_THREADS("perilune-threads", "Perilune, a thread each", ThreadsServer.class, Waiting.SELECT, true),
    /** A virtual thread for each connection. */
    KERNEL_VIRTUAL(
            "kernel-virtual", "kernel, a virtual thread each", ThreadsServer.Virtual.class, Waiting.SELECT, false),
    /** The same program. */
    PERILUNE_VIRTUAL(
            "perilune-virtual", "Perilune, a virtual thread each", ThreadsServer.Virtual.class, Waiting.SELECT, true);

    /** The interfaces by which a program in one thread can be written. */
    static final List<Stack> INTERFACES = List.of(KERNEL, KERNEL_SPIN, PERILUNE, ZERO_COPY, INLINE);
    /** The ways in which programs of {@code java.nio} use threads, each on both. */
    static final List<Stack> THREADS = List.of(
            KERNEL,
            PERILUNE,
            KERNEL_WORKERS,
            PERILUNE_WORKERS,
            KERNEL_THREADS,
            PERILUNE_THREADS,
            KERNEL_VIRTUAL,
            PERILUNE_VIRTUAL);

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

    /** Returns the names of some. */
    static List<String> labels(List<Stack> stacks) {
        return stacks.stream().map(Stack::label).collect(Collectors.toList());
    }

    /** Returns whether this JDK can run it. */
    boolean isPossible() {
        return server != ThreadsServer.Virtual.class || ThreadsServer.hasVirtualThreads();
    }

    /** Returns the same program on the kernel, or {@link #KERNEL} where there is none. */
    Stack onKernel() {
        return Arrays.stream(values())
                .filter(stack -> !stack.perilune && stack.server == server && stack.waiting == waiting)
                .findFirst()
                .orElse(KERNEL);
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
