package io.perilune.dpdk;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** The socket by which the two ends of a memif link find each other. */
final class MemifSocket {

    /** What the kernel's sockaddr_un holds, less the zero at its end. */
    private static final int PATH_LENGTH_MAX = 107;

    private MemifSocket() {}

    /**
     * Checks that a socket can be made or reached there, and takes away one that a dead server has left.
     *
     * @throws IOException in words
     */
    static void check(Path socket, boolean server) throws IOException {
        if (!socket.isAbsolute()) {
            throw new IOException("the socket's path must be absolute, as memif:/run/perilune.sock,server");
        }
        if (socket.toString().length() > PATH_LENGTH_MAX) {
            throw new IOException("the path is longer than the " + PATH_LENGTH_MAX + " bytes of a socket's name");
        }
        Path directory = socket.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new IOException("there is no directory " + directory + " for its socket; make it first");
        }
        if (!Files.isWritable(directory)) {
            throw new IOException("this user may not write to the directory " + directory + " of its socket");
        }
        if (server && Files.exists(socket)) {
            removeLeftover(socket);
        }
    }

    private static void removeLeftover(Path socket) throws IOException {
        if (!Files.readAttributes(socket, BasicFileAttributes.class).isOther()) {
            throw new IOException(socket + " exists and is not a socket; choose another path");
        }
        // The JDK's own provider: the system's default may be the one that is just being started. memif's sockets carry
        // packets, not streams, so a live one refuses with "wrong type" and its server notices nothing.
        try (SocketChannel channel = JdkInternals.kernelProvider().openSocketChannel(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (ConnectException e) {
            Files.deleteIfExists(socket); // refused: nobody listens any more
            return;
        } catch (IOException e) {
            throw new IOException(busy(socket), e);
        }
        throw new IOException(busy(socket));
    }

    private static String busy(Path socket) {
        return "another process serves " + socket + "; choose another path, or be its client";
    }
}
