package io.perilune.compat.apps;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.X509TrustManager;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** OkHttp, which is made of blocking sockets: HTTP/1.1, plain and by TLS. */
public final class OkHttpApp {

    private static final int AT_ONCE = 50;

    private OkHttpApp() {}

    /** Runs it: ADDRESS KEYS. */
    public static void main(String[] arguments) throws Exception {
        OkHttpClient client = new OkHttpClient.Builder()
                .protocols(List.of(Protocol.HTTP_1_1))
                .sslSocketFactory(Keys.context(arguments[1]).getSocketFactory(), (X509TrustManager)
                        Keys.trusted(arguments[1]).getTrustManagers()[0])
                .build();
        client.dispatcher().setMaxRequestsPerHost(AT_ONCE);
        for (String uri : new String[] {"http://%s:8000/echo", "https://%s:8443/echo"}) {
            Exchange.run(URI.create(uri.formatted(arguments[0])), (target, body) -> post(client, target, body));
        }
        client.connectionPool().evictAll();
        client.dispatcher().executorService().shutdown();
    }

    private static CompletableFuture<byte[]> post(OkHttpClient client, URI uri, byte[] body) {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        Request request = new Request.Builder()
                .url(uri.toString())
                .post(RequestBody.create(body, MediaType.get("application/octet-stream")))
                .build();
        client.newCall(request).enqueue(new Callback() {
            @Override
            public void onResponse(Call call, Response response) throws IOException {
                try (response) {
                    byte[] answer = response.body().bytes();
                    if (response.code() == 200) {
                        result.complete(answer);
                    } else {
                        result.completeExceptionally(
                                new IOException("status " + response.code() + " by " + response.protocol()));
                    }
                } catch (IOException e) {
                    result.completeExceptionally(e);
                }
            }

            @Override
            public void onFailure(Call call, IOException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }
}
