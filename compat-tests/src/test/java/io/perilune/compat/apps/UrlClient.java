package io.perilune.compat.apps;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.HttpsURLConnection;

/**
 * Runs the exchange by HttpURLConnection, plain and by TLS. It reads nothing before all is written: the server must do the
 * same the other way round.
 */
public final class UrlClient {

    private static final int THREADS = 20;
    private static final int TIMEOUT_MS = 20_000;

    private UrlClient() {}

    /** Runs it: ADDRESS KEYS. */
    public static void main(String[] arguments) throws Exception {
        HttpsURLConnection.setDefaultSSLSocketFactory(Keys.context(arguments[1]).getSocketFactory());
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            for (String uri : new String[] {"http://%s:8000/echo", "https://%s:8443/echo"}) {
                Exchange.run(
                        URI.create(uri.formatted(arguments[0])),
                        (target, body) -> CompletableFuture.supplyAsync(() -> post(target, body), threads));
            }
        } finally {
            threads.shutdown();
        }
    }

    private static byte[] post(URI uri, byte[] body) {
        try {
            HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setRequestMethod("POST");
            connection.setDoOutput(true);
            connection.setConnectTimeout(TIMEOUT_MS);
            connection.setReadTimeout(TIMEOUT_MS);
            connection.setFixedLengthStreamingMode(body.length);
            try (var out = connection.getOutputStream()) {
                out.write(body);
            }
            try (var in = connection.getInputStream()) {
                return in.readAllBytes();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
