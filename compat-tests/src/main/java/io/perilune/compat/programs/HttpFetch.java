package io.perilune.compat.programs;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** Posts bodies to {@link HttpEcho} with each of the JDK's two HTTP clients and compares what comes back. */
public final class HttpFetch {

    private static final int[] LENGTHS = {0, 1, 1447, 1448, 65_535, 1 << 20, 5_000_000};
    private static final int AT_ONCE = 40;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private HttpFetch() {}

    /** Runs it: ADDRESS PORT, and client or connection for one of the two only. */
    public static void main(String[] arguments) throws Exception {
        URI uri = URI.create("http://" + arguments[0] + ":" + arguments[1] + "/echo");
        String only = arguments.length > 2 ? arguments[2] : "";
        if (!only.equals("connection")) {
            byClient(uri);
            System.out.println("HttpClient: " + LENGTHS.length + " in turn, " + AT_ONCE + " at once");
        }
        if (!only.equals("client")) {
            for (int length : LENGTHS) {
                byConnection(uri, body(length));
            }
            System.out.println("HttpURLConnection: " + LENGTHS.length + " in turn");
        }
    }

    private static void byClient(URI uri) throws Exception {
        HttpClient client = HttpClient.newBuilder().connectTimeout(LIMIT).build();
        for (int length : LENGTHS) {
            byte[] body = body(length);
            check(body, client.send(request(uri, body), BodyHandlers.ofByteArray()));
        }
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            byte[] body = body(1000 * i);
            answers.add(client.sendAsync(request(uri, body), BodyHandlers.ofByteArray())
                    .thenAccept(answer -> check(body, answer)));
        }
        CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0])).get();
    }

    private static HttpRequest request(URI uri, byte[] body) {
        return HttpRequest.newBuilder(uri)
                .timeout(LIMIT)
                .POST(BodyPublishers.ofByteArray(body))
                .build();
    }

    private static void check(byte[] body, HttpResponse<byte[]> answer) {
        if (answer.statusCode() != 200 || !Arrays.equals(body, answer.body())) {
            throw new IllegalStateException("status " + answer.statusCode() + ", " + answer.body().length
                    + " bytes for a body of " + body.length);
        }
    }

    private static void byConnection(URI uri, byte[] body) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length);
        connection.setConnectTimeout((int) LIMIT.toMillis());
        connection.setReadTimeout((int) LIMIT.toMillis());
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        byte[] answer = connection.getInputStream().readAllBytes();
        if (!Arrays.equals(body, answer)) {
            throw new IOException(answer.length + " bytes for a body of " + body.length);
        }
    }

    private static byte[] body(int length) {
        byte[] body = new byte[length];
        new Random(length).nextBytes(body);
        return body;
    }
}
