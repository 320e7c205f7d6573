package io.perilune.compat.programs;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** Answers /LENGTH with a page of that many bytes, always the same. */
public final class Pages {

    private static final int THREADS = 8;

    private Pages() {}

    /** Runs it: PORT; for ever. */
    public static void main(String[] arguments) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(arguments[0])), 0);
        server.createContext("/", Pages::answer);
        server.setExecutor(Executors.newFixedThreadPool(THREADS));
        server.start();
        System.out.println("ready");
    }

    private static void answer(HttpExchange exchange) throws IOException {
        byte[] body = page(Integer.parseInt(exchange.getRequestURI().getPath().substring(1)));
        exchange.getResponseHeaders().set("Connection", "close"); // who wants another page connects again
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** The page of this length. */
    static byte[] page(int length) {
        byte[] page = new byte[length];
        for (int i = 0; i < length; i++) {
            page[i] = (byte) (31 * i + length);
        }
        return page;
    }
}
