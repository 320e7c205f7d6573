package io.perilune.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network namespace for each command put behind its prefix, which vanishes with the command: what is tried there does not
 * touch the machine's own network. A user that is not root gets one where the kernel lets users have their own.
 */
final class TestNamespace {

    private static final long LIMIT_S = 20;
    private static final String TUN = "/dev/net/tun";
    /** The kernel's loopback is down in a new one, and what the kernel sends to itself takes it. */
    private static final String INSIDE = "ip link set lo up && exec \"$@\"";

    private final List<String> prefix;
    private final String reason;
    private final String advice;

    private TestNamespace(List<String> prefix, String reason, String advice) {
        this.prefix = prefix;
        this.reason = reason;
        this.advice = advice;
    }

    /** Finds out whether one can be had, by making one for a command that opens the device of taps. */
    static TestNamespace probe() throws IOException, InterruptedException {
        if (!Files.exists(Path.of(TUN))) {
            return none(
                    "there is no " + TUN,
                    "load its module (modprobe tun), or give the container the device (docker run --device " + TUN
                            + ")");
        }
        List<String> said = new ArrayList<>();
        for (List<String> own : List.of(List.of("--net"), List.of("--user", "--map-root-user", "--net"))) {
            List<String> prefix = new ArrayList<>(List.of("unshare"));
            prefix.addAll(own);
            prefix.addAll(List.of("sh", "-c", INSIDE, "sh"));
            String failure = failure(prefix);
            if (failure.isEmpty()) {
                return new TestNamespace(prefix, "", "");
            }
            said.add(failure);
        }
        return none(
                "no network namespace can be made (" + said.get(0) + ")",
                "run as root (sudo), in a container with --cap-add SYS_ADMIN --cap-add NET_ADMIN; it needs the commands"
                        + " unshare and ip too (apt-get install -y util-linux iproute2)");
    }

    private static TestNamespace none(String reason, String advice) {
        return new TestNamespace(List.of(), reason, advice);
    }

    private static String failure(List<String> prefix) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of("sh", "-c", ": <>" + TUN));
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return e.getMessage();
        }
        process.getOutputStream().close();
        if (!process.waitFor(LIMIT_S, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return "unshare does not end";
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return process.exitValue() == 0
                ? ""
                : output.isEmpty()
                        ? "unshare fails"
                        : output.lines().findFirst().orElse("");
    }

    /** Returns what to put before a command; nothing if no namespace can be had. */
    List<String> prefix() {
        return prefix;
    }

    /** Returns why none can be had; empty if one can. */
    String reason() {
        return reason;
    }

    /** Returns what a user can do about that. */
    String advice() {
        return advice;
    }
}
