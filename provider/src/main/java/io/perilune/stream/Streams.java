package io.perilune.stream;

import io.perilune.channels.SocketExceptions;
import io.perilune.channels.SocketPermissions;
import io.perilune.loop.UserStack;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * Where streams come from: {@link io.perilune.Perilune#streams}. Any thread.
 *
 * <p>All streams of a JVM have one thread, {@code perilune-streams}, made when the first server or connection is opened.
 * While one is open it alone drives the stack, spinning or sleeping as {@code perilune.poll} says, and the threads of
 * {@code java.nio} programs in the same JVM wait for it instead of driving; it ends with the last one. It is not a daemon:
 * as with {@code com.sun.net.httpserver.HttpServer}, an open server or stream keeps the JVM alive.
 *
 * <p>There is no kernel here: what is not reached over Perilune is an exception.
 */
public final class Streams {

    private static final int PORT_MAX = 65_535;

    private final UserStack stack;

    private Streams(UserStack stack) {
        this.stack = stack;
    }

    /** Returns the streams of a stack; programs ask {@link io.perilune.Perilune#streams}. */
    public static Streams on(UserStack stack) {
        return new Streams(stack);
    }

    /**
     * Accepts connections. Not to be called by a handler.
     *
     * @param local one of the stack's own addresses, or the wildcard: all of them; port 0: a free one
     * @param backlog how many established connections may wait for their handlers, from 1 to 65535
     * @param handlers called for each connection, on the thread of the streams, must be quick; may return one handler for
     *     all. If it throws, that connection is reset, and the rest is as with a handler that throws
     * @return the server, which listens
     * @throws java.net.BindException "Cannot assign requested address" if the address is not the stack's; "Address already
     *     in use"
     * @throws java.net.SocketException if the stack is closed
     * @throws UnresolvedAddressException if the address is not resolved
     * @throws SecurityException if a security manager forbids to listen
     */
    public StreamServer listen(InetSocketAddress local, int backlog, Supplier<? extends StreamHandler> handlers)
            throws IOException {
        Objects.requireNonNull(handlers, "handlers");
        checkResolved(local);
        if (backlog < 1 || backlog > PORT_MAX) {
            throw new IllegalArgumentException("backlog " + backlog + ": not from 1 to " + PORT_MAX);
        }
        return StreamServer.open(stack, local, backlog, handlers);
    }

    /**
     * Begins to connect; handlers may call this too. The outcome is {@link StreamHandler#opened}, or {@link
     * StreamHandler#closed} with the reason.
     *
     * @return the stream, on which nothing can be written before {@code opened}
     * @throws java.net.SocketException "Network is unreachable" if the address is not reached over Perilune, "Network is
     *     down" if the stack is closed
     * @throws java.net.BindException if no port is free
     * @throws UnresolvedAddressException if the address is not resolved
     * @throws SecurityException if a security manager forbids to connect
     */
    public Stream connect(InetSocketAddress remote, StreamHandler handler) throws IOException {
        Objects.requireNonNull(handler, "handler");
        checkResolved(remote);
        SocketPermissions.checkConnect(remote);
        if (remote.getAddress().isAnyLocalAddress()) {
            throw SocketExceptions.connect(TcpError.NET_UNREACHABLE);
        }
        TcpStream stream = new TcpStream(stack, options(), handler);
        stream.begin(remote);
        return stream;
    }

    /**
     * Has a task run on the thread of the streams, between handlers, soon; as {@link Stream#execute}.
     *
     * @throws RejectedExecutionException if no server or stream is open
     */
    public void execute(Runnable task) {
        stack.executeInline(Objects.requireNonNull(task, "task"));
    }

    /** Nagle's algorithm would only delay: what belongs together is written in one call of a handler. */
    static TcpSocketOptions options() {
        TcpSocketOptions options = new TcpSocketOptions();
        options.noDelay = true;
        return options;
    }

    private static void checkResolved(InetSocketAddress address) {
        if (address.isUnresolved()) {
            throw new UnresolvedAddressException();
        }
    }
}
