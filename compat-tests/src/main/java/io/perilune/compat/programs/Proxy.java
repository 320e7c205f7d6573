package io.perilune.compat.programs;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.Executors;

/** A server that asks another one for each answer, by one client of its own and by connections of java.net. */
public final class Proxy {

    private static final int THREADS = 8;

    private final HttpClient client = HttpClient.newHttpClient();
    private final String behind;

    private Proxy(String behind) {
        this.behind = behind;
    }

    /** Runs it: PORT URL; for ever. /client/... and /connection/... fetch URL/... */
    public static void main(String[] arguments) throws IOException {
        Proxy proxy = new Proxy(arguments[1]);
        HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(arguments[0])), 0);
        server.createContext("/client/", exchange -> answer(exchange, proxy.byClient(path(exchange))));
        server.createContext("/connection/", exchange -> answer(exchange, proxy.byConnection(path(exchange))));
        server.setExecutor(Executors.newFixedThreadPool(THREADS));
        server.start();
        System.out.println("ready");
    }

    private static String path(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return path.substring(path.indexOf('/', 1));
    }

    private static void answer(HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private byte[] byClient(String path) throws IOException {
        try {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(behind + path)).build();
            HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            return checked(response.statusCode(), response.body());
        } catch (InterruptedException e) {
            throw new IOException(e);
        } catch (IOException e) {
            System.out.println("the client failed: " + e);
            throw e;
        }
    }

    private byte[] byConnection(String path) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(behind + path).toURL().openConnection();
        try (InputStream body = connection.getInputStream()) {
            return checked(connection.getResponseCode(), body.readAllBytes());
        } catch (IOException e) {
            System.out.println("a connection failed: " + e);
            throw e;
        }
    }

    private static byte[] checked(int status, byte[] body) throws IOException {
        if (status != 200) {
            throw new IOException("status " + status);
        }
        return body;
    }
}
