package io.perilune.compat.programs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells who provides this JVM's channels and sockets, and when the native library is loaded. */
public final class Providers {

    private Providers() {}

    /** Runs it. */
    public static void main(String[] arguments) throws IOException {
        System.out.println("at the start: " + mapped());
        System.out.println("channels: " + SelectorProvider.provider().getClass().getName());
        System.out.println("after asking for the provider: " + mapped());
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            System.out.println("after a socket on " + server.getInetAddress() + ": " + mapped());
        }
        try (SocketChannel channel = SocketChannel.open()) {
            channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            System.out.println("after a channel: " + mapped());
        }
        System.out.println("module: " + Providers.class.getModule().getName());
    }

    private static String mapped() throws IOException {
        return Files.readString(Path.of("/proc/self/maps")).contains("libperilune.so") ? "DPDK" : "no DPDK";
    }
}
