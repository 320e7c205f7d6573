package io.perilune.compat.apps;

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ResourceHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.resource.ResourceFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Jetty: HTTP on port 8000 and, with TLS, 8443; files, and what is posted back. */
public final class JettyServer {

    private JettyServer() {}

    /** Runs it: ADDRESS KEYS ROOT. */
    public static void main(String[] arguments) throws Exception {
        Server server = new Server();
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setKeyStorePath(arguments[1]);
        tls.setKeyStorePassword(Keys.PASSWORD);
        tls.setSniRequired(false);
        add(server, new ServerConnector(server), arguments[0], 8000);
        add(server, new ServerConnector(server, tls), arguments[0], 8443);
        ResourceHandler files = new ResourceHandler();
        files.setBaseResource(ResourceFactory.of(files).newResource(arguments[2]));
        server.setHandler(new Handler.Sequence(files, new Echo()));
        server.start();
        System.out.println("ready");
        server.join();
    }

    private static void add(Server server, ServerConnector connector, String address, int port) {
        connector.setHost(address);
        connector.setPort(port);
        server.addConnector(connector);
    }

    private static final class Echo extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            Content.copy(request, response, callback);
            return true;
        }
    }
}
