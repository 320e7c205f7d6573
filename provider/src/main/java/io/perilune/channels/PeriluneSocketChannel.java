package io.perilune.channels;

import io.perilune.loop.UserSocket;
import io.perilune.loop.UserStack;
import io.perilune.loop.VirtualThreads;
import io.perilune.zerocopy.PacketBytes;
import io.perilune.zerocopy.ZeroCopyChannel;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A stream socket that decides at bind or connect in which world it lives (D6). Any thread. */
final class PeriluneSocketChannel extends SocketChannel implements PeriluneChannel, ZeroCopyChannel {

    private static final int NO_DESCRIPTOR = -1;

    private final StackSource source;

    /** Guards backend and keys. Nothing that blocks is called while it is held. */
    private final Object decisionLock = new Object();

    private volatile SocketBackend backend;
    private final List<PeriluneSelectionKey> keys = new ArrayList<>(1);

    private Socket socket;
    private volatile boolean ignoresInterrupts;

    /** Null until a Selector of the JDK asks. */
    private volatile JdkSelection jdkSelection;

    PeriluneSocketChannel(SelectorProvider provider, StackSource source, ProtocolFamily family) {
        super(provider);
        this.source = source;
        this.backend = new UndecidedBackend(this, source, family, decisionLock);
    }

    /** A connection that the kernel accepted. */
    PeriluneSocketChannel(SelectorProvider provider, StackSource source, SocketChannel accepted) {
        super(provider);
        this.source = source;
        this.backend = new KernelBackend(this, accepted);
    }

    /** A connection that the user-space stack accepted. */
    PeriluneSocketChannel(SelectorProvider provider, StackSource source, UserStack stack, UserSocket accepted) {
        super(provider);
        this.source = source;
        this.backend = UserBackend.accepted(this, stack, accepted);
    }

    SocketBackend backend() {
        return backend;
    }

    /** Replaces the undecided backend; the caller holds the decision lock and has seen the channel open. */
    void become(SocketBackend decided) {
        backend = decided;
        for (PeriluneSelectionKey key : keys) {
            if (decided.userStack() != null) {
                key.cancelKernelKey();
            }
            decided.keyAdded(key);
        }
        JdkSelection selection = jdkSelection;
        if (selection != null) {
            decided.watchedBy(selection.listener());
        }
    }

    /** The undecided backend has another socket of the kernel; the caller holds the decision lock. */
    void kernelPartReplaced() {
        for (PeriluneSelectionKey key : keys) {
            key.periluneSelector().interestChanged(key);
        }
    }

    @Override
    public int read(ByteBuffer destination) throws IOException {
        return backend.read(destination);
    }

    @Override
    public long read(ByteBuffer[] destinations, int offset, int length) throws IOException {
        return backend.read(destinations, offset, length);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return backend.write(source);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return backend.write(sources, offset, length);
    }

    @Override
    public boolean isZeroCopy() {
        return backend.isZeroCopy();
    }

    @Override
    public int take(PacketBytes[] destinations, int offset, int length) throws IOException {
        return backend.take(destinations, offset, length);
    }

    @Override
    public int write(PacketBytes[] sources, int offset, int length) throws IOException {
        return backend.write(sources, offset, length);
    }

    @Override
    public PacketBytes allocate() throws IOException {
        return backend.allocate();
    }

    @Override
    public SocketChannel bind(SocketAddress local) throws IOException {
        backend.bind(local);
        return this;
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        return backend.connect(remote);
    }

    @Override
    public boolean finishConnect() throws IOException {
        return backend.finishConnect();
    }

    @Override
    public boolean isConnected() {
        return backend.isConnected();
    }

    @Override
    public boolean isConnectionPending() {
        return backend.isConnectionPending();
    }

    @Override
    public SocketChannel shutdownInput() throws IOException {
        backend.shutdownInput();
        return this;
    }

    @Override
    public SocketChannel shutdownOutput() throws IOException {
        backend.shutdownOutput();
        return this;
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        ensureOpen();
        return SocketPermissions.revealed(backend.localAddress());
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        ensureOpen();
        return backend.remoteAddress();
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        SocketOptionTable.check(name, value, supportedOptions());
        ensureOpen();
        backend.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        SocketOptionTable.check(name, supportedOptions());
        ensureOpen();
        return backend.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return SocketOptionTable.ofSockets(source);
    }

    @Override
    public Socket socket() {
        synchronized (decisionLock) {
            if (socket == null) {
                socket = SocketAdaptor.of(this);
            }
            return socket;
        }
    }

    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {
        if (block) {
            cancelKernelKeysOfCancelled();
        }
        while (true) {
            SocketBackend current = backend;
            current.configureBlocking(block);
            if (current == backend) {
                return;
            }
        }
    }

