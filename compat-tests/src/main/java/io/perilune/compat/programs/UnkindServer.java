package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Three servers that disappoint, each on a port of its own: one resets, one closes, one stays silent. */
public final class UnkindServer {

    /** Resets the connection when a byte has come. */
    static final int RESETS = 7001;
    /** Closes the connection when a byte has come. */
    static final int CLOSES = 7002;
    /** Keeps the connection and says nothing. */
    static final int SILENT = 7003;

    private UnkindServer() {}

    /** Runs until it is stopped: ADDRESS. */
    public static void main(String[] arguments) throws IOException {
        for (int port : new int[] {RESETS, CLOSES, SILENT}) {
            ServerSocketChannel server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(arguments[0], port));
            new Thread(() -> serve(server, port), "port " + port).start();
        }
        System.out.println("ready");
    }

    private static void serve(ServerSocketChannel server, int port) {
        List<SocketChannel> kept = new ArrayList<>();
        try {
            while (true) {
                SocketChannel channel = server.accept();
                if (port == SILENT) {
                    kept.add(channel);
                    continue;
                }
                channel.read(ByteBuffer.allocate(1));
                if (port == RESETS) {
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                }
                channel.close();
            }
        } catch (IOException e) {
            System.out.println("port " + port + " lost: " + e + ", with " + kept.size() + " kept");
        }
    }
}
