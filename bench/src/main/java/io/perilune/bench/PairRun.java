package io.perilune.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One server and one client, each in a JVM of its own on a core of its own. */
final class PairRun {

    /** The server's core; the client's is the next. */
    static final int SERVER_CORE = 0;

    private static final int CLIENT_CORE = 1;
    private static final int START_LIMIT_S = 30;
    private static final String PORT = "7000";
    private static final int BITS = 8;
    private static final double SECOND_NS = 1e9;

    private final Testbed testbed;
    private final Client client;
    private final Map<String, String> settings;
    private final int warmUp;
    private final int seconds;

    /**
     * Prepares runs.
     *
     * @param client the program of the clients on Perilune; those on the kernel are {@link MessageClient}
     * @param settings further ones of Perilune's, for both sides
     * @param warmUp how many seconds each goes on before it is measured
     * @param seconds how many seconds each is measured
     */
    PairRun(Testbed testbed, Client client, Map<String, String> settings, int warmUp, int seconds) {
        this.testbed = testbed;
        this.client = client;
        this.settings = settings;
        this.warmUp = warmUp;
        this.seconds = seconds;
    }

    /** Runs a pair. Returns what it measured, and the client's other words KEY=VALUE in {@code told}. */
    Map<Metric, Double> run(Stack stack, Shape shape, Map<String, String> told)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(
                stack.isPerilune() ? "198.18.1.1" : "127.0.0.1",
                PORT,
                stack.waiting().label(),
                shape.service().label(),
                "" + shape.length(),
                "" + shape.connections()));
        try (Child server = testbed.start(SERVER_CORE, stack.server(), arguments, settings(stack, "server", 1))) {
            server.awaitLine(SessionServer.READY, START_LIMIT_S);
            arguments.add("" + warmUp);
            arguments.add("" + seconds);
            Class<?> program = stack.isPerilune() ? client.program() : MessageClient.class;
            try (Child asking = testbed.start(CLIENT_CORE, program, arguments, settings(stack, "client", 2))) {
                asking.awaitEnd(START_LIMIT_S + warmUp + seconds);
                server.awaitEnd(START_LIMIT_S);
                return measured(shape, asking, server, told);
            }
        }
    }

    private Map<String, String> settings(Stack stack, String role, int host) {
        if (!stack.isPerilune()) {
            return Map.of();
        }
        Map<String, String> all = new HashMap<>(settings);
        all.put("required", "true");
        all.put("link", "memif:" + testbed.file("memif") + "," + role);
        all.put("address", "198.18.1." + host + "/24");
        return all;
    }

    private static Map<Metric, Double> measured(Shape shape, Child client, Child server, Map<String, String> told)
            throws IOException {
        String line = client.lastLine(MessageClient.LINE)
                .orElseThrow(() -> new IOException("the client printed no result but:\n" + client.output()));
        for (String word : line.split(" ", -1)) {
            int equals = word.indexOf('=');
            told.put(word.substring(0, equals), word.substring(equals + 1));
        }
        double allocated = Double.parseDouble(server.lastLine(Meter.LINE)
                .orElseThrow(() -> new IOException("the server printed no result but:\n" + server.output())));
        double count = Double.parseDouble(told.get("count"));
        double perSecond = count / Double.parseDouble(told.get("ns")) * SECOND_NS;
        Map<Metric, Double> measured = new EnumMap<>(Metric.class);
        measured.put(Metric.PER_SECOND, perSecond);
        measured.put(Metric.GBPS, perSecond * shape.length() * BITS / SECOND_NS);
        measured.put(Metric.P50, Double.parseDouble(told.get("p50")));
        measured.put(Metric.P99, Double.parseDouble(told.get("p99")));
        measured.put(Metric.P99_9, Double.parseDouble(told.get("p99.9")));
        measured.put(Metric.SERVER_ALLOCATED, allocated / count);
        measured.put(Metric.CLIENT_ALLOCATED, Double.parseDouble(told.get("allocated")) / count);
        return measured;
    }
}
