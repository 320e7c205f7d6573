package io.perilune.compat.programs;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** Answers each request with the body it came with, by the JDK's own HTTP server. */
public final class HttpEcho {

    private HttpEcho() {}

    /** Runs until it is stopped: ADDRESS PORT default|pool. */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        HttpServer server = HttpServer.create(address, 0);
        server.createContext("/", HttpEcho::echo);
        if (arguments[2].equals("pool")) {
            server.setExecutor(Executors.newFixedThreadPool(8));
        }
        server.start();
        System.out.println("ready on " + server.getAddress());
    }

    private static void echo(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("X-Method", exchange.getRequestMethod());
            exchange.getResponseHeaders()
                    .add("X-Peer-Port", "" + exchange.getRemoteAddress().getPort());
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                exchange.getResponseBody().write(body);
            }
        }
    }
}
