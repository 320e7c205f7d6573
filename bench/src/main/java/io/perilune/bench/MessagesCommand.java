package io.perilune.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares stacks in answering messages: what {@code echo} and {@code blocks} have in common. */
abstract class MessagesCommand implements Callable<Integer> {

    private static final int LENGTH_MAX = 64 << 10;
    private static final int CONNECTIONS_MAX = 1000;
    private static final int SECONDS_MAX = 3600;
    private static final int ROUNDS_MAX = 1000;
    private static final double START_S = 2.5;

    private final Service service;

    @Spec
    private CommandLine.Model.CommandSpec spec;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "2",
            description = "how long each run is measured, in seconds (default: ${DEFAULT-VALUE})")
    private int seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "10",
            description = "how long each run goes on before that, in seconds: JVMs compile meanwhile, on the same core"
                    + " (default: ${DEFAULT-VALUE})")
    private int warmUp;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "3",
            description = "how many runs of each stack, in turns; medians are printed (default: ${DEFAULT-VALUE})")
    private int rounds;

    @Option(
            names = "--connections",
            paramLabel = "N[,N...]",
            split = ",",
            hideParamSyntax = true,
            defaultValue = "1,16",
            description = "how many, each with one request outstanding (default: ${DEFAULT-VALUE})")
    private List<Integer> connections;

    @Option(
            names = "--client",
            paramLabel = "CLIENT",
            converter = Client.Converter.class,
            defaultValue = "nio",
            description =
                    "what asks Perilune's servers: ${COMPLETION-CANDIDATES}; the kernel's are always asked by java.nio"
                            + " (default: ${DEFAULT-VALUE})")
    private Client client;

    @Option(
            names = {"-o", "--option"},
            paramLabel = "KEY=VALUE",
            description = "a setting of Perilune, for its server and its client, as poll=spin")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--json", paramLabel = "FILE", description = "a file for the results, one JSON object a line")
    private Path json;

    MessagesCommand(Service service) {
        this.service = service;
    }

    /** Returns how long the answers are to be, in bytes. */
    abstract List<Integer> lengths();

    /** Returns what is to be compared. */
    abstract List<Stack> stacks();

    /** Returns the report of what was measured. */
    abstract Report report(Results results);

    @Override
    public final Integer call() throws IOException, InterruptedException {
        check("--seconds", seconds, 1, SECONDS_MAX);
        check("--warm-up", warmUp, 1, SECONDS_MAX);
        check("--rounds", rounds, 1, ROUNDS_MAX);
        connections.forEach(count -> check("--connections", count, 1, CONNECTIONS_MAX));
        lengths().forEach(length -> check("--sizes", length, Long.BYTES, LENGTH_MAX));
        if (Runtime.getRuntime().availableProcessors() < 2) {
            throw new IOException("two cores are needed, one for the server and one for the client");
        }
        // Opened first: a name that cannot be written is told before an hour is measured.
        if (json != null) {
            Files.write(json, List.of());
        }
        Set<Stack> chosen = EnumSet.copyOf(stacks());
        List<Shape> shapes = new ArrayList<>();
        for (int count : connections) {
            lengths().forEach(length -> shapes.add(new Shape(service, length, count)));
        }
        Results results = new Results();
        try (Testbed testbed = new Testbed(Bench.jar())) {
            try {
                measure(testbed, chosen, shapes, results);
            } catch (IOException e) {
                if (testbed.isClosing()) {
                    // The JVM ends by a signal; that its programs were killed is no failure.
                    return CommandLine.ExitCode.SOFTWARE;
                }
                throw e;
            }
        }
        Report report = report(results);
        report.table().forEach(System.out::println);
        if (json != null) {
            Files.write(json, report.json());
        }
        return CommandLine.ExitCode.OK;
    }

    private void check(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new ParameterException(
                    spec.commandLine(), option + " takes a number from " + least + " to " + most + ", not " + value);
        }
    }

    private void measure(Testbed testbed, Set<Stack> chosen, List<Shape> shapes, Results results)
            throws IOException, InterruptedException {
        Conditions.before(testbed, chosen, client, settings).forEach(System.out::println);
        int runs = rounds * shapes.size() * chosen.size();
        System.out.printf(
                Locale.ROOT,
                "%d runs of %d s, some %.0f s in all%n",
                runs,
                seconds,
                runs * (warmUp + seconds + START_S));
        PairRun pair = new PairRun(testbed, client, settings, warmUp, seconds);
        Map<Stack, Map<String, String>> told = new EnumMap<>(Stack.class);
        int run = 0;
        for (Shape shape : shapes) {
            for (int round = 1; round <= rounds; round++) {
                for (Stack stack : chosen) {
                    Map<String, String> words = told.computeIfAbsent(stack, key -> new HashMap<>());
                    Map<Metric, Double> measured = pair.run(stack, shape, words);
                    results.add(shape, stack, measured);
                    System.out.printf(
                            Locale.ROOT,
                            "%d of %d: %s %s round %d %s: %.0f a second, p50 %.1f us, p99 %.1f us%n",
                            ++run,
                            runs,
                            service.label(),
                            shape.label(),
                            round,
                            stack.label(),
                            measured.get(Metric.PER_SECOND),
                            measured.get(Metric.P50) / 1000,
                            measured.get(Metric.P99) / 1000);
                }
            }
        }
        System.out.println("socket buffers at the end, send and receive, in bytes: "
                + told.entrySet().stream()
                        .map(entry ->
                                entry.getKey().label() + " " + entry.getValue().get("sndbuf") + " and "
                                        + entry.getValue().get("rcvbuf"))
                        .collect(Collectors.joining(", ")));
    }
}
