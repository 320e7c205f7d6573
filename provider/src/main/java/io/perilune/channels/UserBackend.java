package io.perilune.channels;

import io.perilune.loop.PortReservation;
import io.perilune.loop.ReadyListener;
import io.perilune.loop.UserSocket;
import io.perilune.loop.UserStack;
import io.perilune.loop.Waiter;
import io.perilune.tcp.TcpError;
import io.perilune.zerocopy.PacketBytes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.concurrent.locks.ReentrantLock;

/** A socket of the user-space stack. Any thread; one may read while another writes. */
final class UserBackend implements SocketBackend {

    private static final long FOR_EVER = Long.MAX_VALUE;
    private static final int ANY_INTEREST = SelectionKey.OP_READ | SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT;

    private final PeriluneSocketChannel channel;
    private final UserStack stack;
    private final UserSocket socket;
    private final UserState state;
    private final UserReader reader;
    private final UserWriter writer;
    private final UserConnector connector;
    private final UserCloser closer;

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
        this.state = new UserState(reservation == null ? null : reservation.local());
        this.reader = new UserReader(this, channel, stack, socket);
        this.writer = new UserWriter(this, channel, stack, socket);
        this.connector = new UserConnector(this, channel, socket, state, family, reservation, reader, writer);
        this.closer = new UserCloser(channel, stack, socket, state, reservation, reader, writer);
    }

    static UserBackend accepted(PeriluneSocketChannel channel, UserStack stack, UserSocket socket) {
        UserBackend backend = new UserBackend(channel, stack, socket, null, null);
        backend.state.local(socket.localAddress());
        backend.state.remote(socket.remoteAddress());
        backend.state.become(UserState.CONNECTED);
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
    public boolean isZeroCopy() {
        return state.isConnected();
    }

    @Override
    public int take(PacketBytes[] destinations, int offset, int length) throws IOException {
        return reader.take(destinations, offset, length);
    }

    @Override
    public int write(PacketBytes[] sources, int offset, int length) throws IOException {
        return writer.write(sources, offset, length);
    }

    @Override
    public PacketBytes allocate() throws IOException {
        return writer.allocate();
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
        connector.bind(address);
    }

    @Override
    public boolean connect(SocketAddress address) throws IOException {
        return connector.connect(address);
    }

    @Override
    public void connect(SocketAddress address, int timeoutMs) throws IOException {
        connector.connect(address, timeoutMs);
    }

    @Override
    public boolean finishConnect() throws IOException {
        return connector.finishConnect();
    }

    // ---- Shutting down, closing ----

    @Override
    public void shutdownInput() throws IOException {
        closer.shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        closer.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        closer.close();
    }

    @Override
    public void kill() {
        closer.kill();
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
        synchronized (state) {
            channel.ensureOpen();
            socket.updateOptions(options -> SocketOptionTable.apply(options, name, value));
        }
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        synchronized (state) {
            channel.ensureOpen();
            return name.type().cast(SocketOptionTable.read(socket.options(), name.name()));
        }
    }

    @Override
    public int available() throws IOException {
        ensureOpenAndConnected();
        return state.isInputClosed() ? 0 : socket.available();
    }

    @Override
    public boolean isConnected() {
        return state.isConnected();
    }

    @Override
    public boolean isConnectionPending() {
        return state.now() == UserState.PENDING;
    }

    @Override
    public boolean isInputShutdown() {
        return state.isInputClosed();
    }

    @Override
    public boolean isOutputShutdown() {
        return state.isOutputClosed();
    }

    @Override
    public InetSocketAddress localAddress() {
        return state.local();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return state.remote();
    }

    @Override
    public int userReadyOps() {
        int now = state.now();
        if (now != UserState.PENDING && now != UserState.CONNECTED) {
            return 0;
        }
        int ops = socket.readyOps();
        if (socket.error() != TcpError.NONE || (ops & UserSocket.BOTH_ENDED) == UserSocket.BOTH_ENDED) {
            return ANY_INTEREST; // as poll's POLLERR and POLLHUP do, which nobody asks for
        }
        if (now == UserState.PENDING) {
            return ops & SelectionKey.OP_CONNECT;
        }
        int closed = (state.isInputClosed() ? SelectionKey.OP_READ : 0)
                | (state.isOutputClosed() ? SelectionKey.OP_WRITE : 0);
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
        return state.describe();
    }

    void ensureOpenAndConnected() throws ClosedChannelException {
        state.ensureOpenAndConnected();
    }
}
