package io.perilune.compat.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** Sockets to test, which are closed after each test, and threads beside it, bounded in time. */
abstract class SocketContract {

    static final int PATIENCE_S = 20;

    private final List<AutoCloseable> opened = new ArrayList<>();

    /** Without the agent where it should be, the JDK would be compared with itself. */
    @BeforeAll
    static void itIsTheStackThatIsTested() throws IOException {
        boolean expected = Boolean.getBoolean("test.agent");
        assertThat(System.getProperty("io.perilune.agent", "").startsWith("captured"))
                .isEqualTo(expected);
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(inKernelsTable(server.getLocalPort())).isNotEqualTo(expected);
        }
    }

    /** Whether the kernel listens on a port (proc(5), /proc/net/tcp: number, local, remote, state...). */
    private static boolean inKernelsTable(int port) throws IOException {
        Pattern listening = Pattern.compile(String.format(Locale.ROOT, "\\s*\\d+: \\w+:%04X \\w+:0000 0A .*", port));
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            if (Files.readString(Path.of(table))
                    .lines()
                    .anyMatch(line -> listening.matcher(line).matches())) {
                return true;
            }
        }
        return false;
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    final <T extends AutoCloseable> T closedLater(T one) {
        opened.add(one);
        return one;
    }

    /** Returns a server on a loopback address. */
    final ServerSocket listen() throws IOException {
        return closedLater(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    }

    static InetSocketAddress addressOf(ServerSocket server) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
    }

    /** A connection: the side that connected, and the one that was accepted. */
    record Pair(Socket client, Socket server) {}

    final Pair connect() throws IOException {
        ServerSocket listening = listen();
        Socket client = closedLater(new Socket());
        client.connect(addressOf(listening));
        return new Pair(client, closedLater(listening.accept()));
    }

    /** Runs something on another thread. */
    static <T> FutureTask<T> beside(Callable<T> task) {
        FutureTask<T> running = new FutureTask<>(task);
        Thread thread = new Thread(running, "beside a test");
        thread.setDaemon(true);
        thread.start();
        return running;
    }

    static <T> T resultOf(FutureTask<T> running) throws Exception {
        return running.get(PATIENCE_S, TimeUnit.SECONDS);
    }

    /** Waits until some thread is inside a method of that name, called by a test's: it is about to block there. */
    static void awaitThreadIn(String method) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (System.nanoTime() < endNs) {
            for (var stack : Thread.getAllStackTraces().entrySet()) {
                Thread.State state = stack.getKey().getState();
                boolean still = state != Thread.State.NEW && state != Thread.State.TERMINATED;
                if (still && stack.getKey().getName().equals("beside a test") && isIn(stack.getValue(), method)) {
                    return;
                }
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("no thread came to be in " + method);
    }

    private static boolean isIn(StackTraceElement[] stack, String method) {
        for (StackTraceElement element : stack) {
            if (element.getMethodName().equals(method) && element.getClassName().startsWith("java.net.")) {
                return true;
            }
        }
        return false;
    }

    static byte[] randomBytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
