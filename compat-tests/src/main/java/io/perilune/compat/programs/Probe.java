package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Sends one byte to itself over 127.0.0.1, twice: does this JVM's networking work at all? */
public final class Probe {

    private Probe() {}

    /** Runs it: nothing, or "hold" to stay until it is stopped. */
    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i < 2; i++) {
            try {
                System.out.println("works: " + exchange((byte) (40 + i)));
            } catch (IOException e) {
                System.out.println("fails: " + e.getMessage());
            }
        }
        if (arguments.length > 0) {
            System.out.println("holding");
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    private static int exchange(byte value) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (SocketChannel client = SocketChannel.open(server.getLocalAddress());
                    SocketChannel accepted = server.accept()) {
                client.write(ByteBuffer.wrap(new byte[] {value}));
                ByteBuffer got = ByteBuffer.allocate(1);
                accepted.read(got);
                return got.get(0);
            }
        }
    }
}
