package io.perilune.compat.programs;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** An echo server of java.net: a ServerSocket, and a thread for each connection. */
public final class SocketEcho {

    private SocketEcho() {}

    /** Runs it: ADDRESS PORT; for ever. */
    public static void main(String[] arguments) throws IOException {
        try (ServerSocket server =
                new ServerSocket(Integer.parseInt(arguments[1]), 128, InetAddress.getByName(arguments[0]))) {
            System.out.println("ready on " + server.getLocalSocketAddress());
            while (true) {
                Socket accepted = server.accept();
                Thread serving = new Thread(() -> echo(accepted), "serving " + accepted.getRemoteSocketAddress());
                serving.setDaemon(true);
                serving.start();
            }
        }
    }

    private static void echo(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] bytes = new byte[8192];
            int count;
            while ((count = in.read(bytes)) >= 0) {
                out.write(bytes, 0, count);
            }
        } catch (IOException e) {
            System.out.println("a connection ended: " + e);
        }
    }
}
