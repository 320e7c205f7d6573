package io.perilune.compat.programs;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;

/** A client of java.net.Socket: connects, sends, reads with a timeout, again and again. */
public final class SocketExchange {

    private static final int LENGTH = 20_000;
    private static final int TIMEOUT_MS = 10_000;

    private SocketExchange() {}

    /** Runs it: ADDRESS PORT CONNECTIONS. */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress server = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        int connections = Integer.parseInt(arguments[2]);
        for (int i = 0; i < connections; i++) {
            try (Socket socket = new Socket()) {
                socket.setTcpNoDelay(i % 2 == 0);
                socket.connect(server, TIMEOUT_MS);
                exchange(socket, i);
            }
        }
        System.out.println("all " + connections + " echoed");
    }

    private static void exchange(Socket socket, int number) throws IOException {
        socket.setSoTimeout(1);
        try {
            throw new IOException(
                    "something came unasked: " + socket.getInputStream().read());
        } catch (SocketTimeoutException e) {
            socket.setSoTimeout(TIMEOUT_MS);
        }
        byte[] sent = new byte[LENGTH];
        Arrays.fill(sent, (byte) number);
        socket.getOutputStream().write(sent);
        socket.shutdownOutput();
        InputStream in = socket.getInputStream();
        byte[] received = in.readAllBytes();
        if (!Arrays.equals(sent, received)) {
            throw new IOException("sent " + sent.length + " bytes, and " + received.length + " others came back");
        }
    }
}
