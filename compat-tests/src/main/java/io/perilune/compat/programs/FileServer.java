package io.perilune.compat.programs;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Serves the files below a directory over HTTP until its standard input ends. */
public final class FileServer {

    private final Path top;

    private FileServer(Path top) {
        this.top = top.toAbsolutePath().normalize();
    }

    /**
     * Runs it.
     *
     * @param arguments address, port, directory, and how many threads handle requests (0: the dispatcher itself)
     */
    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[1]);
        int threads = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 0;
        HttpServer server = HttpServer.create(new InetSocketAddress(arguments[0], port), 0);
        server.createContext("/", new FileServer(Path.of(arguments[2]))::handle);
        ExecutorService executor = threads > 0 ? Executors.newFixedThreadPool(threads) : null;
        server.setExecutor(executor);
        server.start();
        System.out.println("serving " + arguments[2] + " on " + server.getAddress());
        while (System.in.read() >= 0) {
            // Whoever started this ends it by closing the pipe.
        }
        server.stop(1);
        if (executor != null) {
            executor.shutdown();
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Path file =
                    top.resolve(exchange.getRequestURI().getPath().substring(1)).normalize();
            if (!file.startsWith(top) || !Files.isRegularFile(file)) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            long length = Files.size(file);
            exchange.sendResponseHeaders(200, length == 0 ? -1 : length);
            try (InputStream in = Files.newInputStream(file);
                    OutputStream out = exchange.getResponseBody()) {
                in.transferTo(out);
            }
        }
    }
}
