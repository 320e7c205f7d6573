package io.perilune.compat.apps;

import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PfxOptions;
import java.util.concurrent.TimeUnit;

/** Vert.x: HTTP/1.1 and HTTP/2 on port 8000 and, with TLS, 8443; files by sendFile, and what is posted back. */
public final class VertxServer {

    /** As many as clients ask for: the JDK's fails a request that is one too many. */
    private static final long STREAMS = 1000;

    private VertxServer() {}

    /** Runs it: ADDRESS KEYS ROOT. */
    public static void main(String[] arguments) throws Exception {
        Vertx vertx = Vertx.vertx();
        HttpServerOptions tls = new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(new PfxOptions().setPath(arguments[1]).setPassword(Keys.PASSWORD));
        listen(vertx, new HttpServerOptions(), arguments[0], 8000, arguments[2]);
        listen(vertx, tls, arguments[0], 8443, arguments[2]);
        System.out.println("ready");
    }

    private static void listen(Vertx vertx, HttpServerOptions options, String address, int port, String root)
            throws Exception {
        options.setInitialSettings(new Http2Settings().setMaxConcurrentStreams(STREAMS));
        vertx.createHttpServer(options)
                .requestHandler(request -> answer(request, root))
                .listen(port, address)
                .toCompletionStage()
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
    }

    private static void answer(HttpServerRequest request, String root) {
        if (request.path().startsWith("/files/")) {
            request.response().sendFile(root + request.path());
        } else {
            request.body().onSuccess(body -> request.response()
                    .putHeader("X-Protocol", request.version().name())
                    .end(body));
        }
    }
}
