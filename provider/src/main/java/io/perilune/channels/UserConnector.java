package io.perilune.channels;

import io.perilune.loop.PortReservation;
import io.perilune.loop.UserSocket;
import io.perilune.tcp.TcpError;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.NoConnectionPendingException;
import java.util.concurrent.TimeUnit;

/** How a socket of the user-space stack is connected. Any thread. */
final class UserConnector {

    private static final long FOR_EVER = Long.MAX_VALUE;

    private final UserBackend backend;
    private final PeriluneSocketChannel channel;
    private final UserSocket socket;
    private final UserState state;
    private final ProtocolFamily family;
    private final PortReservation reservation;
    private final UserReader reader;
    private final UserWriter writer;

    UserConnector(
            UserBackend backend,
            PeriluneSocketChannel channel,
            UserSocket socket,
            UserState state,
            ProtocolFamily family,
            PortReservation reservation,
            UserReader reader,
            UserWriter writer) {
        this.backend = backend;
        this.channel = channel;
        this.socket = socket;
        this.state = state;
        this.family = family;
        this.reservation = reservation;
        this.reader = reader;
        this.writer = writer;
    }

    void bind(SocketAddress address) throws IOException {
        synchronized (state) {
            channel.ensureOpen();
            if (state.now() == UserState.PENDING) {
                throw new ConnectionPendingException();
            }
            throw new AlreadyBoundException(); // it became a user-space socket by bind or by connect
        }
    }

    boolean connect(SocketAddress address) throws IOException {
        return connect(SocketAddresses.checkRemote(address, family), FOR_EVER, false);
    }

    void connect(SocketAddress address, int timeoutMs) throws IOException {
        long timeoutNs = timeoutMs == 0 ? FOR_EVER : TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        connect(SocketAddresses.checkRemote(address, family), timeoutNs, true);
    }

    private boolean connect(InetSocketAddress to, long timeoutNs, boolean mustBlock) throws IOException {
        try {
            reader.lock.lock();
            writer.lock.lock();
            try {
                boolean blocking = channel.isBlocking();
                if (mustBlock && !blocking) {
                    throw new IllegalBlockingModeException();
                }
                channel.ensureOpenToConnect();
                boolean connected = false;
                begin(blocking);
                try {
                    beginConnect(to);
                    // Who does not block finishes it, as on the kernel's socket even if it was quick.
                    connected = blocking && awaitConnected(timeoutNs);
                } finally {
                    endConnect(blocking, connected);
                }
                return connected;
            } finally {
                writer.lock.unlock();
                reader.lock.unlock();
            }
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private void beginConnect(InetSocketAddress to) throws IOException {
        synchronized (state) {
            channel.ensureOpen();
            if (state.now() == UserState.CONNECTED) {
                throw new AlreadyConnectedException();
            }
            if (state.now() == UserState.PENDING) {
                throw new ConnectionPendingException();
            }
            state.become(UserState.PENDING);
            state.remote(to);
        }
        TcpError error = socket.connect(to, reservation);
        if (error == TcpError.NET_UNREACHABLE && isBoundToIpv4() && to.getAddress() instanceof Inet6Address) {
            throw new SocketException("Address family not supported by protocol");
        }
        if (error != TcpError.NONE) {
            throw SocketExceptions.connect(error);
        }
    }

    private boolean isBoundToIpv4() {
        InetAddress bound = reservation == null ? null : reservation.local().getAddress();
        return bound instanceof Inet4Address && !bound.isAnyLocalAddress();
    }

    boolean finishConnect() throws IOException {
        try {
            reader.lock.lock();
            writer.lock.lock();
            try {
                if (state.isConnected()) {
                    return true;
                }
                channel.ensureOpenToConnect();
                boolean blocking = channel.isBlocking();
                boolean connected = false;
                begin(blocking);
                try {
                    channel.ensureOpen();
                    if (state.now() != UserState.PENDING) {
                        throw new NoConnectionPendingException();
                    }
                    connected = blocking ? awaitConnected(FOR_EVER) : pollConnected();
                } finally {
                    endConnect(blocking, connected);
                }
                return connected;
            } finally {
                writer.lock.unlock();
                reader.lock.unlock();
            }
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private boolean awaitConnected(long timeoutNs) throws IOException {
        BlockingOperation operation = reader.operation();
        long startNs = timeoutNs == FOR_EVER ? 0 : System.nanoTime();
        boolean connected = isConnectedNow();
        while (!connected && channel.isOpen()) {
            long leftNs = UserBackend.left(timeoutNs, startNs, "Connect timed out");
            operation.reset();
            if ((socket.readyOps() & UserSocket.CONNECTABLE) == 0 && channel.isOpen()) {
                channel.await(operation, leftNs);
            }
            connected = isConnectedNow();
        }
        return connected && channel.isOpen();
    }

    private boolean pollConnected() throws IOException {
        boolean connected = isConnectedNow();
        if (!connected && backend.isUnwatched()) {
            backend.drivePass();
            connected = isConnectedNow();
        }
        return connected;
    }

    private boolean isConnectedNow() throws IOException {
        if ((socket.readyOps() & UserSocket.CONNECTABLE) == 0) {
            return false;
        }
        TcpError error = socket.error();
        if (error != TcpError.NONE) {
            throw SocketExceptions.connect(error); // also of one that was established and has failed since
        }
        return socket.isConnected();
    }

    private void begin(boolean blocking) {
        if (blocking) {
            channel.beginBlocking();
        }
    }

    private void endConnect(boolean blocking, boolean completed) throws IOException {
        if (blocking) {
            channel.endBlocking(completed);
        }
        if (completed) {
            synchronized (state) {
                if (state.now() == UserState.PENDING) {
                    socket.connectFinished();
                    state.local(socket.localAddress());
                    state.become(UserState.CONNECTED);
                }
            }
        }
    }
}
