package io.perilune.loop;

import io.perilune.config.Settings;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** Blocking operations of one thread on a stack, as a channel makes them of sockets and a waiter. */
public final class StackUser {

    static final String ADDRESS = "198.18.0.2";
    static final long SECOND_NS = 1_000_000_000;

    final UserStack stack;
    final Waiter waiter = new Waiter(null);
    private final ReadyListener listener = waiter::signal;

    public StackUser(UserStack stack) {
        this.stack = stack;
    }

    /** Starts a stack with the loopback link alone. */
    public static UserStack loopbackStack(String... keysAndValues) {
        Map<String, String> values = new HashMap<>();
        values.put("link", "none");
        values.put("memory", "16m");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            values.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return UserStack.start(Settings.of(values), null);
    }

    public static InetSocketAddress at(int port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(ADDRESS), port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    public UserListener listen(int backlog) throws SocketException {
        PortReservation reservation = stack.reserve(at(0), new TcpSocketOptions());
        return stack.listen(reservation, backlog, new TcpSocketOptions());
    }

    /** Waits until a source is ready for one of the operations; fails after ten seconds. */
    public void await(Readiness source, int ops) {
        source.addListener(listener);
        try {
            long startNs = System.nanoTime();
            while (true) {
                waiter.reset();
                if ((source.readyOps() & ops) != 0) {
                    return;
                }
                if (System.nanoTime() - startNs > 10 * SECOND_NS) {
                    throw new AssertionError("not ready for " + ops + " in 10 s: " + source.readyOps());
                }
                stack.await(waiter, SECOND_NS);
            }
        } finally {
            source.removeListener(listener);
        }
    }

    public UserSocket connect(InetSocketAddress address) {
        TcpSocketOptions options = new TcpSocketOptions();
        options.noDelay = true; // so that a message does not wait for the acknowledgement of the one before
        UserSocket socket = stack.openSocket(options);
        TcpError error = socket.connect(address, null);
        if (error != TcpError.NONE) {
            throw new AssertionError("connect: " + error);
        }
        await(socket, UserSocket.CONNECTABLE);
        socket.connectFinished();
        if (!socket.isConnected()) {
            throw new AssertionError("connect: " + socket.error());
        }
        return socket;
    }

    public UserSocket accept(UserListener from) {
        while (true) {
            UserSocket socket = from.accept();
            if (socket != null) {
                return socket;
            }
            await(from, UserSocket.ACCEPTABLE);
        }
    }

    /** Writes all of a buffer. */
    public void write(UserSocket socket, ByteBuffer source) {
        while (source.hasRemaining()) {
            int count = socket.write(source);
            if (count < 0) {
                throw new AssertionError("write: " + socket.error());
            }
            if (count == 0) {
                await(socket, UserSocket.WRITABLE);
            }
        }
    }

    /** Reads until a buffer is full or the stream ends; returns how much. */
    public int read(UserSocket socket, ByteBuffer destination) {
        int total = 0;
        while (destination.hasRemaining()) {
            int count = socket.read(destination);
            if (count == UserSocket.END_OF_STREAM) {
                break;
            }
            if (count < 0) {
                throw new AssertionError("read: " + socket.error());
            }
            if (count == 0) {
                await(socket, UserSocket.READABLE);
            }
            total += count;
        }
        return total;
    }
}
