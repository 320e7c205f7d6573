package io.perilune.compat.apps;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** The JDK's HttpClient before {@link VertxServer}: HTTP/1.1 and HTTP/2, plain and by TLS. */
public final class JdkClient {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private JdkClient() {}

    /** Runs it: ADDRESS KEYS. */
    public static void main(String[] arguments) throws Exception {
        for (HttpClient.Version version : HttpClient.Version.values()) {
            if (!version.name().equals("HTTP_1_1") && !version.name().equals("HTTP_2")) {
                continue;
            }
            HttpClient client = HttpClient.newBuilder()
                    .version(version)
                    .sslContext(Keys.context(arguments[1]))
                    .connectTimeout(LIMIT)
                    .build();
            for (String uri : new String[] {"http://%s:8000/echo", "https://%s:8443/echo"}) {
                Exchange.run(URI.create(uri.formatted(arguments[0])), (target, body) -> client.sendAsync(
                                HttpRequest.newBuilder(target)
                                        .timeout(LIMIT)
                                        .POST(BodyPublishers.ofByteArray(body))
                                        .build(),
                                BodyHandlers.ofByteArray())
                        .thenApply(answer -> bodyOf(answer, version)));
            }
        }
    }

    private static byte[] bodyOf(HttpResponse<byte[]> answer, HttpClient.Version version) {
        if (answer.statusCode() != 200 || answer.version() != version) {
            throw new IllegalStateException("status " + answer.statusCode() + " by " + answer.version());
        }
        return answer.body();
    }
}
