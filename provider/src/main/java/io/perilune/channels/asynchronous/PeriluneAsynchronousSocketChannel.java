package io.perilune.channels.asynchronous;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ReadPendingException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.channels.WritePendingException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/** A stream socket whose operations do not wait: a channel of the selector provider, and its group's loop. Any thread. */
final class PeriluneAsynchronousSocketChannel extends AsynchronousSocketChannel implements GroupChannel {

    /** In which state of its connection it is. */
    private enum Connection {
        NONE,
        PENDING,
        MADE
    }

    /** What the channels beneath say of it. */
    private static final String RESET = "Connection reset";

    private final PeriluneAsynchronousChannelGroup group;
    private final SocketChannel channel;
    private final OperationSlot reads = new OperationSlot();

    /** Of writes, and of the connect before there can be any. */
    private final OperationSlot writes = new OperationSlot();

    private final ChannelWatch watch;

    private final Object closeLock = new Object();
    private final Object stateLock = new Object();

    /** Written under the lock above. */
    private volatile Connection connection;

    private volatile boolean inputShutdown;
    private volatile boolean outputShutdown;
    private volatile boolean closed;

    /** The reads have told that the peer reset the connection; from then on they are at its end. Theirs alone. */
    private boolean resetTold;

    /** Takes the channel, which must not block, and closes it if the group takes no more. */
    PeriluneAsynchronousSocketChannel(PeriluneAsynchronousChannelGroup group, SocketChannel channel)
            throws IOException {
        super(group.provider());
        this.group = group;
        this.channel = channel;
        this.connection = channel.isConnected() ? Connection.MADE : Connection.NONE;
        this.watch = new ChannelWatch(channel, group.loop(), reads, writes);
        boolean added = false;
        try {
            group.add(this);
            added = true;
        } finally {
            if (!added) {
                channel.close();
            }
        }
    }

    @Override
    public PeriluneAsynchronousChannelGroup group() {
        return group;
    }

    @Override
    public ChannelWatch watch() {
        return watch;
    }

    // ---- Connecting ----

    @Override
    public Future<Void> connect(SocketAddress remote) {
        Connect<Void> operation = new Connect<>(null, null);
        connect(remote, operation);
        return operation;
    }

    @Override
    public <A> void connect(SocketAddress remote, A attachment, CompletionHandler<Void, ? super A> handler) {
        connect(remote, new Connect<>(attachment, requireHandler(handler)));
    }

    private void connect(SocketAddress remote, Connect<?> operation) {
        if (closed) {
            operation.failAtOnce(new ClosedChannelException());
            return;
        }
        checkAddress(remote);
        synchronized (stateLock) {
            if (connection == Connection.MADE) {
                throw new AlreadyConnectedException();
            }
            if (connection == Connection.PENDING) {
                throw new ConnectionPendingException();
            }
            connection = Connection.PENDING;
        }
        boolean done = false;
        try {
            done = channel.connect(remote);
        } catch (IOException e) {
            operation.failAtOnce(e);
            return;
        } catch (RuntimeException e) {
            connection(Connection.NONE); // nothing was begun: the address is not for this socket, or not permitted
            throw e;
        }
        if (done) {
            connection(Connection.MADE);
            operation.succeedAtOnce(null);
            return;
        }
        writes.begin(operation); // its own: before the connection is made there are no writes
        operation.start(0, TimeUnit.NANOSECONDS);
    }

    private static void checkAddress(SocketAddress remote) {
        Objects.requireNonNull(remote);
        if (!(remote instanceof InetSocketAddress)) {
            throw new UnsupportedAddressTypeException();
        }
        if (((InetSocketAddress) remote).isUnresolved()) {
            throw new UnresolvedAddressException();
        }
    }

    private void connection(Connection now) {
        synchronized (stateLock) {
            connection = now;
        }
    }

    private final class Connect<A> extends PendingOperation<Void, A> {
        Connect(A attachment, CompletionHandler<Void, ? super A> handler) {
            super(PeriluneAsynchronousSocketChannel.this, writes, handler, attachment);
        }

        @Override
        boolean attempt() throws IOException {
            boolean done = channel.finishConnect();
            if (done) {
                connection(Connection.MADE);
            }
            return done;
        }

        @Override
        int readiness() {
            return SelectionKey.OP_CONNECT;
        }

        @Override
        boolean closesOnFailure() {
            return true;
        }

        @Override
        void kill() {
            writes.kill();
            reads.kill();
        }
    }

