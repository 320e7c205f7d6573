package io.perilune.compat.programs;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/** {@link NioEcho} and {@link ManyConnections} in one JVM, each on a thread of its own. */
public final class InOneJvm {

    private static final long LIMIT_NS = 20_000_000_000L;

    private InOneJvm() {}

    /** Runs it: ADDRESS PORT CONNECTIONS. */
    public static void main(String[] arguments) throws IOException {
        Thread server = new Thread(() -> serve(arguments), "server");
        server.setDaemon(true);
        server.start();
        awaitServer(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
        ManyConnections.main(arguments);
    }

    private static void serve(String[] arguments) {
        try {
            NioEcho.main(arguments);
        } catch (IOException e) {
            System.out.println("server lost: " + e);
        }
    }

    private static void awaitServer(InetSocketAddress address) throws IOException {
        long startNs = System.nanoTime();
        while (true) {
            try {
                SocketChannel.open(address).close();
                return;
            } catch (ConnectException e) {
                if (System.nanoTime() - startNs > LIMIT_NS) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }
}
