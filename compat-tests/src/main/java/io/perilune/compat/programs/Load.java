package io.perilune.compat.programs;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Asks a server for {@link Pages}, from several threads, until it is told to stop; the first wrong answer ends it. */
public final class Load implements Callable<Void> {

    private static final int THREADS = 6;
    private static final long LIMIT_NS = 60_000_000_000L;
    private static final int TOLD_EACH = 100;
    private static final int TIMEOUT_MS = 10_000;
    private static final int[] LENGTHS = {1, 700, 20_000, 200_000};

    private final Path stop;
    private final String[] servers;
    private final AtomicInteger answered;
    private final long startNs = System.nanoTime();

    private Load(Path stop, String[] servers, AtomicInteger answered) {
        this.stop = stop;
        this.servers = servers;
        this.answered = answered;
    }

    /** Runs it: FILE URL...; until the file is there, for a minute at most. Each URL is asked in turn. */
    public static void main(String[] arguments) throws Exception {
        AtomicInteger answered = new AtomicInteger();
        Load load = new Load(Path.of(arguments[0]), Arrays.copyOfRange(arguments, 1, arguments.length), answered);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            for (var end : threads.invokeAll(java.util.Collections.nCopies(THREADS, load))) {
                end.get();
            }
        } finally {
            threads.shutdown();
        }
        System.out.println("all " + answered + " answered");
    }

    @Override
    public Void call() throws IOException {
        for (int i = 0; !Files.exists(stop); i++) {
            if (System.nanoTime() - startNs > LIMIT_NS) {
                throw new IOException("nobody said stop");
            }
            fetch(servers[i % servers.length], LENGTHS[i % LENGTHS.length]);
            int sum = answered.incrementAndGet();
            if (sum % TOLD_EACH == 0) {
                System.out.println("answered " + sum);
            }
        }
        return null;
    }

    private static void fetch(String server, int length) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(server + "/" + length).toURL().openConnection();
        connection.setReadTimeout(TIMEOUT_MS);
        byte[] body;
        try (var in = connection.getInputStream()) {
            body = in.readAllBytes();
        }
        if (!Arrays.equals(body, Pages.page(length))) {
            throw new IOException("another page than that of " + length + " bytes");
        }
    }
}
