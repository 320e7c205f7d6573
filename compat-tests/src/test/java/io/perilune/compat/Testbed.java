package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An application and its peers: the application on the provider under test, the peers on the kernel. With Perilune both
 * are in one namespace and the tap is between them; with the JDK's provider in two, with a veth pair between.
 */
final class Testbed implements AutoCloseable {

    /** Where the application is. */
    static final String APPLICATION = "198.18.0.2";
    /** Where its peers are. */
    static final String PEER = "198.18.0.1";
    /** Where nobody is. */
    static final String NOBODY = "198.18.0.77";

    private static final String PREFIX = "/24";

    private final boolean perilune;
    private final Namespace namespace;
    private final Namespace peerNamespace;

    /** Makes one for the provider that the run is for. */
    Testbed() throws IOException, InterruptedException {
        this(!"jdk".equals(System.getProperty("compat.provider")));
    }

    /** Makes one for Perilune or for the JDK's provider. */
    Testbed(boolean perilune) throws IOException, InterruptedException {
        this.perilune = perilune;
        namespace = new Namespace();
        if (perilune) {
            peerNamespace = namespace;
        } else {
            try {
                peerNamespace = new Namespace();
                Namespace.connect(namespace, APPLICATION + PREFIX, peerNamespace, PEER + PREFIX);
            } catch (IOException | InterruptedException | AssertionError e) {
                close();
                throw e;
            }
        }
    }

    /** Returns whether the application is on Perilune. */
    boolean isPerilune() {
        return perilune;
    }

    /** Starts a program on the provider under test. */
    Program application(Class<?> program, String... arguments) throws IOException {
        return application(Map.of("required", "true"), program, arguments);
    }

    /** Starts a program on the provider under test, with settings that count for Perilune only. */
    Program application(Map<String, String> settings, Class<?> program, String... arguments) throws IOException {
        List<String> options = perilune ? perilune(settings) : List.of();
        return namespace.start(java(options, program, arguments));
    }

    /** Starts a program that uses libraries, or a library's own, likewise; {@code options} are for its JVM. */
    Program library(Map<String, String> settings, List<String> options, String program, String... arguments)
            throws IOException {
        List<String> all = new ArrayList<>(options);
        if (perilune) {
            all.addAll(perilune(settings));
        }
        return namespace.start(library(all, program, arguments));
    }

    /** Starts a program that uses libraries, or a library's own; an agent puts it on Perilune, if that is under test. */
    Program underAgent(Map<String, String> settings, String program, String... arguments) throws IOException {
        return namespace.start(library(perilune ? agent(settings) : List.of(), program, arguments));
    }

    /** Starts one of the examples, which know Perilune's interfaces, on Perilune. */
    Program example(Map<String, String> settings, String program, String... arguments) throws IOException {
        return namespace.start(example(perilune(settings), program, arguments));
    }

    /** Starts a program from its source, with perilune.jar in the class path, which is enough to put it on Perilune. */
    Program source(Map<String, String> settings, Path program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-ea"));
        settings.forEach((key, value) -> command.add("-Dperilune." + key + "=" + value));
        command.addAll(List.of("-cp", System.getProperty("perilune.test.jar"), program.toString()));
        Collections.addAll(command, arguments);
        return namespace.start(command);
    }

    /** Starts a program that uses libraries, or a library's own, on the kernel. */
    Program peerLibrary(List<String> options, String program, String... arguments) throws IOException {
        return peerNamespace.start(library(options, program, arguments));
    }

    /** Gives the peers their address before the tap is there. */
    void addPeerAddress() throws IOException, InterruptedException {
        if (perilune) {
            namespace.addAddress(PEER);
        }
    }

    /** Starts a program on the kernel. */
    Program peer(Class<?> program, String... arguments) throws IOException {
        return peerNamespace.start(java(List.of(), program, arguments));
    }

    /** Starts a command on the kernel. */
    Program peerCommand(String... command) throws IOException {
        return peerNamespace.start(List.of(command));
    }

    /**
     * Finds in an application's report that so many connections, and so many bytes in each direction, were Perilune's at
     * least, if the application was on Perilune.
     */
    void assertUserSpace(Path report, long connections, long sent, long received) throws Exception {
        if (perilune) {
            assertThat(OneJvmTest.counter(report, "tcp.connections.established"))
                    .isGreaterThanOrEqualTo(connections);
            assertThat(OneJvmTest.counter(report, "tx.bytes")).isGreaterThan(sent);
            assertThat(OneJvmTest.counter(report, "rx.bytes")).isGreaterThan(received);
        }
    }

    /** Returns the command that runs a program of the tests' own. */
    static List<String> java(List<String> options, Class<?> program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java", "-ea", "-Xcheck:jni", "-Xmx256m", "-XX:+UseSerialGC"));
        command.addAll(options);
        Collections.addAll(command, "-cp", System.getProperty("perilune.test.programs"), program.getName());
        Collections.addAll(command, arguments);
        return command;
    }

    /** Returns what a JVM must be told to run on Perilune with these settings. */
    static List<String> perilune(Map<String, String> settings) {
        List<String> options = new ArrayList<>();
        options.add("-Xbootclasspath/a:" + System.getProperty("perilune.test.jar"));
        options.add("-Djava.nio.channels.spi.SelectorProvider=io.perilune.PeriluneSelectorProvider");
        if (Runtime.version().feature() >= 24) {
            options.add("--enable-native-access=ALL-UNNAMED");
        }
        settings.forEach((key, value) -> options.add("-Dperilune." + key + "=" + value));
        return options;
    }

    /** Returns what a JVM must be told to have an agent put it on Perilune with these settings. */
    static List<String> agent(Map<String, String> settings) {
        return List.of("-javaagent:" + System.getProperty("perilune.test.jar") + "="
                + settings.entrySet().stream().map(Object::toString).collect(Collectors.joining(",")));
    }

    /** Returns the command that runs a program with the examples in its class path. */
    static List<String> example(List<String> options, String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java", "-ea", "-Xcheck:jni", "-Xmx256m", "-XX:+UseSerialGC"));
        command.addAll(options);
        String programs = System.getProperty("perilune.test.programs");
        String examples = System.getProperty("perilune.test.examples");
        Collections.addAll(command, "-cp", programs + File.pathSeparator + examples, program);
        Collections.addAll(command, arguments);
        return command;
    }

    /** Returns the command that runs a program with all libraries in its class path. */
    static List<String> library(List<String> options, String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-ea",
                "-esa",
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
        command.addAll(options);
        Collections.addAll(command, "-cp", libraries(), program);
        Collections.addAll(command, arguments);
        return command;
    }

    /** Returns the libraries that Maven resolved for the tests, without what is Perilune's own. */
    private static String libraries() {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Stream.concat(
                        Stream.of(
                                System.getProperty("perilune.test.libraries"),
                                System.getProperty("perilune.test.programs")),
                        Arrays.stream(all.split(File.pathSeparator))
                                .filter(entry -> entry.endsWith(".jar") && !entry.contains("perilune")))
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Override
    public void close() {
        namespace.close();
        if (peerNamespace != null && peerNamespace != namespace) {
            peerNamespace.close();
        }
    }
}
