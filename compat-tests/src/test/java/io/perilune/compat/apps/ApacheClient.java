package io.perilune.compat.apps;

import java.net.URI;
import java.util.concurrent.CompletableFuture;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http2.HttpVersionPolicy;

/** Apache HttpClient 5, the asynchronous one, before {@link VertxServer}: HTTP/1.1 and HTTP/2, plain and by TLS. */
public final class ApacheClient {

    private static final int CONNECTIONS = 100;

    private ApacheClient() {}

    /** Runs it: ADDRESS KEYS. */
    public static void main(String[] arguments) throws Exception {
        for (HttpVersionPolicy policy :
                new HttpVersionPolicy[] {HttpVersionPolicy.FORCE_HTTP_1, HttpVersionPolicy.FORCE_HTTP_2}) {
            String version = policy == HttpVersionPolicy.FORCE_HTTP_1 ? "HTTP_1_1" : "HTTP_2";
            var connections = PoolingAsyncClientConnectionManagerBuilder.create()
                    .setTlsStrategy(ClientTlsStrategyBuilder.create()
                            .setSslContext(Keys.context(arguments[1]))
                            .buildAsync())
                    .setDefaultTlsConfig(
                            TlsConfig.custom().setVersionPolicy(policy).build())
                    .setMaxConnPerRoute(CONNECTIONS)
                    .setMaxConnTotal(CONNECTIONS)
                    .build();
            try (CloseableHttpAsyncClient client =
                    HttpAsyncClients.custom().setConnectionManager(connections).build()) {
                client.start();
                for (String uri : new String[] {"http://%s:8000/echo", "https://%s:8443/echo"}) {
                    Exchange.run(
                            URI.create(uri.formatted(arguments[0])),
                            (target, body) -> post(client, target, body, version));
                }
            }
        }
    }

    private static CompletableFuture<byte[]> post(
            CloseableHttpAsyncClient client, URI uri, byte[] body, String version) {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        var request = SimpleRequestBuilder.post(uri)
                .setBody(body, ContentType.APPLICATION_OCTET_STREAM)
                .build();
        var unused = client.execute(request, new FutureCallback<>() {
            @Override
            public void completed(SimpleHttpResponse response) {
                String protocol = response.getFirstHeader("X-Protocol").getValue();
                if (response.getCode() == 200 && protocol.equals(version)) {
                    byte[] answer = response.getBodyBytes();
                    result.complete(answer == null ? new byte[0] : answer);
                } else {
                    result.completeExceptionally(
                            new IllegalStateException("status " + response.getCode() + " by " + protocol));
                }
            }

            @Override
            public void failed(Exception cause) {
                result.completeExceptionally(cause);
            }

            @Override
            public void cancelled() {
                result.cancel(false);
            }
        });
        return result;
    }
}
