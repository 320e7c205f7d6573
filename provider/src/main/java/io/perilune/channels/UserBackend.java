package io.perilune.channels;

import io.perilune.loop.PortReservation;
import io.perilune.loop.ReadyListener;
import io.perilune.loop.UserSocket;
import io.perilune.loop.UserStack;
import io.perilune.loop.Waiter;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** A socket of the user-space stack. Any thread; one may read while another writes. */
final class UserBackend implements SocketBackend {

    // States only grow.
    private static final int UNCONNECTED = 0;
    private static final int PENDING = 1;
    private static final int CONNECTED = 2;
    private static final int CLOSING = 3;
    private static final int CLOSED = 4;

    private static final long FOR_EVER = Long.MAX_VALUE;
    private static final int ANY_INTEREST = SelectionKey.OP_READ | SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT;

    private final PeriluneSocketChannel channel;
    private final UserStack stack;
    private final UserSocket socket;
    private final ProtocolFamily family;
    private final PortReservation reservation;

    private final UserReader reader;
    private final UserWriter writer;

    /** Guards changes of the state. Nothing that blocks is called while it is held. */
    private final Object stateLock = new Object();

    private volatile int state;
    private volatile boolean inputClosed;
    private volatile boolean outputClosed;
    private volatile InetSocketAddress local;
    private volatile InetSocketAddress remote;

    /** The failure has been reported, by a read or a write: a socket tells its error once. */
    private volatile boolean failureReported;

    /** How many selectors watch this socket; written with the channel's decision lock. */
    private volatile int keyCount;

    private final ReentrantLock polling = new ReentrantLock();

    /** Guarded by the lock above. */
    private Waiter poller;

    UserBackend(
            PeriluneSocketChannel channel,
            UserStack stack,
            UserSocket socket,
            PortReservation reservation,
            ProtocolFamily family) {
        this.channel = channel;
        this.stack = stack;
        this.socket = socket;
        this.reservation = reservation;
        this.family = family;
        this.reader = new UserReader(this, channel, stack, socket);
        this.writer = new UserWriter(this, channel, stack, socket);
        this.local = reservation == null ? null : reservation.local();
    }

    static UserBackend accepted(PeriluneSocketChannel channel, UserStack stack, UserSocket socket) {
        UserBackend backend = new UserBackend(channel, stack, socket, null, null);
        backend.local = socket.localAddress();
        backend.remote = socket.remoteAddress();
        backend.state = CONNECTED;
        return backend;
    }

    // ---- Reading and writing ----

    @Override
    public int read(ByteBuffer destination) throws IOException {
        return reader.read(destination);
    }

    @Override
    public long read(ByteBuffer[] destinations, int offset, int length) throws IOException {
        return reader.read(destinations, offset, length);
    }

    @Override
    public int read(byte[] destination, int offset, int length, int timeoutMs) throws IOException {
        return reader.read(destination, offset, length, timeoutMs);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return writer.write(source);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return writer.write(sources, offset, length);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        writer.write(source, offset, length);
    }

    @Override
    public void sendUrgentData(int data) throws IOException {
        writer.sendUrgentData(data);
    }

    /** Tells whether the failure has not been told yet: a socket tells its error once. From now on it has. */
    boolean reportFailure() {
        boolean first = !failureReported;
        failureReported = true;
        return first;
    }

    /** Whether no selector watches: who asks again and again then waits in its own way. */
    boolean isUnwatched() {
        return keyCount == 0;
    }

    /**
     * Lets the stack receive and send once: a thread that asks again and again without a selector waits in its own way,
     * and who waits works (D3). With a selector the selections do it.
     */
    void drivePass() {
        // Any thread may poll, but a waiter is one thread's at a time.
        if (polling.tryLock()) {
            try {
                if (poller == null) {
                    poller = new Waiter(null);
                }
                stack.await(poller, 0);
            } finally {
                polling.unlock();
            }
        }
    }

    /** How long is left of a timeout. */
    static long left(long timeoutNs, long startNs, String message) throws SocketTimeoutException {
        if (timeoutNs == FOR_EVER) {
            return FOR_EVER;
        }
        long leftNs = timeoutNs - (System.nanoTime() - startNs);
        if (leftNs <= 0) {
            throw new SocketTimeoutException(message);
        }
        return leftNs;
    }

