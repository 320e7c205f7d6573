package io.perilune.compat.programs;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;

/** Serves the files below a folder over HTTP, with the JDK's own server and nothing else. */
public final class FileServer {

    private static final int THREADS = 4;

    private FileServer() {}

    /** Runs until it is stopped: FOLDER ADDRESS PORT. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]).toRealPath();
        InetSocketAddress address = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
        HttpServer server = HttpServer.create(address, 0);
        server.createContext("/", exchange -> serve(folder, exchange));
        server.setExecutor(Executors.newFixedThreadPool(THREADS));
        server.start();
        System.out.println("serving " + folder + " on " + server.getAddress());
    }

    private static void serve(Path folder, HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            Path file = folder.resolve(exchange.getRequestURI().getPath().substring(1))
                    .normalize();
            if (!exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(405, -1);
            } else if (!file.startsWith(folder) || !Files.isRegularFile(file)) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                long length = Files.size(file);
                // The server's own words: 0 is "a length yet unknown", -1 is "no body".
                exchange.sendResponseHeaders(200, length == 0 ? -1 : length);
                try (OutputStream body = exchange.getResponseBody()) {
                    Files.copy(file, body);
                }
            }
        } catch (IOException e) {
            System.out.println(exchange.getRequestURI() + " failed: " + e);
            throw e;
        }
    }
}
