package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.locks.LockSupport;

/** Opens a channel and a socket whenever an agent has come or gone, and uses all that it has opened so far. */
public final class AgentComesAndGoes {

    private static final int WARM = 200_000;
    private static final long LOOK_NS = 1_000_000;

    private AgentComesAndGoes() {}

    /** Runs it: ADDRESS PORT; there is an echo server. */
    public static void main(String[] arguments) throws IOException {
        SocketAddress server = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        for (int i = 0; i < WARM; i++) { // until it is compiled, with what it returns
            if (!SelectorProvider.provider().getClass().getName().startsWith("sun.")) {
                throw new IOException("somebody has been here");
            }
        }
        System.out.println("ready");
        awaitStatus("captured");
        try (SocketChannel first = SocketChannel.open(server);
                Socket firstSocket = new Socket()) {
            firstSocket.connect(server);
            exchange(first, firstSocket);
            System.out.println("with the agent: " + provider());
            awaitStatus("detached");
            try (SocketChannel second = SocketChannel.open(server);
                    Socket secondSocket = new Socket()) {
                secondSocket.connect(server);
                exchange(second, secondSocket);
                exchange(first, firstSocket);
                System.out.println("without it: " + provider());
                awaitStatus("captured");
                try (SocketChannel third = SocketChannel.open(server);
                        Socket thirdSocket = new Socket()) {
                    thirdSocket.connect(server);
                    exchange(third, thirdSocket);
                    exchange(second, secondSocket);
                    exchange(first, firstSocket);
                    System.out.println("with it again: " + provider());
                }
            }
        }
    }

    private static String provider() {
        return SelectorProvider.provider().getClass().getName();
    }

    private static void awaitStatus(String beginning) {
        while (!System.getProperty("io.perilune.agent", "").startsWith(beginning)) {
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    private static void exchange(SocketChannel channel, Socket socket) throws IOException {
        channel.write(ByteBuffer.wrap(new byte[] {7}));
        ByteBuffer answer = ByteBuffer.allocate(1);
        if (channel.read(answer) != 1 || answer.get(0) != 7) {
            throw new IOException("no echo by " + channel);
        }
        socket.getOutputStream().write(8);
        if (socket.getInputStream().read() != 8) {
            throw new IOException("no echo by " + socket);
        }
    }
}
