package io.perilune.compat.programs;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * HttpURLConnection before {@link HttpEcho}, whose connections it keeps, before {@link UnkindServer}, and before nobody:
 * what fails must do so in time, by the exception that the documentation names.
 */
public final class UrlPatience {

    private static final int REQUESTS = 50;
    private static final int CHUNKED = 3_000_000;
    private static final int LIMIT_MS = 20_000;
    private static final int PATIENCE_MS = 300;

    private UrlPatience() {}

    /** Runs it: ADDRESS PORT CLOSED NOBODY, a port where nobody listens, and an address where nobody is. */
    public static void main(String[] arguments) throws IOException {
        String host = "http://" + arguments[0] + ":";
        String echo = host + arguments[1] + "/echo";
        keepConnection(echo);
        sendInChunks(echo);
        expect(SocketTimeoutException.class, "Read timed out", host + UnkindServer.SILENT + "/", PATIENCE_MS);
        expect(SocketException.class, "Connection reset", host + UnkindServer.RESETS + "/", LIMIT_MS);
        expect(ConnectException.class, "Connection refused", host + arguments[2] + "/", LIMIT_MS);
        expect(SocketTimeoutException.class, "Connect timed out", "http://" + arguments[3] + ":80/", PATIENCE_MS);
        System.out.println("patient enough");
    }

    private static void keepConnection(String echo) throws IOException {
        Set<String> ports = new HashSet<>();
        for (int i = 0; i < REQUESTS; i++) {
            HttpURLConnection connection = open(echo, LIMIT_MS);
            connection.setDoOutput(true);
            connection.getOutputStream().write(i);
            check(Arrays.equals(connection.getInputStream().readAllBytes(), new byte[] {(byte) i}), "another body");
            ports.add(connection.getHeaderField("X-Peer-Port"));
        }
        check(ports.size() == 1, "connected from " + ports);
    }

    private static void sendInChunks(String echo) throws IOException {
        byte[] body = new byte[CHUNKED];
        new Random(CHUNKED).nextBytes(body);
        HttpURLConnection connection = open(echo, LIMIT_MS);
        connection.setDoOutput(true);
        connection.setChunkedStreamingMode(1000);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        check(Arrays.equals(connection.getInputStream().readAllBytes(), body), "another body came back by chunks");
    }

    private static void expect(Class<? extends IOException> kind, String message, String url, int patienceMs) {
        long beginNs = System.nanoTime();
        try {
            throw new IllegalStateException(
                    url + " answered " + open(url, patienceMs).getResponseCode());
        } catch (IOException e) {
            check(e.getClass() == kind && message.equals(e.getMessage()), url + " failed by " + e);
        }
        long passedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNs);
        check(passedMs < LIMIT_MS, url + " took " + passedMs + " ms");
        check(kind != SocketTimeoutException.class || passedMs >= patienceMs - 10, url + " took " + passedMs + " ms");
    }

    private static HttpURLConnection open(String url, int patienceMs) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setConnectTimeout(patienceMs);
        connection.setReadTimeout(patienceMs);
        return connection;
    }

    private static void check(boolean good, String otherwise) {
        if (!good) {
            throw new IllegalStateException(otherwise);
        }
    }
}
