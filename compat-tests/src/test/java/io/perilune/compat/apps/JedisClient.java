package io.perilune.compat.apps;

import java.io.File;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Jedis, which is made of blocking sockets: what an application does with Redis, and when that does not answer. */
public final class JedisClient {

    private static final int[] LENGTHS = {0, 1, 1448, 65_536, 10_000_000};
    private static final int PIPELINED = 10_000;
    private static final int CONNECTIONS = 20;
    private static final int EACH = 200;
    private static final int PATIENCE_MS = 300;
    private static final int LIMIT_S = 60;

    private final HostAndPort server;
    private final DefaultJedisClientConfig config;

    private JedisClient(HostAndPort server, DefaultJedisClientConfig config) {
        this.server = server;
        this.config = config;
    }

    /** Runs it: ADDRESS KEYS NOBODY, with an address where nobody is. */
    public static void main(String[] arguments) throws Exception {
        String address = arguments[0];
        var plain = DefaultJedisClientConfig.builder().serverDefaultProtocol().build();
        var secure = DefaultJedisClientConfig.builder()
                .serverDefaultProtocol()
                .sslOptions(SslOptions.builder()
                        .truststore(new File(arguments[1]), Keys.PASSWORD.toCharArray())
                        .sslVerifyMode(SslVerifyMode.FULL)
                        .build())
                .build();
        new JedisClient(new HostAndPort(address, 6379), plain).run();
        System.out.println("done, plain");
        new JedisClient(new HostAndPort(address, 6380), secure).run();
        System.out.println("done, by TLS");
        giveUp(address, arguments[2]);
        System.out.println("gave up as told");
    }

    private void run() throws Exception {
        try (Jedis jedis = new Jedis(server, config)) {
            exchangeValues(jedis);
            pipeline(jedis);
            waitForElements(jedis);
        }
        subscribe();
        useManyConnections();
    }

    private static void exchangeValues(Jedis jedis) {
        byte[] key = "value".getBytes(StandardCharsets.US_ASCII);
        for (int length : LENGTHS) {
            jedis.set(key, Exchange.body(length));
            Exchange.check(Exchange.body(length), jedis.get(key));
        }
    }

    private static void pipeline(Jedis jedis) {
        jedis.del("counter");
        Pipeline pipeline = jedis.pipelined();
        List<Response<Long>> answers = new ArrayList<>();
        for (int i = 0; i < PIPELINED; i++) {
            answers.add(pipeline.incr("counter"));
        }
        pipeline.sync();
        for (int i = 0; i < PIPELINED; i++) {
            check(answers.get(i).get() == i + 1, "answer " + i + " is another's");
        }
    }

    /** Blocks for an element, first in vain, then until another connection brings one. */
    private void waitForElements(Jedis jedis) throws Exception {
        long beginNs = System.nanoTime();
        check(jedis.blpop(1, "queue") == null, "an element that nobody brought");
        check(System.nanoTime() - beginNs >= TimeUnit.MILLISECONDS.toNanos(900), "did not wait");
        CompletableFuture<Void> bringing = CompletableFuture.runAsync(() -> {
            try (Jedis other = new Jedis(server, config)) {
                while (!other.clientList().contains("cmd=blpop")) {
                    Thread.onSpinWait();
                }
                other.rpush("queue", "element");
            }
        });
        check(jedis.blpop(LIMIT_S, "queue").equals(List.of("queue", "element")), "another element");
        bringing.get(LIMIT_S, TimeUnit.SECONDS);
    }

    private void subscribe() throws Exception {
        List<String> heard = new ArrayList<>();
        try (Jedis listening = new Jedis(server, config);
                Jedis speaking = new Jedis(server, config)) {
            listening.subscribe(
                    new JedisPubSub() {
                        @Override
                        public void onSubscribe(String channel, int count) {
                            for (int i = 0; i < EACH; i++) {
                                speaking.publish(channel, "" + i);
                            }
                        }

                        @Override
                        public void onMessage(String channel, String message) {
                            check(message.equals("" + heard.size()), "heard " + message);
                            heard.add(message);
                            if (heard.size() == EACH) {
                                unsubscribe();
                            }
                        }
                    },
                    "news");
        }
        check(heard.size() == EACH, "heard " + heard.size());
    }

    private void useManyConnections() throws Exception {
        ConnectionPoolConfig pooled = new ConnectionPoolConfig();
        pooled.setMaxTotal(CONNECTIONS);
        pooled.setMaxIdle(CONNECTIONS);
        pooled.setMinIdle(CONNECTIONS);
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        try (RedisClient client = RedisClient.builder()
                .hostAndPort(server)
                .clientConfig(config)
                .poolConfig(pooled)
                .build()) {
            List<Future<?>> users = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                String key = "of " + i;
                users.add(threads.submit(() -> {
                    for (int j = 0; j < EACH; j++) {
                        client.set(key, key + j);
                        check(client.get(key).equals(key + j), "another value of " + key);
                    }
                }));
            }
            for (Future<?> user : users) {
                user.get(LIMIT_S, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdown();
        }
    }

    private static void giveUp(String address, String nobody) throws Exception {
        var impatient = DefaultJedisClientConfig.builder()
                .serverDefaultProtocol()
                .connectionTimeoutMillis(PATIENCE_MS)
                .socketTimeoutMillis(PATIENCE_MS)
                .build();
        HostAndPort server = new HostAndPort(address, 6379);
        try (Jedis jedis = new Jedis(server, impatient)) {
            jedis.clientPause(2L * PATIENCE_MS);
            expect(SocketTimeoutException.class, () -> jedis.get("value"));
        }
        expect(ConnectException.class, () -> connect(new HostAndPort(address, 6381), impatient));
        expect(SocketTimeoutException.class, () -> connect(new HostAndPort(nobody, 6379), impatient));
    }

    private static String connect(HostAndPort server, DefaultJedisClientConfig config) {
        try (Jedis jedis = new Jedis(server, config)) {
            return jedis.ping();
        }
    }

    /** Jedis has the sockets' exceptions as causes, and causes of these, and suppressed by others. */
    private static void expect(Class<? extends Exception> cause, Callable<?> action) throws Exception {
        try {
            action.call();
        } catch (JedisConnectionException e) {
            List<Throwable> all = new ArrayList<>();
            for (Throwable reason = e; reason != null; reason = reason.getCause()) {
                all.add(reason);
                all.addAll(List.of(reason.getSuppressed()));
            }
            if (all.stream().noneMatch(cause::isInstance)) {
                throw e;
            }
            return;
        }
        throw new IllegalStateException("no " + cause);
    }

    private static void check(boolean good, String otherwise) {
        if (!good) {
            throw new IllegalStateException(otherwise);
        }
    }
}
