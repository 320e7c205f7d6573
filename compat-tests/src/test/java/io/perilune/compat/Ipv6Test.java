package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.programs.HttpEcho;
import io.perilune.compat.programs.ManyConnections;
import io.perilune.compat.programs.NioEcho;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's IPv6 on the other side of the tap: its ping, curl, and Java programs as clients and servers. */
class Ipv6Test {

    private static final String OWN = "fd00:7065::2";
    private static final String KERNEL = "fd00:7065::1";
    private static final String PORT = "7000";

    @TempDir
    private Path folder;

    @Test
    void theKernelPingsTheStackAndItsCurlFetchesFromIt() throws Exception {
        Path report = folder.resolve("report");
        try (Testbed bed = new Testbed(true)) {
            Program server = bed.application(
                    Map.of("required", "true", "report", report.toString()), HttpEcho.class, OWN, PORT, "pool");
            server.awaitLine("ready");
            assertThat(bed.peerCommand("ping", "-6", "-c", "3", "-i", "0.2", "-W", "5", OWN)
                            .awaitSuccess())
                    .contains(" 0% packet loss");
            assertThat(bed.peerCommand("ping", "-6", "-c", "2", "-i", "0.2", "-s", "1452", OWN)
                            .awaitSuccess())
                    .contains(" 0% packet loss");
            String url = "http://[" + OWN + "]:" + PORT + "/";
            assertThat(bed.peerCommand("curl", "-sS", "-g", "--max-time", "20", "-d", "over IPv6", url)
                            .awaitSuccess())
                    .isEqualTo("over IPv6");
            server.terminate();
        }
        assertThat(OneJvmTest.counter(report, "icmp.echo.replies")).isEqualTo(5);
        assertThat(OneJvmTest.counter(report, "ipv6.addresses.lost")).isZero();
    }

    @Test
    void aClientReachesAServerOnTheKernel() throws Exception {
        Path report = folder.resolve("report");
        try (Testbed bed = new Testbed(true)) {
            Program server = bed.peer(NioEcho.class, "::", PORT);
            server.awaitLine("ready");
            Map<String, String> settings = Map.of("required", "true", "report", report.toString());
            assertThat(bed.application(settings, ManyConnections.class, KERNEL, PORT, "100")
                            .awaitSuccess())
                    .isEqualTo("all 100 echoed");
            server.terminate();
        }
        assertThat(OneJvmTest.counter(report, "tcp.connects")).isEqualTo(100);
    }

    @Test
    void aServerOnTheWildcardServesBothFamiliesInBothWorlds() throws Exception {
        try (Testbed bed = new Testbed(true)) {
            Program server = bed.application(NioEcho.class, "::", PORT);
            server.awaitLine("ready");
            for (String address : new String[] {OWN, Testbed.APPLICATION, "::1", "127.0.0.1"}) {
                assertThat(bed.peer(ManyConnections.class, address, PORT, "20").awaitSuccess())
                        .as(address)
                        .isEqualTo("all 20 echoed");
            }
            assertThat(server.terminate()).doesNotContain("lost");
        }
    }

    /** RFC 4007 §11: an address of the link's own scope, with the zone that is the tap. */
    @Test
    void aServerIsReachedAtItsLinkLocalAddress() throws Exception {
        try (Testbed bed = new Testbed(true)) {
            Program server = bed.application(NioEcho.class, "::", PORT);
            server.awaitLine("ready");
            bed.peerCommand("ping", "-6", "-c", "1", "-W", "5", OWN).awaitSuccess();
            String[] neighbor = bed.peerCommand("ip", "-6", "neigh", "show", OWN)
                    .awaitSuccess()
                    .split(" ", -1);
            String tap = neighbor[2];
            String[] mac = neighbor[4].split(":", -1);
            String linkLocal = String.format(
                    "fe80::%x%s:%sff:fe%s:%s%s",
                    Integer.parseInt(mac[0], 16) ^ 2, mac[1], mac[2], mac[3], mac[4], mac[5]);
            assertThat(bed.peer(ManyConnections.class, linkLocal + "%" + tap, PORT, "20")
                            .awaitSuccess())
                    .isEqualTo("all 20 echoed");
            assertThat(server.terminate()).doesNotContain("lost");
        }
    }

    @Test
    void ipv6IsOffWhereItIsNotWanted() throws Exception {
        try (Testbed bed = new Testbed(true)) {
            Program server =
                    bed.application(Map.of("required", "true", "address6", "none"), NioEcho.class, "0.0.0.0", PORT);
            server.awaitLine("ready");
            assertThat(bed.peerCommand("ip", "-6", "addr", "show", "scope", "global")
                            .awaitSuccess())
                    .doesNotContain("fd00");
            assertThat(bed.peer(ManyConnections.class, Testbed.APPLICATION, PORT, "20")
                            .awaitSuccess())
                    .isEqualTo("all 20 echoed");
            server.terminate();
        }
    }
}