    // ---- Connecting ----

    @Override
    public void bind(SocketAddress address) throws IOException {
        synchronized (stateLock) {
            channel.ensureOpen();
            if (state == PENDING) {
                throw new ConnectionPendingException();
            }
            throw new AlreadyBoundException(); // it became a user-space socket by bind or by connect
        }
    }

    @Override
    public boolean connect(SocketAddress address) throws IOException {
        return connect(SocketAddresses.checkRemote(address, family), FOR_EVER, false);
    }

    @Override
    public void connect(SocketAddress address, int timeoutMs) throws IOException {
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
        synchronized (stateLock) {
            channel.ensureOpen();
            if (state == CONNECTED) {
                throw new AlreadyConnectedException();
            }
            if (state == PENDING) {
                throw new ConnectionPendingException();
            }
            state = PENDING;
            remote = to;
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

    @Override
    public boolean finishConnect() throws IOException {
        try {
            reader.lock.lock();
            writer.lock.lock();
            try {
                if (isConnected()) {
                    return true;
                }
                channel.ensureOpenToConnect();
                boolean blocking = channel.isBlocking();
                boolean connected = false;
                begin(blocking);
                try {
                    channel.ensureOpen();
                    if (state != PENDING) {
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
            long leftNs = left(timeoutNs, startNs, "Connect timed out");
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
        if (!connected && keyCount == 0) {
            drivePass();
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
            synchronized (stateLock) {
                if (state == PENDING) {
                    socket.connectFinished();
                    local = socket.localAddress();
                    state = CONNECTED;
                }
            }
        }
    }

    // ---- Shutting down, closing ----

    @Override
    public void shutdownInput() throws IOException {
        synchronized (stateLock) {
            ensureOpenForShutdown();
            if (!inputClosed) {
                inputClosed = true; // first: a read that meets the end knows why
                socket.shutdownInput();
                reader.signal();
            }
        }
    }

    @Override
    public void shutdownOutput() throws IOException {
        synchronized (stateLock) {
            ensureOpenForShutdown();
            if (!outputClosed) {
                outputClosed = true; // first: a write that meets the end knows why
                socket.shutdownOutput();
                writer.signal();
            }
        }
    }

    private void ensureOpenForShutdown() throws ClosedChannelException {
        channel.ensureOpen();
        if (state != CONNECTED) {
            throw new NotYetConnectedException();
        }
    }

    @Override
    public void close() throws IOException {
        boolean connected;
        synchronized (stateLock) {
            connected = state == CONNECTED;
            state = CLOSING;
        }
        if (channel.isBlocking()) {
            // A thread that waits inside sees the channel closed and leaves by itself; the peer learns of it now.
            reader.signal();
            writer.signal();
            finishClose();
            return;
        }
        awaitOperations();
        if (!channel.isRegistered()) {
            finishClose();
        } else if (connected) {
            int linger = socket.options().linger;
            if (linger > 0) {
                socket.updateOptions(UserBackend::withoutLinger); // the deferred close must not wait
            }
            if (linger != 0) {
                socket.shutdownOutput();
            }
        }
    }

    private static void withoutLinger(TcpSocketOptions options) {
        options.linger = -1;
    }

    @Override
    public void kill() {
        awaitOperations();
        if (state == CLOSING) {
            finishClose();
        }
    }

    /** Waits until a read or write that does not block has ended. */
    @SuppressWarnings("LockNotBeforeTry") // nothing happens while they are held
    private void awaitOperations() {
        reader.lock.lock();
        reader.lock.unlock();
        writer.lock.lock();
        writer.lock.unlock();
    }

    private void finishClose() {
        synchronized (stateLock) {
            if (state != CLOSING) {
                return;
            }
            state = CLOSED;
        }
        int linger = socket.isConnected() ? socket.options().linger : -1;
        socket.close();
        if (reservation != null) {
            reservation.close();
        }
        if (linger > 0) {
            linger(TimeUnit.SECONDS.toNanos(linger));
        }
    }

    /**
     * As close of a kernel's socket with SO_LINGER does: waits until the peer has all, or for the time that was set.
     */
    private void linger(long timeoutNs) {
        BlockingOperation operation = new BlockingOperation(stack, null);
        socket.onDrained(operation);
        long startNs = System.nanoTime();
        while (!socket.isDrained() && !Thread.currentThread().isInterrupted()) {
            long leftNs = timeoutNs - (System.nanoTime() - startNs);
            if (leftNs <= 0) {
                return;
            }
            operation.reset();
            if (!socket.isDrained()) {
                channel.await(operation, leftNs);
            }
        }
    }

    @Override
    public void configureBlocking(boolean block) throws IOException {
        // Waits for operations that are under way in the old mode, as the JDK's does.
        reader.lock.lock();
        writer.lock.lock();
        try {
            channel.ensureOpen();
        } finally {
            writer.lock.unlock();
            reader.lock.unlock();
        }
    }

    // ---- Options, state ----

    @Override
    public <T> void setOption(SocketOption<T> name, T value) throws IOException {
        SocketOptionTable.checkRange(name, value);
        synchronized (stateLock) {
            channel.ensureOpen();
            socket.updateOptions(options -> SocketOptionTable.apply(options, name, value));
        }
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        synchronized (stateLock) {
            channel.ensureOpen();
            return name.type().cast(SocketOptionTable.read(socket.options(), name.name()));
        }
    }

    @Override
    public int available() throws IOException {
        ensureOpenAndConnected();
        return inputClosed ? 0 : socket.available();
    }

    @Override
    public boolean isConnected() {
        return state == CONNECTED;
    }

    @Override
    public boolean isConnectionPending() {
        return state == PENDING;
    }

    @Override
    public boolean isInputShutdown() {
        return inputClosed;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputClosed;
    }

    @Override
    public InetSocketAddress localAddress() {
        return local;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public int userReadyOps() {
        int now = state;
        if (now != PENDING && now != CONNECTED) {
            return 0;
        }
        int ops = socket.readyOps();
        if (socket.error() != TcpError.NONE || (ops & UserSocket.BOTH_ENDED) == UserSocket.BOTH_ENDED) {
            return ANY_INTEREST; // as poll's POLLERR and POLLHUP do, which nobody asks for
        }
        if (now == PENDING) {
            return ops & SelectionKey.OP_CONNECT;
        }
        int closed = (inputClosed ? SelectionKey.OP_READ : 0) | (outputClosed ? SelectionKey.OP_WRITE : 0);
        return (ops | closed) & (SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }

    @Override
    public UserStack userStack() {
        return stack;
    }

    @Override
    public SelectableChannel kernelPart() {
        return null;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time: the decision lock
    public void keyAdded(PeriluneSelectionKey key) {
        keyCount++;
        socket.addListener(key);
        key.periluneSelector().userAttached(stack);
        key.onReady(); // what is ready already is told to nobody
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time: the decision lock
    public void keyRemoved(PeriluneSelectionKey key) {
        keyCount--;
        socket.removeListener(key);
    }

    @Override
    public JdkSelection selectedByJdk() throws IOException {
        return JdkSelection.ofUser(channel, channel.kernelProvider());
    }

    @Override
    public void watchedBy(ReadyListener listener) {
        if (listener != null) {
            socket.addListener(listener);
            listener.onReady(); // what is ready already is told to nobody
        }
    }

    @Override
    public String describe() {
        StringBuilder text = new StringBuilder(SocketChannel.class.getName()).append('[');
        switch (state) {
            case UNCONNECTED:
                text.append("unconnected");
                break;
            case PENDING:
                text.append("connection-pending");
                break;
            default:
                text.append("connected");
                text.append(inputClosed ? " ishut" : "").append(outputClosed ? " oshut" : "");
                break;
        }
        text.append(local == null ? "" : " local=" + local);
        text.append(remote == null ? "" : " remote=" + remote);
        return text.append(']').toString();
    }

    void ensureOpenAndConnected() throws ClosedChannelException {
        int now = state;
        if (now < CONNECTED) {
            throw new NotYetConnectedException();
        }
        if (now > CONNECTED) {
            throw new ClosedChannelException();
        }
    }
}
