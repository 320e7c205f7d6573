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
 * ZooKeeper: an ensemble of three in three namespaces. Its clients' port is an NIO server and Perilune's; among
 * themselves the three use {@code java.net.Socket}, which asks no provider and stays on the kernel.
 */
@Tag("slow")
class ZooKeeperTest {

    private static final int NODES = 3;
    private static final String CLIENT_PORT = Testbed.APPLICATION + ":2181";
    private static final String QUORUM_NETWORK = "198.19.7.";
    private static final String ASK =
            "exec 3<>/dev/tcp/" + Testbed.APPLICATION + "/2181; printf srvr >&3; timeout 10 cat <&3";

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
            List<Program> servers = new ArrayList<>();
            for (int i = 0; i < NODES; i++) {
                servers.add(nodes.get(i).start(server(i)));
            }
            client(one, "write", "/first");
            for (Namespace node : nodes) {
                client(node, "read", "/first");
            }
            int leader = leader(nodes);
            servers.get(leader).terminate();
            for (int i = 0; i < NODES; i++) {
                if (i != leader) {
                    client(nodes.get(i), "read", "/first");
                    client(nodes.get(i), "write", "/" + i);
                }
            }
            for (int i = 0; i < NODES; i++) {
                if (i != leader) {
                    servers.get(i).terminate();
                }
                assertThat(OneJvmTest.counter(report(i), "tcp.connections.established"))
                        .isGreaterThanOrEqualTo(2);
                assertThat(OneJvmTest.counter(report(i), "tx.bytes")).isGreaterThan(900_000);
            }
        }
    }

    private static void client(Namespace node, String verb, String path) throws IOException, InterruptedException {
        String output = node.start(Testbed.library(List.of(), ZooKeeperClient.class.getName(), verb, CLIENT_PORT, path))
                .awaitSuccess();
        assertThat(output.lines()).contains(verb.equals("write") ? "wrote 500 nodes" : "read 500 nodes");
    }

    /** Asks each by the word "srvr", as operators do. */
    private static int leader(List<Namespace> nodes) throws IOException, InterruptedException {
        for (int i = 0; i < nodes.size(); i++) {
            String answer = nodes.get(i).start(List.of("bash", "-c", ASK)).awaitSuccess();
            if (answer.contains("Mode: leader")) {
                return i;
            }
            assertThat(answer).contains("Mode: follower");
        }
        throw new AssertionError("none of the three leads");
    }

    private List<String> server(int index) throws IOException {
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
                        .formatted(Testbed.APPLICATION, data));
        for (int i = 1; i <= NODES; i++) {
            settings.append("server.%d=%s%d:2888:3888%n".formatted(i, QUORUM_NETWORK, i));
        }
        Path file = Files.writeString(folder.resolve("zoo" + index), settings);
        return Testbed.library(
                Testbed.perilune(
                        Map.of("required", "true", "report", report(index).toString())),
                "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                file.toString());
    }

    private Path report(int index) {
        return folder.resolve("report" + index);
    }
}