    // ---- Reading ----

    @Override
    public Future<Integer> read(ByteBuffer destination) {
        requireWritable(destination);
        Read<Integer, Void> operation = new Read<>(new ByteBuffer[] {destination}, Transfer.ONE, null, null);
        read(operation, 0, null);
        return operation;
    }

    @Override
    public <A> void read(
            ByteBuffer destination,
            long timeout,
            TimeUnit unit,
            A attachment,
            CompletionHandler<Integer, ? super A> handler) {
        requireHandler(handler);
        requireWritable(destination);
        read(new Read<>(new ByteBuffer[] {destination}, Transfer.ONE, attachment, handler), timeout, unit);
    }

    @Override
    public <A> void read(
            ByteBuffer[] destinations,
            int offset,
            int length,
            long timeout,
            TimeUnit unit,
            A attachment,
            CompletionHandler<Long, ? super A> handler) {
        requireHandler(handler);
        ByteBuffer[] part = part(destinations, offset, length);
        for (ByteBuffer destination : part) {
            requireWritable(destination);
        }
        read(new Read<>(part, Transfer.MANY, attachment, handler), timeout, unit);
    }

    private void read(Read<?, ?> operation, long timeout, TimeUnit unit) {
        if (closed) {
            operation.failAtOnce(new ClosedChannelException());
            return;
        }
        requireConnected();
        requireUnit(timeout, unit);
        switch (reads.begin(operation)) {
            case KILLED:
                throw new IllegalStateException("Reading not allowed due to timeout or cancellation");
            case OCCUPIED:
                throw new ReadPendingException();
            default:
                break;
        }
        if (inputShutdown) {
            operation.countAtOnce(-1);
        } else if (operation.isEmpty()) {
            operation.countAtOnce(0);
        } else {
            operation.start(timeout, unit);
        }
    }

    private final class Read<V, A> extends Transfer<V, A> {
        Read(ByteBuffer[] buffers, LongFunction<V> boxing, A attachment, CompletionHandler<V, ? super A> handler) {
            super(PeriluneAsynchronousSocketChannel.this, reads, buffers, boxing, handler, attachment);
        }

        @Override
        boolean attempt() throws IOException {
            long count;
            try {
                count = many == null ? channel.read(one) : channel.read(many);
            } catch (SocketException e) {
                count = reset(e);
            }
            count(count);
            return count != 0;
        }

        @Override
        int readiness() {
            return SelectionKey.OP_READ;
        }

        @Override
        boolean mustLookAgain() {
            return inputShutdown;
        }
    }

    /** As the JDK's asynchronous channels: a reset is an IOException, once. */
    private long reset(SocketException e) throws IOException {
        if (!RESET.equals(e.getMessage())) {
            throw e;
        }
        if (resetTold) {
            return -1;
        }
        resetTold = true;
        throw new IOException(RESET, e);
    }

    // ---- Writing ----

    @Override
    public Future<Integer> write(ByteBuffer source) {
        Objects.requireNonNull(source);
        Write<Integer, Void> operation = new Write<>(new ByteBuffer[] {source}, Transfer.ONE, null, null);
        write(operation, 0, null);
        return operation;
    }

    @Override
    public <A> void write(
            ByteBuffer source,
            long timeout,
            TimeUnit unit,
            A attachment,
            CompletionHandler<Integer, ? super A> handler) {
        requireHandler(handler);
        Objects.requireNonNull(source);
        write(new Write<>(new ByteBuffer[] {source}, Transfer.ONE, attachment, handler), timeout, unit);
    }

    @Override
    public <A> void write(
            ByteBuffer[] sources,
            int offset,
            int length,
            long timeout,
            TimeUnit unit,
            A attachment,
            CompletionHandler<Long, ? super A> handler) {
        requireHandler(handler);
        ByteBuffer[] part = part(sources, offset, length);
        for (ByteBuffer source : part) {
            Objects.requireNonNull(source);
        }
        write(new Write<>(part, Transfer.MANY, attachment, handler), timeout, unit);
    }

    private void write(Write<?, ?> operation, long timeout, TimeUnit unit) {
        if (closed) {
            operation.failAtOnce(new ClosedChannelException());
            return;
        }
        requireConnected();
        requireUnit(timeout, unit);
        switch (writes.begin(operation)) {
            case KILLED:
                throw new IllegalStateException("Writing not allowed due to timeout or cancellation");
            case OCCUPIED:
                throw new WritePendingException();
            default:
                break;
        }
        if (outputShutdown) {
            operation.failAtOnce(new ClosedChannelException());
        } else if (operation.isEmpty()) {
            operation.countAtOnce(0);
        } else {
            operation.start(timeout, unit);
        }
    }

