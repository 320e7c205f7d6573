package io.perilune.compat.apps;

import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** What each HTTP client must do: post bodies of many sizes, in turn and many at once, and get each back as it was. */
final class Exchange {

    private static final int[] LENGTHS = {0, 1, 1447, 1448, 65_535, 1 << 20, 20_000_000};
    private static final int AT_ONCE = 200;
    private static final long LIMIT_S = 60;

    /** Posts a body and returns the answer's, or fails when that is no success. */
    interface Client {
        CompletionStage<byte[]> post(URI uri, byte[] body);
    }

    private Exchange() {}

    /** Runs it and prints what was done. */
    static void run(URI uri, Client client) throws Exception {
        for (int length : LENGTHS) {
            byte[] body = body(length);
            check(body, client.post(uri, body).toCompletableFuture().get(LIMIT_S, TimeUnit.SECONDS));
        }
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            byte[] body = body(500 * i);
            answers.add(client.post(uri, body).toCompletableFuture().thenAccept(answer -> check(body, answer)));
        }
        CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0])).get(LIMIT_S, TimeUnit.SECONDS);
        System.out.println(uri + ": " + LENGTHS.length + " in turn, " + AT_ONCE + " at once");
    }

    /** Returns so many bytes of which the length determines each. */
    static byte[] body(int length) {
        byte[] body = new byte[length];
        new Random(length).nextBytes(body);
        return body;
    }

    /** Fails unless both are the same. */
    static void check(byte[] body, byte[] answer) {
        if (!Arrays.equals(body, answer)) {
            throw new IllegalStateException(answer.length + " bytes for a body of " + body.length);
        }
    }
}
