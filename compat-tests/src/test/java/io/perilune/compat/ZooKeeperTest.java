package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.ZooKeeperClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * ZooKeeper: an ensemble of three. Its clients' port is an NIO server and Perilune's; among themselves the three use
 * {@code java.net.Socket}, which asks no provider and stays on the kernel, unless the agent is there.
 */
@Tag("slow")
class ZooKeeperTest {

    private static final int NODES = 3;
    private static final String SERVER = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
    private static final String QUORUM_NETWORK = "198.19.7.";
    private static final String QUORUM_SOCKETS = "( sport = :2888 or dport = :2888 or sport = :3888 or dport = :3888 )";
    private static final String ASK = "exec 3<>/dev/tcp/%s/2181; printf srvr >&3; timeout 10 cat <&3";

    @TempDir
    private Path folder;

    @Test
    void anEnsembleOfThreeServesClientsAndOutlivesItsLeader() throws Exception {
        try (Namespace hub = new Namespace();
                Namespace one = new Namespace();
                Namespace two = new Namespace();
                Namespace three = new Namespace()) {
            List<Namespace> nodes = List.of(one, two, three);
            Namespace.connectByBridge(hub, nodes, QUORUM_NETWORK);
            List<String> quorum = new ArrayList<>();
            for (int i = 1; i <= NODES; i++) {
                quorum.add(QUORUM_NETWORK + i);
            }
            List<Node> ensemble = new ArrayList<>();
            for (int i = 0; i < NODES; i++) {
                Map<String, String> settings =
                        Map.of("required", "true", "report", report(i).toString());
                Path file = writeSettings(i, Testbed.APPLICATION, quorum);
                Program server =
                        nodes.get(i).start(Testbed.library(Testbed.perilune(settings), SERVER, file.toString()));
                ensemble.add(new Node(nodes.get(i), Testbed.APPLICATION, server));
            }
            outlivesItsLeader(ensemble);
            for (int i = 0; i < NODES; i++) {
                assertUserSpace(i, 2);
            }
        }
    }

    /**
     * Under the agent the ports among the three are Perilune's too: each has a tap of its own, and the kernel does nothing
     * but forward packets between these.
     */
    @Test
    void anEnsembleUnderTheAgentIsPerilunesAltogether() throws Exception {
        try (Namespace router = new Namespace()) {
            router.start(List.of("sysctl", "-qw", "net.ipv4.ip_forward=1")).awaitSuccess();
            List<String> addresses = List.of("198.19.1.2", "198.19.2.2", "198.19.3.2");
            List<Node> ensemble = new ArrayList<>();
            for (int i = 0; i < NODES; i++) {
                String address = addresses.get(i);
                Map<String, String> settings = Map.of(
                        "required",
                        "true",
                        "report",
                        report(i).toString(),
                        "link",
                        "tap:keeper" + i,
                        "address",
                        address + "/24",
                        "gateway",
                        address.replaceAll("2$", "1"),
                        "address6",
                        "none");
                Path file = writeSettings(i, address, addresses);
                Program server = router.start(Testbed.library(Testbed.agent(settings), SERVER, file.toString()));
                ensemble.add(new Node(router, address, server));
            }
            for (Node node : ensemble) {
                client(node, "write", "/by" + ensemble.indexOf(node));
            }
            // All three are in contact, and the kernel knows of none of their connections.
            assertThat(router.start(List.of("ss", "-Htan", QUORUM_SOCKETS)).awaitSuccess())
                    .isEmpty();
            outlivesItsLeader(ensemble);
            for (int i = 0; i < NODES; i++) {
                assertUserSpace(i, 5);
            }
        }
    }

    private static void outlivesItsLeader(List<Node> nodes) throws Exception {
        client(nodes.get(0), "write", "/first");
        for (Node node : nodes) {
            client(node, "read", "/first");
        }
        Node leader = leader(nodes);
        leader.server.terminate();
        List<Node> left = new ArrayList<>(nodes);
        left.remove(leader);
        for (Node node : left) {
            client(node, "read", "/first");
            client(node, "write", "/after" + nodes.indexOf(node));
        }
        for (Node node : left) {
            node.server.terminate();
        }
    }

    private void assertUserSpace(int index, long connections) throws Exception {
        assertThat(OneJvmTest.counter(report(index), "tcp.connections.established"))
                .isGreaterThanOrEqualTo(connections);
        assertThat(OneJvmTest.counter(report(index), "tx.bytes")).isGreaterThan(900_000);
    }

    private static void client(Node node, String verb, String path) throws IOException, InterruptedException {
        String output = node.namespace
                .start(Testbed.library(List.of(), ZooKeeperClient.class.getName(), verb, node.address + ":2181", path))
                .awaitSuccess();
        assertThat(output.lines()).contains(verb.equals("write") ? "wrote 500 nodes" : "read 500 nodes");
    }

    /** Asks each by the word "srvr", as operators do. */
    private static Node leader(List<Node> nodes) throws IOException, InterruptedException {
        for (Node node : nodes) {
            String answer = node.namespace
                    .start(List.of("bash", "-c", ASK.formatted(node.address)))
                    .awaitSuccess();
            if (answer.contains("Mode: leader")) {
                return node;
            }
            assertThat(answer).contains("Mode: follower");
        }
        throw new AssertionError("none of the three leads");
    }

    private Path writeSettings(int index, String clientAddress, List<String> quorum) throws IOException {
        Path data = Files.createDirectories(folder.resolve("data" + index));
        Files.writeString(data.resolve("myid"), "" + (index + 1));
        StringBuilder settings = new StringBuilder(
                """
                tickTime=1000
                initLimit=20
                syncLimit=10
                admin.enableServer=false
                4lw.commands.whitelist=srvr
                clientPort=2181
                clientPortAddress=%s
                dataDir=%s
                """
                        .formatted(clientAddress, data));
        for (int i = 0; i < NODES; i++) {
            settings.append("server.%d=%s:2888:3888%n".formatted(i + 1, quorum.get(i)));
        }
        return Files.writeString(folder.resolve("zoo" + index), settings);
    }

    private Path report(int index) {
        return folder.resolve("report" + index);
    }

    /** One of the three: where it runs, the address of its clients' port, the program. */
    private record Node(Namespace namespace, String address, Program server) {}
}
