package io.perilune.compat.apps;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

/** Uses a Redis server by Jedis (blocking sockets) and by Lettuce (Netty): what it prints says what was done. */
public final class RedisClients {

    private static final int COUNT = 10_000;
    private static final int LARGE = 5_000_000;
    private static final int LIMIT_S = 20;

    private RedisClients() {}

    /** Runs it: URI. */
    public static void main(String[] arguments) throws Exception {
        jedis(arguments[0]);
        lettuce(arguments[0]);
    }

    private static void jedis(String uri) throws Exception {
        try (Jedis jedis = new Jedis(URI.create(uri))) {
            byte[] value = Exchange.body(LARGE);
            jedis.set("large".getBytes(java.nio.charset.StandardCharsets.US_ASCII), value);
            byte[] back = jedis.get("large".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            System.out.println("jedis, large value: " + Arrays.equals(value, back));
            for (int i = 0; i < COUNT / 10; i++) {
                jedis.incr("counter");
            }
            System.out.println("jedis, in turn: " + jedis.get("counter"));
            Pipeline pipeline = jedis.pipelined();
            List<Response<Long>> answers = new ArrayList<>();
            for (int i = 0; i < COUNT; i++) {
                answers.add(pipeline.incr("piped"));
            }
            pipeline.sync();
            System.out.println("jedis, pipelined: " + answers.get(COUNT - 1).get());
            System.out.println("jedis, nothing comes in a second: " + jedis.blpop(1, "empty"));
        }
        CompletableFuture<String> heard = new CompletableFuture<>();
        try (Jedis listening = new Jedis(URI.create(uri));
                Jedis speaking = new Jedis(URI.create(uri))) {
            listening.subscribe(
                    new JedisPubSub() {
                        @Override
                        public void onSubscribe(String channel, int count) {
                            speaking.publish(channel, "hello");
                        }

                        @Override
                        public void onMessage(String channel, String message) {
                            heard.complete(message);
                            unsubscribe();
                        }
                    },
                    "news");
        }
        System.out.println("jedis, heard: " + heard.get(LIMIT_S, TimeUnit.SECONDS));
    }

    private static void lettuce(String uri) throws Exception {
        RedisClient client = RedisClient.create(uri);
        try (StatefulRedisConnection<String, String> connection = client.connect();
                StatefulRedisConnection<byte[], byte[]> binary = client.connect(ByteArrayCodec.INSTANCE)) {
            List<RedisFuture<Long>> answers = new ArrayList<>();
            for (int i = 0; i < COUNT; i++) {
                answers.add(connection.async().incr("lettuce"));
            }
            System.out.println("lettuce, at once: " + answers.get(COUNT - 1).get(LIMIT_S, TimeUnit.SECONDS));
            byte[] key = {1};
            byte[] value = Exchange.body(LARGE);
            binary.sync().set(key, value);
            System.out.println("lettuce, large value: "
                    + Arrays.equals(value, binary.sync().get(key)));
            var listening = client.connectPubSub();
            CompletableFuture<String> heard = new CompletableFuture<>();
            listening.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String channel, String message) {
                    heard.complete(message);
                }
            });
            listening.sync().subscribe("news");
            connection.sync().publish("news", "hello");
            System.out.println("lettuce, heard: " + heard.get(LIMIT_S, TimeUnit.SECONDS));
            listening.close();
        } finally {
            client.shutdown();
        }
    }
}
