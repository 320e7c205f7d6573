package io.perilune.channels;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * What a security policy lets a program do with sockets (java.net.SocketPermission): asked in user space where the JDK's
 * channels ask it. Any thread.
 */
@SuppressWarnings("removal") // as long as there are JDKs that have policies
public final class SocketPermissions {

    private SocketPermissions() {}

    /** As SocketChannel.connect: "connect" to the address and port. */
    public static void checkConnect(InetSocketAddress remote) {
        SecurityManager manager = System.getSecurityManager();
        if (manager != null) {
            InetAddress address = remote.getAddress();
            manager.checkConnect(address.getHostAddress(), remote.getPort());
        }
    }

    /** As bind: "listen" on the port. */
    public static void checkListen(int port) {
        SecurityManager manager = System.getSecurityManager();
        if (manager != null) {
            manager.checkListen(port);
        }
    }

    /** As getLocalAddress: the loopback address instead of one that the program could not connect to. */
    static InetSocketAddress revealed(InetSocketAddress local) {
        SecurityManager manager = System.getSecurityManager();
        if (local == null || manager == null) {
            return local;
        }
        try {
            manager.checkConnect(local.getAddress().getHostAddress(), -1);
            return local;
        } catch (SecurityException e) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), local.getPort());
        }
    }

    /** As ServerSocketChannel.accept: "accept" from the address and port. */
    public static void checkAccept(InetSocketAddress remote) {
        SecurityManager manager = System.getSecurityManager();
        if (manager != null) {
            manager.checkAccept(remote.getAddress().getHostAddress(), remote.getPort());
        }
    }
}
