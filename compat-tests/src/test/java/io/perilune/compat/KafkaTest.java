package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.KafkaClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka: one broker that is its own controller, a gigabyte produced and consumed, compared by digest. */
@Tag("slow")
class KafkaTest {

    private static final long GIGABYTE = 1_000_000_000;
    private static final int LINES = 10_000;
    private static final String BROKER = "kafka.Kafka";
    private static final String CLIENT = KafkaClient.class.getName();
    private static final String INFORM = "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info";
    private static final String STARTED =
            "[main] INFO kafka.server.KafkaRaftServer - [KafkaRaftServer nodeId=1] Kafka Server started";

    @TempDir
    private Path folder;

    @Test
    void theBrokerServesClientsOnTheKernel() throws Exception {
        try (Testbed bed = new Testbed()) {
            Path report = folder.resolve("report");
            Path properties = format(bed, Testbed.APPLICATION);
            Program broker = bed.library(settings(report), List.of(INFORM), BROKER, properties.toString());
            broker.awaitLine(STARTED);
            say(bed, "broker", exchange(bed.peerLibrary(List.of(), CLIENT, client(Testbed.APPLICATION))));
            kcat(bed, Testbed.APPLICATION);
            broker.terminate();
            if (bed.isPerilune()) {
                assertThat(OneJvmTest.counter(report, "tcp.connections.established"))
                        .isGreaterThanOrEqualTo(5);
                assertGigabyteEachWay(report);
            }
        }
    }

    @Test
    void theClientsAreServedByABrokerOnTheKernel() throws Exception {
        try (Testbed bed = new Testbed()) {
            if (bed.isPerilune()) {
                // The tap is the client's: the broker, which begins before, advertises the address of its other end.
                bed.peerCommand("ip", "addr", "add", Testbed.PEER + "/32", "dev", "lo")
                        .awaitSuccess();
            }
            Path report = folder.resolve("report");
            Path properties = format(bed, Testbed.PEER);
            Program broker = bed.peerLibrary(List.of(INFORM), BROKER, properties.toString());
            broker.awaitLine(STARTED);
            say(bed, "clients", exchange(bed.library(settings(report), List.of(), CLIENT, client(Testbed.PEER))));
            broker.terminate();
            if (bed.isPerilune()) {
                assertThat(OneJvmTest.counter(report, "tcp.connects")).isGreaterThanOrEqualTo(3);
                assertGigabyteEachWay(report);
            }
        }
    }

    @Test
    void theBrokerServesClientsOverMemif() throws Exception {
        try (Testbed bed = new Testbed(true);
                Namespace other = new Namespace()) {
            Path report = folder.resolve("report");
            Path properties = format(bed, Testbed.APPLICATION);
            Program broker = bed.library(
                    memif("server", Testbed.APPLICATION, report), List.of(INFORM), BROKER, properties.toString());
            broker.awaitLine(STARTED);
            Path reportOfClients = folder.resolve("clients");
            say(
                    bed,
                    "both",
                    exchange(other.start(Testbed.library(
                            Testbed.perilune(memif("client", Testbed.PEER, reportOfClients)),
                            CLIENT,
                            client(Testbed.APPLICATION)))));
            broker.terminate();
            assertGigabyteEachWay(report);
            assertGigabyteEachWay(reportOfClients);
        }
    }

    private static Map<String, String> settings(Path report) {
        return Map.of("required", "true", "report", report.toString());
    }

    private Map<String, String> memif(String side, String address, Path report) {
        Map<String, String> settings = new HashMap<>(settings(report));
        settings.put("link", "memif:" + folder.resolve("memif") + "," + side);
        settings.put("address", address + "/24");
        return settings;
    }

    private static String[] client(String address) {
        return new String[] {address + ":9092", "test", "" + GIGABYTE};
    }

    private static void assertGigabyteEachWay(Path report) throws Exception {
        assertThat(OneJvmTest.counter(report, "rx.bytes")).isGreaterThan(GIGABYTE);
        assertThat(OneJvmTest.counter(report, "tx.bytes")).isGreaterThan(GIGABYTE);
    }

    /** Has kcat, which is not Java, produce lines to a topic that it makes by that, and consume them again. */
    private void kcat(Testbed bed, String address) throws IOException, InterruptedException {
        String lines = IntStream.range(0, LINES).mapToObj(i -> "line " + i).collect(Collectors.joining("\n"));
        Path file = Files.writeString(folder.resolve("lines"), lines + "\n");
        String kcat = "timeout 60 kcat -q -b " + address + ":9092 -t kcat ";
        bed.peerCommand("sh", "-c", kcat + "-P -l " + file).awaitSuccess();
        assertThat(bed.peerCommand("sh", "-c", kcat + "-C -e -o beginning").awaitSuccess())
                .isEqualTo(lines);
    }

    private static void say(Testbed bed, String which, String output) {
        String rate = output.lines()
                .filter(line -> line.startsWith("MB/s"))
                .findFirst()
                .orElseThrow();
        System.out.println("Kafka, " + which + " on " + (bed.isPerilune() ? "Perilune" : "the kernel") + ": " + rate);
    }

    private static String exchange(Program client) throws InterruptedException {
        String output = client.awaitSuccess();
        assertThat(output.lines()).contains("consumed what was produced: 100000 records");
        return output;
    }

    /** Writes a broker's properties and has Kafka format its folder. */
    private Path format(Testbed bed, String address) throws IOException, InterruptedException {
        Path properties = folder.resolve("server.properties");
        Files.writeString(
                properties,
                """
                process.roles=broker,controller
                node.id=1
                controller.quorum.voters=1@127.0.0.1:9093
                controller.listener.names=CONTROLLER
                listeners=PLAINTEXT://%s:9092,CONTROLLER://127.0.0.1:9093
                advertised.listeners=PLAINTEXT://%s:9092
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
                log.dirs=%s
                offsets.topic.num.partitions=1
                offsets.topic.replication.factor=1
                transaction.state.log.replication.factor=1
                transaction.state.log.min.isr=1
                share.coordinator.state.topic.replication.factor=1
                share.coordinator.state.topic.min.isr=1
                """
                        .formatted(address, address, folder.resolve("log")));
        String id = UUID.randomUUID().toString();
        bed.peerLibrary(List.of(), "kafka.tools.StorageTool", "format", "-t", id, "-c", properties.toString())
                .awaitSuccess();
        return properties;
    }
}