    private final class Write<V, A> extends Transfer<V, A> {
        Write(ByteBuffer[] buffers, LongFunction<V> boxing, A attachment, CompletionHandler<V, ? super A> handler) {
            super(PeriluneAsynchronousSocketChannel.this, writes, buffers, boxing, handler, attachment);
        }

        @Override
        boolean attempt() throws IOException {
            long count;
            try {
                count = many == null ? channel.write(one) : channel.write(many);
            } catch (ClosedChannelException e) {
                throw closed ? e : new IOException("Broken pipe", e); // the output was shut down under it
            }
            count(count);
            return count != 0;
        }

        @Override
        int readiness() {
            return SelectionKey.OP_WRITE;
        }

        @Override
        boolean mustLookAgain() {
            return outputShutdown;
        }
    }

    // ---- Checks ----

    private static <V, A> CompletionHandler<V, A> requireHandler(CompletionHandler<V, A> handler) {
        return Objects.requireNonNull(handler, "'handler' is null");
    }

    private static void requireWritable(ByteBuffer destination) {
        if (destination.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
    }

    private static ByteBuffer[] part(ByteBuffer[] buffers, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, buffers.length);
        return Arrays.copyOfRange(buffers, offset, offset + length);
    }

    private static void requireUnit(long timeout, TimeUnit unit) {
        if (timeout > 0) {
            Objects.requireNonNull(unit);
        }
    }

    private void requireConnected() {
        if (connection != Connection.MADE) {
            throw new NotYetConnectedException();
        }
    }

    private void ensureOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    // ---- Addresses, options, shutting down ----

    @Override
    public AsynchronousSocketChannel bind(SocketAddress local) throws IOException {
        ensureOpen();
        synchronized (stateLock) {
            if (connection == Connection.PENDING) {
                throw new ConnectionPendingException();
            }
            channel.bind(local);
        }
        return this;
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        ensureOpen();
        return channel.getLocalAddress();
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        ensureOpen();
        return connection == Connection.MADE ? channel.getRemoteAddress() : null;
    }

    @Override
    public <T> AsynchronousSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        AsynchronousOptions.check(name, value, supportedOptions());
        ensureOpen();
        if (outputShutdown) {
            throw new IOException("Connection has been shutdown for writing");
        }
        channel.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        AsynchronousOptions.check(name, supportedOptions());
        ensureOpen();
        return channel.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return AsynchronousOptions.of(channel);
    }

    @Override
    public AsynchronousSocketChannel shutdownInput() throws IOException {
        ensureOpen();
        requireConnected();
        inputShutdown = true; // first: a read that is about to wait looks here
        channel.shutdownInput();
        watch.retry(reads);
        return this;
    }

    @Override
    public AsynchronousSocketChannel shutdownOutput() throws IOException {
        ensureOpen();
        requireConnected();
        outputShutdown = true; // first: a write that is about to wait looks here
        channel.shutdownOutput();
        watch.retry(writes);
        return this;
    }

    // ---- Closing ----

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() throws IOException {
        synchronized (closeLock) { // a second thread returns when the first has closed it
            if (closed) {
                return;
            }
            closed = true;
            try {
                channel.close();
            } finally {
                end(reads);
                end(writes);
                group.loop().interestChanged(); // the selector gives its key up, and with that the socket is gone
                group.remove(this);
            }
        }
    }

    private static void end(OperationSlot slot) {
        PendingOperation<?, ?> pending = slot.pending();
        if (pending != null) {
            pending.closed();
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(getClass().getName()).append('[');
        try {
            describe(text);
        } catch (IOException e) {
            return text.append("closed]").toString();
        }
        return text.append(']').toString();
    }

    private void describe(StringBuilder text) throws IOException {
        SocketAddress local = getLocalAddress();
        SocketAddress remote = getRemoteAddress();
        switch (connection) {
            case NONE:
                text.append("unconnected");
                break;
            case PENDING:
                text.append("connection-pending");
                break;
            default:
                text.append("connected");
                text.append(inputShutdown ? " ishut" : "").append(outputShutdown ? " oshut" : "");
                break;
        }
        text.append(local == null ? "" : " local=" + local);
        text.append(remote == null ? "" : " remote=" + remote);
    }
}
