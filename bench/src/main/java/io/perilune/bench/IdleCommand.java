package io.perilune.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench idle}. */
@Command(
        name = "idle",
        sortOptions = false,
        description =
                "Many connections on which nothing happens: what a server at rest costs, and how long the first message"
                        + " after a rest takes, there and back.")
final class IdleCommand implements Callable<Integer> {

    private static final int CONNECTIONS_MAX = 20_000;
    private static final int SECONDS_MAX = 600;
    private static final int MESSAGES = 200;
    private static final int LIMIT_S = 120;
    private static final String PORT = "7000";
    private static final double PERCENT = 100;
    private static final double MICROSECOND_NS = 1e3;
    private static final String ROW = "  %-32s %12s %12s %14s %14s%n";

    @Spec
    private CommandLine.Model.CommandSpec spec;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "10000",
            description = "how many (default: ${DEFAULT-VALUE})")
    private int connections;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "10",
            description = "how long the rest is measured, in seconds (default: ${DEFAULT-VALUE})")
    private int seconds;

    /** Made by picocli's user. */
    IdleCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (connections < 1 || connections > CONNECTIONS_MAX) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--connections takes a number from 1 to " + CONNECTIONS_MAX + ", not " + connections);
        }
        if (seconds < 1 || seconds > SECONDS_MAX) {
            throw new ParameterException(
                    spec.commandLine(), "--seconds takes a number from 1 to " + SECONDS_MAX + ", not " + seconds);
        }
        List<Map<Metric, Double>> measured = new ArrayList<>();
        List<String> titles = new ArrayList<>();
        try (Testbed testbed = new Testbed(Bench.jar())) {
            Map<String, String> polls = new LinkedHashMap<>();
            polls.put("kernel, loopback", null);
            polls.put("Perilune, memif, poll=adaptive", "adaptive");
            polls.put("Perilune, memif, poll=sleep", "sleep");
            polls.put("Perilune, memif, poll=spin", "spin");
            for (Map.Entry<String, String> poll : polls.entrySet()) {
                System.out.println("measuring: " + poll.getKey());
                titles.add(poll.getKey());
                measured.add(run(testbed, poll.getValue()));
            }
        }
        System.out.printf(
                "%,d connections at rest for %d s, then a message of 64 bytes on one of them every 5 to 25 ms%n",
                connections, seconds);
        System.out.printf(ROW, "", "server, %", "client, %", "first p50 us", "first p99 us");
        for (int i = 0; i < titles.size(); i++) {
            Map<Metric, Double> row = measured.get(i);
            System.out.printf(
                    ROW,
                    titles.get(i),
                    number("%.2f", row.get(Metric.SERVER_CPU)),
                    number("%.2f", row.get(Metric.CLIENT_CPU)),
                    number("%.1f", row.get(Metric.P50) / MICROSECOND_NS),
                    number("%.1f", row.get(Metric.P99) / MICROSECOND_NS));
        }
        System.out.println("server, client: how much of one core their whole processes use at rest");
        return CommandLine.ExitCode.OK;
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    /** Runs one pair, over Perilune with this way to wait, or over the kernel if there is none. */
    private Map<Metric, Double> run(Testbed testbed, String poll) throws IOException, InterruptedException {
        String address = poll == null ? "127.0.0.1" : "198.18.1.1";
        List<String> server = List.of(address, PORT, "select", "echo", "64", "" + connections);
        List<String> client = List.of(address, PORT, "" + connections, "" + seconds, "" + MESSAGES);
        try (Child serving =
                testbed.start(PairRun.SERVER_CORE, NioServer.class, server, settings(testbed, poll, "server", 1))) {
            serving.awaitLine(SessionServer.READY, LIMIT_S);
            try (Child asking = testbed.start(
                    PairRun.SERVER_CORE + 1, IdleClient.class, client, settings(testbed, poll, "client", 2))) {
                asking.awaitLine(IdleClient.RESTING, LIMIT_S);
                long startNs = System.nanoTime();
                double servingBefore = serving.cpuNs();
                double askingBefore = asking.cpuNs();
                asking.awaitLine(IdleClient.RESTED, LIMIT_S + seconds);
                double elapsedNs = System.nanoTime() - startNs;
                Map<Metric, Double> measured = new HashMap<>();
                measured.put(Metric.SERVER_CPU, (serving.cpuNs() - servingBefore) / elapsedNs * PERCENT);
                measured.put(Metric.CLIENT_CPU, (asking.cpuNs() - askingBefore) / elapsedNs * PERCENT);
                asking.awaitEnd(LIMIT_S);
                String line = asking.lastLine(MessageClient.LINE)
                        .orElseThrow(() -> new IOException("the client printed no result but:\n" + asking.output()));
                for (String word : line.split(" ", -1)) {
                    String[] pair = word.split("=", -1);
                    measured.put(pair[0].equals("p50") ? Metric.P50 : Metric.P99, Double.parseDouble(pair[1]));
                }
                return measured;
            }
        }
    }

    private Map<String, String> settings(Testbed testbed, String poll, String role, int host) {
        if (poll == null) {
            return Map.of();
        }
        return Map.of(
                "required",
                "true",
                "poll",
                poll,
                "memory",
                "256m",
                "link",
                "memif:" + testbed.file("memif") + "," + role,
                "address",
                "198.18.1." + host + "/24");
    }
}
