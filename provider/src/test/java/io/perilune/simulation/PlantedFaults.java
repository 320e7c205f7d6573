package io.perilune.simulation;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Asks whether the simulation would find a fault: plants single-line ones into copies of TCP's sources, one at a time,
 * and runs seeds over each until one is caught. Run in the module's folder; prints a table.
 */
final class PlantedFaults {

    private static final String LIST = "/planted-faults.tsv";
    private static final Path SOURCES = Path.of("src/main/java/io/perilune");
    private static final Pattern CAUGHT =
            Pattern.compile("FAILED after (\\d+) seeds: seed \\d+ at \\d+ ns: ([^:;\\[{\\n]*)");
    private static final long SECONDS_EACH = 300;

    private final long seeds;

    PlantedFaults(long seeds) {
        this.seeds = seeds;
    }

    /** A change to one place of one file. Spaces stand for any white space. */
    private record Fault(String name, String file, String original, String replacement) {

        static Fault of(String line) {
            String[] parts = line.split("\t", -1);
            if (parts.length != 4) {
                throw new IllegalArgumentException("not four parts: " + line);
            }
            return new Fault(parts[0], parts[1], parts[2], parts[3]);
        }

        /** Returns the file's text with the fault in it. */
        String plant(String text) {
            String pattern = Stream.of(original.split(" ")).map(Pattern::quote).collect(Collectors.joining("\\s+"));
            Matcher matcher = Pattern.compile(pattern).matcher(text);
            if (!matcher.find()) {
                throw new IllegalStateException(file + " has no '" + original + "' any more: " + LIST + " is old");
            }
            String planted = text.substring(0, matcher.start()) + replacement + text.substring(matcher.end());
            if (matcher.find()) {
                throw new IllegalStateException(file + " has '" + original + "' twice");
            }
            return planted;
        }
    }

    /** Reads the list of faults. */
    private static List<Fault> faults() throws IOException {
        try (InputStream in = PlantedFaults.class.getResourceAsStream(LIST);
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return reader.lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(Fault::of)
                    .toList();
        }
    }

    /** Plants each fault and prints what became of it; returns whether all were caught. */
    boolean run() throws IOException, InterruptedException {
        List<Fault> faults = faults();
        boolean all = true;
        System.out.println("| planted fault | seeds until caught | seen as |");
        System.out.println("| --- | --- | --- |");
        for (Fault fault : faults) {
            Path classes = Files.createTempDirectory("perilune-planted");
            try {
                compile(fault, classes);
                String seen = seek(classes);
                all &= seen != null;
                System.out.println(
                        "| " + fault.name + " | " + (seen == null ? "not caught in " + seeds + " | -" : seen) + " |");
            } finally {
                delete(classes);
            }
        }
        return all;
    }

    private static void compile(Fault fault, Path classes) throws IOException {
        Path original = SOURCES.resolve(fault.file);
        Path source = classes.resolve(original.getFileName());
        Files.writeString(source, fault.plant(Files.readString(original)));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("-nowarn", "-proc:none", "-d", classes.toString()));
        arguments.addAll(List.of("-cp", System.getProperty("java.class.path"), source.toString()));
        if (compiler.run(null, null, null, arguments.toArray(String[]::new)) != 0) {
            throw new IllegalStateException("does not compile: " + fault.name);
        }
    }

    /** Runs seeds over the changed classes; returns how many it took and what was wrong, or null. */
    private String seek(Path classes) throws IOException, InterruptedException {
        Path output = classes.resolve("output.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-ea",
                        "-cp",
                        classes + java.io.File.pathSeparator + System.getProperty("java.class.path"),
                        Simulate.class.getName(),
                        "--seeds",
                        String.valueOf(seeds),
                        "--seconds",
                        String.valueOf(SECONDS_EACH),
                        "--captures",
                        "0")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(2 * SECONDS_EACH, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            process.waitFor();
            return "at least one | a seed that does not end";
        }
        Matcher matcher = CAUGHT.matcher(Files.readString(output));
        if (matcher.find()) {
            return matcher.group(1) + " | " + matcher.group(2).strip();
        }
        if (process.exitValue() != 0) {
            throw new IllegalStateException("the simulation failed: " + Files.readString(output));
        }
        return null;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
