package io.perilune.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compat.apps.KafkaClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka: one broker that is its own controller, a gigabyte produced and consumed, compared by digest. */
@Tag("slow")
class KafkaTest {

    private static final long GIGABYTE = 1_000_000_000;

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
            Program broker = bed.library(
                    Map.of("required", "true", "report", report.toString()),
                    List.of(INFORM),
                    "kafka.Kafka",
                    properties.toString());
            broker.awaitLine(STARTED);
            System.out.println(exchange(bed.peerLibrary(
                    List.of(), KafkaClient.class.getName(), Testbed.APPLICATION + ":9092", "test", "" + GIGABYTE)));
            broker.terminate();
            if (bed.isPerilune()) {
                assertThat(OneJvmTest.counter(report, "tcp.connections.established"))
                        .isGreaterThanOrEqualTo(3);
                assertThat(OneJvmTest.counter(report, "rx.bytes")).isGreaterThan(GIGABYTE);
                assertThat(OneJvmTest.counter(report, "tx.bytes")).isGreaterThan(GIGABYTE);
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
            Program broker = bed.peerLibrary(
                    List.of(INFORM), "kafka.Kafka", properties.toString());
            broker.awaitLine(STARTED);
            System.out.println(exchange(bed.library(
                    Map.of("required", "true", "report", report.toString()),
                    List.of(),
                    KafkaClient.class.getName(),
                    Testbed.PEER + ":9092",
                    "test",
                    "" + GIGABYTE)));
            broker.terminate();
            if (bed.isPerilune()) {
                assertThat(OneJvmTest.counter(report, "tcp.connects")).isGreaterThanOrEqualTo(3);
                assertThat(OneJvmTest.counter(report, "rx.bytes")).isGreaterThan(GIGABYTE);
                assertThat(OneJvmTest.counter(report, "tx.bytes")).isGreaterThan(GIGABYTE);
            }
        }
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
