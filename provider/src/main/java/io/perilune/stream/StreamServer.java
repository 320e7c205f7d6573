package io.perilune.stream;

import io.perilune.channels.SocketPermissions;
import io.perilune.loop.InlineListener;
import io.perilune.loop.InlineSocket;
import io.perilune.loop.PortReservation;
import io.perilune.loop.UserStack;
import io.perilune.tcp.TcpSocketOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.function.Supplier;

/** A port on which streams are accepted, made by {@link Streams#listen}. Any thread, and handlers too. */
public final class StreamServer implements AutoCloseable {

    private final Listener listener;

    private StreamServer(Listener listener) {
        this.listener = listener;
    }

    static StreamServer open(
            UserStack stack, InetSocketAddress local, int backlog, Supplier<? extends StreamHandler> handlers)
            throws IOException {
        SocketPermissions.checkListen(local.getPort());
        TcpSocketOptions options = Streams.options();
        options.reuseAddress = true; // as a server of the JDK's on this system
        PortReservation reservation = stack.reserve(local, options);
        try {
            return new StreamServer(new Listener(stack, reservation, backlog, options, handlers));
        } finally {
            reservation.close(); // unless it is used up
        }
    }

    /** Returns the address asked for, with the port. */
    public InetSocketAddress localAddress() {
        return listener.localAddress();
    }

    /** Stops listening. Streams that are open stay so; connections that no handler has seen yet are reset. */
    @Override
    public void close() {
        listener.close();
    }

    @Override
    public String toString() {
        return "stream server on " + localAddress();
    }

    private static final class Listener extends InlineListener {

        private final Supplier<? extends StreamHandler> handlers;

        Listener(
                UserStack stack,
                PortReservation reservation,
                int backlog,
                TcpSocketOptions options,
                Supplier<? extends StreamHandler> handlers)
                throws IOException {
            super(stack, reservation, backlog, options);
            this.handlers = handlers;
        }

        @Override
        protected InlineSocket accepted(UserStack stack) {
            StreamHandler handler = handlers.get();
            return new TcpStream(stack, null, Objects.requireNonNull(handler, "a handler"));
        }
    }
}
