package io.perilune.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command line, as a user types it, and what stays of a run: its results, and nothing else. */
class BenchTest {

    private static final int WRONG = 2;
    private static final long LIMIT_S = 60;
    private static final int SIGTERM = 128 + 15;

    @TempDir
    private Path folder;

    @Test
    void helpSaysWhatThereIs() {
        assertThat(said(0)).isEqualTo(said(0, "--help"));
        assertThat(said(0, "--help")).contains("echo ", "blocks ", "threads ", "idle ", "rtt ", "bulk ", "loss ");
        assertThat(said(0, "echo", "--help"))
                .contains("--seconds=N", "--rounds=N", "--json=FILE", "--sizes=", "perilune-zero-copy")
                .contains("--client=CLIENT", "nio, inline");
        assertThat(said(0, "blocks", "--help")).contains("--connections=").doesNotContain("--sizes=");
    }

    @Test
    void whatItDoesNotKnowIsRefusedWithTheChoices() {
        assertThat(said(WRONG, "dance"))
                .contains("no bench 'dance': there are echo, blocks, threads, idle, rtt, bulk and loss");
        assertThat(said(WRONG, "echo", "--stacks", "kernel,vax"))
                .contains("no stack 'vax': there are kernel, kernel-spin, perilune, perilune-zero-copy");
        assertThat(said(WRONG, "echo", "--fast")).contains("Unknown option: '--fast'", "./perilune bench echo --help");
        assertThat(said(WRONG, "echo", "more")).contains("'more'", "./perilune bench echo --help");
        assertThat(said(WRONG, "blocks", "--seconds", "0")).contains("--seconds takes a number from 1 to 3600, not 0");
        assertThat(said(WRONG, "blocks", "--rounds", "-1")).contains("--rounds takes a number from 1");
        assertThat(said(WRONG, "blocks", "--connections", "1,0")).contains("--connections takes a number from 1");
        assertThat(said(WRONG, "echo", "--sizes", "65537")).contains("--sizes takes a number from 8 to 65536");
        assertThat(said(WRONG, "echo", "--seconds", "many")).contains("'many'");
        assertThat(said(WRONG, "echo", "--client", "curl")).contains("'curl'", "nio", "inline");
    }

    @Test
    void aFileThatCannotBeWrittenIsToldBeforeAnythingIsMeasured() {
        assertThat(said(1, "echo", "--json", folder.resolve("none/there").toString()))
                .contains("there");
    }

    @Test
    void bothServicesOverTheKernelLeaveResultsAndNothingElse() throws Exception {
        for (String name : List.of("echo", "blocks")) {
            Path json = folder.resolve(name);
            Process process = start(
                    name,
                    "--seconds",
                    "1",
                    "--rounds",
                    "1",
                    "--connections",
                    "3",
                    "--stacks",
                    "kernel",
                    "--json",
                    json.toString());
            assertThat(process.waitFor(LIMIT_S, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(output()).isZero();
            assertThat(output()).contains("load before the start", "MTU 65536", "1 of ", "3 connections");
            assertThat(Files.readAllLines(json))
                    .anyMatch(line -> line.matches("\\{\"bench\":\"" + name + "\",\"stack\":\"kernel\",\"link\":"
                            + "\"loopback\",\"shape\":\"4KiBx3\",\"metric\":\"per_second\",\"unit\":\"1/s\","
                            + "\"value\":[1-9][0-9.]+,\"low\":[1-9][0-9.]+,\"high\":[1-9][0-9.]+}"));
            assertThat(namespaces()).doesNotContain("perilune-bench-" + process.pid());
        }
    }

    @Test
    void aRunThatIsInterruptedLeavesNothing() throws Exception {
        Process process = start("echo", "--seconds", "100", "--stacks", "kernel");
        try {
            awaitPrograms(process, 2);
            assertThat(namespaces()).contains("perilune-bench-" + process.pid());
            List<ProcessHandle> programs = process.descendants().toList();
            process.destroy();
            assertThat(process.waitFor(LIMIT_S, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(SIGTERM);
            assertThat(programs).noneMatch(ProcessHandle::isAlive);
            assertThat(namespaces()).doesNotContain("perilune-bench-" + process.pid());
        } finally {
            process.destroy();
        }
    }

    @Test
    void aRunThatIsKilledLeavesNoProgramBehind() throws Exception {
        Process process = start("echo", "--seconds", "100", "--stacks", "kernel-spin");
        awaitPrograms(process, 2);
        List<ProcessHandle> programs = process.descendants().toList();
        process.destroyForcibly().waitFor();
        for (ProcessHandle program : programs) {
            program.onExit().get(LIMIT_S, TimeUnit.SECONDS);
        }
        new ProcessBuilder("ip", "netns", "del", "perilune-bench-" + process.pid())
                .start()
                .waitFor();
    }

    private static String said(int code, String... words) {
        StringWriter said = new StringWriter();
        CommandLine line = Bench.commandLine();
        line.setOut(new PrintWriter(said)).setErr(new PrintWriter(said));
        assertThat(line.execute(words)).as(said.toString()).isEqualTo(code);
        return said.toString();
    }

    private Process start(String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Bench.class.getName()));
        all.addAll(List.of(words));
        return new ProcessBuilder(all)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
    }

    private String output() throws IOException {
        return Files.readString(folder.resolve("output"));
    }

    /** Waits until so many JVMs run its programs. */
    private void awaitPrograms(Process process, int count) throws Exception {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_S);
        while (process.descendants().filter(BenchTest::isProgram).count() < count) {
            assertThat(System.nanoTime() - deadlineNs).as(output()).isNegative();
            assertThat(process.isAlive()).as(output()).isTrue();
            Thread.onSpinWait();
        }
    }

    private static boolean isProgram(ProcessHandle handle) {
        return handle.info().command().map(command -> command.endsWith("/java")).orElse(false);
    }

    private static String namespaces() throws Exception {
        Process process = new ProcessBuilder("ip", "netns", "list").start();
        String list = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return list;
    }
}
