package io.perilune.compat.apps;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.resource.PathResourceManager;
import io.undertow.server.handlers.resource.ResourceHandler;
import java.io.IOException;
import java.nio.file.Path;

/** Undertow: HTTP on port 8000 and, with TLS and HTTP/2, 8443; files by transferTo, and what is posted back. */
public final class UndertowServer {

    private static final long TRANSFER_FROM = 1024;
    private static final long BODY_LIMIT = 64 << 20;

    private UndertowServer() {}

    /** Runs it: ADDRESS KEYS ROOT. */
    public static void main(String[] arguments) throws Exception {
        Undertow.builder()
                .addHttpListener(8000, arguments[0])
                .addHttpsListener(8443, arguments[0], Keys.context(arguments[1]))
                .setServerOption(UndertowOptions.ENABLE_HTTP2, true)
                .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, BODY_LIMIT)
                .setHandler(Handlers.path()
                        .addExactPath("/echo", new BlockingHandler(UndertowServer::echo))
                        .addPrefixPath(
                                "/files",
                                new ResourceHandler(new PathResourceManager(
                                        Path.of(arguments[2]).resolve("files"), TRANSFER_FROM))))
                .build()
                .start();
        System.out.println("ready");
    }

    private static void echo(HttpServerExchange exchange) throws IOException {
        byte[] body = exchange.getInputStream().readAllBytes();
        exchange.setResponseContentLength(body.length);
        exchange.getOutputStream().write(body);
    }
}
