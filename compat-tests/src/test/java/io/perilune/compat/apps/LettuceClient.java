package io.perilune.compat.apps;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Lettuce, which is made of Netty: what an application does with Redis. */
public final class LettuceClient {

    private static final int[] LENGTHS = {0, 1, 1448, 65_536, 10_000_000};
    private static final int AT_ONCE = 10_000;
    private static final int CONNECTIONS = 50;
    private static final int LIMIT_S = 60;

    private LettuceClient() {}

    /** Runs it: ADDRESS KEYS. */
    public static void main(String[] arguments) throws Exception {
        RedisURI plain = RedisURI.Builder.redis(arguments[0], 6379).build();
        RedisURI secure =
                RedisURI.Builder.redis(arguments[0], 6380).withSsl(true).build();
        RedisClient client = RedisClient.create();
        client.setOptions(ClientOptions.builder()
                .sslOptions(SslOptions.builder()
                        .jdkSslProvider()
                        .trustManager(Keys.trusted(arguments[1]))
                        .build())
                .build());
        try {
            run(client, plain);
            System.out.println("done, plain");
            run(client, secure);
            System.out.println("done, by TLS");
        } finally {
            client.shutdown();
        }
    }

    private static void run(RedisClient client, RedisURI server) throws Exception {
        try (StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE, server)) {
            byte[] key = {1};
            for (int length : LENGTHS) {
                connection.sync().set(key, Exchange.body(length));
                Exchange.check(Exchange.body(length), connection.sync().get(key));
            }
        }
        try (StatefulRedisConnection<String, String> connection = client.connect(server)) {
            askAtOnce(connection);
            waitForElements(client, server, connection);
            subscribe(client, server, connection);
        }
        useManyConnections(client, server);
    }

    private static void askAtOnce(StatefulRedisConnection<String, String> connection) throws Exception {
        connection.sync().del("lettuce");
        List<RedisFuture<Long>> answers = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            answers.add(connection.async().incr("lettuce"));
        }
        for (int i = 0; i < AT_ONCE; i++) {
            check(answers.get(i).get(LIMIT_S, TimeUnit.SECONDS) == i + 1, "answer " + i + " is another's");
        }
    }

    /** Blocks for an element, first in vain, then until another connection brings one. */
    private static void waitForElements(
            RedisClient client, RedisURI server, StatefulRedisConnection<String, String> other) throws Exception {
        try (StatefulRedisConnection<String, String> blocked = client.connect(server)) {
            blocked.setTimeout(Duration.ofSeconds(LIMIT_S));
            check(blocked.sync().blpop(1, "leaves") == null, "an element that nobody brought");
            RedisFuture<KeyValue<String, String>> element = blocked.async().blpop(LIMIT_S, "leaves");
            other.sync().rpush("leaves", "leaf");
            check(element.get(LIMIT_S, TimeUnit.SECONDS).getValue().equals("leaf"), "another element");
        }
    }

    private static void subscribe(RedisClient client, RedisURI server, StatefulRedisConnection<String, String> other)
            throws Exception {
        CompletableFuture<String> heard = new CompletableFuture<>();
        try (StatefulRedisPubSubConnection<String, String> listening = client.connectPubSub(server)) {
            listening.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String channel, String message) {
                    heard.complete(message);
                }
            });
            listening.sync().subscribe("herbs");
            other.sync().publish("herbs", "hello");
            check(heard.get(LIMIT_S, TimeUnit.SECONDS).equals("hello"), "heard another");
        }
    }

    private static void useManyConnections(RedisClient client, RedisURI server) throws Exception {
        List<StatefulRedisConnection<String, String>> connections = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            connections.add(client.connect(server));
        }
        List<RedisFuture<String>> answers = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            answers.add(connections.get(i).async().echo("" + i));
        }
        for (int i = 0; i < CONNECTIONS; i++) {
            check(answers.get(i).get(LIMIT_S, TimeUnit.SECONDS).equals("" + i), "answer to " + i);
            connections.get(i).close();
        }
    }

    private static void check(boolean good, String otherwise) {
        if (!good) {
            throw new IllegalStateException(otherwise);
        }
    }
}
