package io.perilune.compat.apps;

import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Produces records to a topic of one partition, consumes them again, and compares the digests. */
public final class KafkaClient {

    private static final int RECORD = 10_000;
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(140);

    private KafkaClient() {}

    /** Runs it: ADDRESS:PORT TOPIC BYTES. */
    public static void main(String[] arguments) throws Exception {
        String server = arguments[0];
        String topic = arguments[1];
        int records = Math.toIntExact(Long.parseLong(arguments[2]) / RECORD);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", server))) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get(30, TimeUnit.SECONDS);
        }
        long beginNs = System.nanoTime();
        String sent = produce(server, topic, records);
        long producedNs = System.nanoTime();
        String received = consume(server, topic, records);
        long consumedNs = System.nanoTime();
        if (!sent.equals(received)) {
            throw new IllegalStateException("sent " + sent + ", received " + received);
        }
        System.out.println("consumed what was produced: " + records + " records");
        System.out.println("MB/s: " + rate(records, producedNs - beginNs) + " produced, "
                + rate(records, consumedNs - producedNs) + " consumed");
    }

    private static String produce(String server, String topic, int records) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("MD5");
        Random random = new Random(records);
        Map<String, Object> settings =
                Map.of("bootstrap.servers", server, "acks", "all", "linger.ms", "5", "batch.size", "262144");
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            Future<?> last = null;
            for (int i = 0; i < records; i++) {
                byte[] value = new byte[RECORD];
                random.nextBytes(value);
                digest.update(value);
                last = producer.send(new ProducerRecord<>(topic, value));
            }
            await(last);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void await(Future<?> last) throws Exception {
        try {
            last.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a record was refused", e);
        }
    }

    private static String consume(String server, String topic, int records) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("MD5");
        Map<String, Object> settings =
                Map.of("bootstrap.servers", server, "auto.offset.reset", "earliest", "group.id", "test");
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long deadlineNs = System.nanoTime() + LIMIT_NS;
            int received = 0;
            while (received < records) {
                if (deadlineNs - System.nanoTime() < 0) {
                    throw new IllegalStateException("only " + received + " records of " + records);
                }
                for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Duration.ofSeconds(1))) {
                    digest.update(one.value());
                    received++;
                }
            }
            consumer.commitSync();
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static long rate(int records, long ns) {
        return records * (RECORD * 1000L) / Math.max(ns, 1);
    }
}
