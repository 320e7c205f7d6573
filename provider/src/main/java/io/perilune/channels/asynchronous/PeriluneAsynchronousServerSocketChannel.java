package io.perilune.channels.asynchronous;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A listening socket whose accepts do not wait: a channel of the selector provider, and its group's loop. Any thread. */
final class PeriluneAsynchronousServerSocketChannel extends AsynchronousServerSocketChannel implements GroupChannel {

    private final PeriluneAsynchronousChannelGroup group;
    private final ServerSocketChannel channel;
    private final OperationSlot accepts = new OperationSlot();
    private final ChannelWatch watch;
    private final Object closeLock = new Object();
    private volatile boolean closed;

    /** Takes the channel, which must not block, and closes it if the group takes no more. */
    PeriluneAsynchronousServerSocketChannel(PeriluneAsynchronousChannelGroup group, ServerSocketChannel channel)
            throws IOException {
        super(group.provider());
        this.group = group;
        this.channel = channel;
        this.watch = new ChannelWatch(channel, group.loop(), accepts, new OperationSlot());
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

    // ---- Accepting ----

    @Override
    public Future<AsynchronousSocketChannel> accept() {
        Accept<Void> operation = new Accept<>(null, null);
        accept(operation);
        return operation;
    }

    @Override
    public <A> void accept(A attachment, CompletionHandler<AsynchronousSocketChannel, ? super A> handler) {
        accept(new Accept<>(attachment, Objects.requireNonNull(handler, "'handler' is null")));
    }

    private void accept(Accept<?> operation) {
        if (closed) {
            operation.failAtOnce(new ClosedChannelException());
            return;
        }
        if (!isBound()) {
            throw new NotYetBoundException();
        }
        switch (accepts.begin(operation)) {
            case KILLED:
                throw new IllegalStateException("Accept not allowed due to cancellation");
            case OCCUPIED:
                throw new AcceptPendingException();
            default:
                operation.start(0, TimeUnit.NANOSECONDS);
                break;
        }
    }

    private boolean isBound() {
        try {
            return channel.getLocalAddress() != null;
        } catch (IOException e) {
            return true; // closed since it was looked: the accept says so
        }
    }

    private final class Accept<A> extends PendingOperation<AsynchronousSocketChannel, A> {

        /** Who may be accepted is asked of the program that accepts, not of the thread that selects. */
        private final CallersRights rights = CallersRights.current();

        Accept(A attachment, CompletionHandler<AsynchronousSocketChannel, ? super A> handler) {
            super(PeriluneAsynchronousServerSocketChannel.this, accepts, handler, attachment);
        }

        @Override
        boolean attempt() throws IOException {
            SocketChannel accepted = rights.run(channel::accept);
            if (accepted == null) {
                return false;
            }
            result(opened(accepted));
            return true;
        }

        @Override
        int readiness() {
            return SelectionKey.OP_ACCEPT;
        }

        /** A thread that starts accepts goes on with that: the connection is another's. */
        @Override
        boolean mayCallDirectly() {
            return false;
        }

        @Override
        void discard(AsynchronousSocketChannel unwanted) {
            try {
                unwanted.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private AsynchronousSocketChannel opened(SocketChannel accepted) throws IOException {
        try {
            accepted.configureBlocking(false);
            return new PeriluneAsynchronousSocketChannel(group, accepted);
        } catch (ShutdownChannelGroupException e) {
            throw new IOException(e);
        }
    }

    // ---- Addresses, options ----

    @Override
    public AsynchronousServerSocketChannel bind(SocketAddress local, int backlog) throws IOException {
        ensureOpen();
        channel.bind(local, backlog);
        return this;
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        ensureOpen();
        return channel.getLocalAddress();
    }

    @Override
    public <T> AsynchronousServerSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        AsynchronousOptions.check(name, value, supportedOptions());
        ensureOpen();
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

    private void ensureOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
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
                PendingOperation<?, ?> pending = accepts.pending();
                if (pending != null) {
                    pending.closed();
                }
                try {
                    group.loop().forget(channel); // its address can be bound again when close returns
                } finally {
                    group.remove(this);
                }
            }
        }
    }

    @Override
    public String toString() {
        String name = getClass().getName();
        try {
            SocketAddress address = getLocalAddress();
            return name + (address == null ? "[unbound]" : "[" + address + "]");
        } catch (IOException e) {
            return name + "[closed]";
        }
    }
}
