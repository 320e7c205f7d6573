package io.perilune.compat.apps;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PfxOptions;
import java.net.URI;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Vert.x's HTTP client before {@link VertxServer}: HTTP/1.1 and HTTP/2, plain and by TLS. */
public final class VertxClient {

    private VertxClient() {}

    /** Runs it: ADDRESS KEYS. */
    public static void main(String[] arguments) throws Exception {
        Vertx vertx = Vertx.vertx();
        for (HttpVersion version : new HttpVersion[] {HttpVersion.HTTP_1_1, HttpVersion.HTTP_2}) {
            HttpClient client = vertx.createHttpClient(new HttpClientOptions()
                    .setProtocolVersion(version)
                    .setUseAlpn(true)
                    .setVerifyHost(false)
                    .setTrustOptions(new PfxOptions().setPath(arguments[1]).setPassword(Keys.PASSWORD)));
            for (String uri : new String[] {"http://%s:8000/echo", "https://%s:8443/echo"}) {
                Exchange.run(
                        URI.create(uri.formatted(arguments[0])), (target, body) -> post(client, target, body, version));
            }
        }
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static CompletionStage<byte[]> post(HttpClient client, URI uri, byte[] body, HttpVersion version) {
        return client.request(new RequestOptions().setMethod(HttpMethod.POST).setAbsoluteURI(uri.toString()))
                .compose(request -> request.send(Buffer.buffer(body)))
                .compose(response -> bodyOf(response, version))
                .toCompletionStage();
    }

    private static io.vertx.core.Future<byte[]> bodyOf(HttpClientResponse response, HttpVersion version) {
        if (response.statusCode() != 200 || !version.name().equals(response.getHeader("X-Protocol"))) {
            throw new IllegalStateException(
                    "status " + response.statusCode() + " by " + response.getHeader("X-Protocol"));
        }
        return response.body().map(Buffer::getBytes);
    }
}