    /**
     * Only cancelled keys are left here; a thread that is still inside cancel() may not have come to the companion's.
     */
    private void cancelKernelKeysOfCancelled() {
        synchronized (decisionLock) {
            for (PeriluneSelectionKey key : keys) {
                if (!key.isValid()) {
                    key.cancelKernelKey();
                }
            }
        }
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        SocketBackend last;
        synchronized (decisionLock) {
            last = backend; // none follows: a decision needs an open channel
        }
        last.close();
        if (!isRegistered()) {
            closeJdkSelection();
        }
    }

    void ensureOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    /** Has interrupts end no operation, as java.net.Socket has it, but those of virtual threads. */
    void ignoreInterrupts() {
        ignoresInterrupts = true;
    }

    /** As {@link #ensureOpen}, of connect and finishConnect, which block if the channel does. */
    void ensureOpenToConnect() throws ClosedChannelException {
        if (!isOpen()) {
            throw SocketExceptions.closedBefore(isBlocking());
        }
    }

    /**
     * Marks the beginning of an operation that may block: from now on an interrupt closes the channel. Where interrupts are
     * ignored it closes nothing but what a virtual thread waits for.
     */
    void beginBlocking() {
        if (!ignoresInterrupts) {
            begin();
        }
    }

    /** Waits in an operation that may block. */
    void await(BlockingOperation operation, long timeoutNs) {
        if (ignoresInterrupts) {
            if (!VirtualThreads.isCurrent()) {
                operation.awaitWithoutInterrupt(timeoutNs);
                return;
            }
            if (isOpen()) { // else it is a close that waits
                begin(); // only here: what needs no waiting is done, interrupted or not, as by the JDK's sockets
            }
        }
        operation.await(timeoutNs);
    }

    /** Marks its end. */
    void endBlocking(boolean completed) throws AsynchronousCloseException {
        end(completed);
    }

    SelectorProvider kernelProvider() throws IOException {
        return source.kernelProvider();
    }

    /** Null while not bound; still there after close. */
    InetSocketAddress localAddress() {
        return backend.localAddress();
    }

    /** Null while not connected nor connecting; still there after close. */
    InetSocketAddress remoteAddress() {
        return backend.remoteAddress();
    }

    @Override
    public int userReadyOps() {
        return backend.userReadyOps();
    }

    @Override
    public UserStack userStack() {
        return backend.userStack();
    }

    @Override
    public SelectableChannel kernelPart() throws IOException {
        return backend.kernelPart();
    }

    @Override
    public void keyAdded(PeriluneSelectionKey key) {
        synchronized (decisionLock) {
            keys.add(key);
            backend.keyAdded(key);
        }
    }

    @Override
    public void keyRemoved(PeriluneSelectionKey key) {
        synchronized (decisionLock) {
            if (keys.remove(key)) {
                backend.keyRemoved(key);
            }
        }
    }

    @Override
    public void kill() {
        backend.kill();
        closeJdkSelection();
    }

    // ---- What the JDK's Selectors ask: sun.nio.ch.SelChImpl, which the agent has this class implement ----

    /** Returns null: FileChannel.transferTo, the only one to ask, would have the kernel write past us. */
    public FileDescriptor getFD() {
        return null;
    }

    /** Returns the number of the descriptor that a Selector of the JDK watches, or -1. */
    public int getFDVal() {
        JdkSelection selection = jdkSelection();
        return selection == null ? NO_DESCRIPTOR : selection.descriptorNumber();
    }

    /** Returns the events that a Selector of the JDK is to watch it for, poll(2)'s, where a key has this interest. */
    public int translateInterestOps(int ops) {
        JdkSelection selection = jdkSelection();
        return selection == null ? 0 : selection.interest(ops);
    }

    /** Tells a key of the JDK's what is ready; the agent's translateAndSetReadyOps and ...Update... call it. */
    public boolean translateReadyOps(int events, SelectionKey key, boolean set) {
        JdkSelection selection = jdkSelection();
        return selection != null && selection.tell(key, events, set);
    }

    /** Whether a close must be finished by {@link #kill}, as a Selector of the JDK knows the descriptor. */
    boolean isWatchedByJdk() {
        return jdkSelection != null && isRegistered();
    }

    /** A channel that is not decided yet is the kernel's from now on: its descriptor cannot change any more. */
    private JdkSelection jdkSelection() {
        JdkSelection present = jdkSelection;
        if (present != null) {
            return present;
        }
        synchronized (decisionLock) {
            if (jdkSelection == null && isOpen()) {
                try {
                    jdkSelection = backend.selectedByJdk();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                backend.watchedBy(jdkSelection.listener());
            }
            return jdkSelection;
        }
    }

    private void closeJdkSelection() {
        JdkSelection last = jdkSelection;
        if (last != null) {
            try {
                last.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public String toString() {
        return isOpen() ? backend.describe() : SocketChannel.class.getName() + "[closed]";
    }
}
