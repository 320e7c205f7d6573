package io.perilune.compat.apps;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;

/** Apache HttpClient 5, the classic one, which is made of blocking sockets: HTTP/1.1, plain and by TLS. */
public final class ApacheClassicClient {

    private static final int CONNECTIONS = 50;

    private ApacheClassicClient() {}

    /** Runs it: ADDRESS KEYS. */
    public static void main(String[] arguments) throws Exception {
        var connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setTlsSocketStrategy(new DefaultClientTlsStrategy(Keys.context(arguments[1])))
                .setMaxConnPerRoute(CONNECTIONS)
                .setMaxConnTotal(CONNECTIONS)
                .build();
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        try (CloseableHttpClient client =
                HttpClients.custom().setConnectionManager(connections).build()) {
            for (String uri : new String[] {"http://%s:8000/echo", "https://%s:8443/echo"}) {
                Exchange.run(
                        URI.create(uri.formatted(arguments[0])),
                        (target, body) -> CompletableFuture.supplyAsync(() -> post(client, target, body), threads));
            }
        } finally {
            threads.shutdown();
        }
    }

    private static byte[] post(CloseableHttpClient client, URI uri, byte[] body) {
        HttpPost request = new HttpPost(uri);
        request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_OCTET_STREAM));
        try {
            return client.execute(request, response -> {
                if (response.getCode() != 200) {
                    throw new IOException("status " + response.getCode());
                }
                return EntityUtils.toByteArray(response.getEntity());
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
