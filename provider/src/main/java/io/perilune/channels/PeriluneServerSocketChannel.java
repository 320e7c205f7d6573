package io.perilune.channels;

import io.perilune.loop.PortReservation;
import io.perilune.loop.UserListener;
import io.perilune.loop.UserSocket;
import io.perilune.loop.UserStack;
import io.perilune.tcp.TcpSocketOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A listening socket: in the kernel, in the user-space stack, or, bound to the wildcard address, in both on one port
 * (D6). Any thread.
 */
final class PeriluneServerSocketChannel extends ServerSocketChannel implements PeriluneChannel {

    private static final long FOR_EVER = Long.MAX_VALUE;
    private static final int DEFAULT_BACKLOG = 50;

    /** How many ports of the kernel's choice are tried until one is free in the user-space stack too. */
    private static final int PORT_ATTEMPTS = 16;

    /** After so many of the user-space stack the kernel is asked first: a system call each time. */
    private static final int MOST_IN_A_ROW = 8;

    private final StackSource source;
    private final ProtocolFamily family;

    /** Held by whoever accepts. */
    private final ReentrantLock acceptLock = new ReentrantLock();

    /** Connections of the user-space stack since the kernel was asked first. Guarded by the lock above. */
    private int acceptedInARow;

    /** Guards what follows. Nothing that blocks is called while it is held. */
    private final Object stateLock = new Object();

    /** The kernel's half; of a server that listens in the user-space stack alone it only holds the options. */
    private volatile ServerSocketChannel kernel;

    private boolean kernelListens;
    private final Map<SocketOption<?>, Object> options = new LinkedHashMap<>();
    private final List<PeriluneSelectionKey> keys = new ArrayList<>(1);
    private volatile UserStack stack;
    private volatile UserListener listener;
    private volatile BlockingOperation acceptor;
    private KernelCompanion acceptCompanion;
    private volatile InetSocketAddress local;
    private boolean blocking = true;
    private boolean closing;
    private ServerSocket socket;

    PeriluneServerSocketChannel(SelectorProvider provider, StackSource source, ProtocolFamily family) {
        super(provider);
        this.source = source;
        this.family = family;
    }

    // ---- Binding ----

    @Override
    public ServerSocketChannel bind(SocketAddress address, int backlog) throws IOException {
        UserStack available = source.stackOrNull();
        int length = backlog < 1 ? DEFAULT_BACKLOG : backlog;
        synchronized (stateLock) {
            ensureOpen();
            if (local != null) {
                throw new AlreadyBoundException();
            }
            InetSocketAddress wanted = address == null ? null : SocketAddresses.check(address, family);
            SocketPermissions.checkListen(wanted == null ? 0 : wanted.getPort());
            // Last of all the address: who finds it, without the lock, finds all that an accept needs.
            if (available == null) {
                local = bindInKernel(wanted, length);
            } else if (wanted == null || wanted.getAddress().isAnyLocalAddress()) {
                local = bindInBoth(available, wanted, length);
            } else if (available.owns(wanted.getAddress())) {
                listenInUser(available, reserve(available, wanted), length);
                local = listener.localAddress();
            } else {
                local = bindInKernel(wanted, length);
            }
        }
        return this;
    }

    private InetSocketAddress bindInKernel(InetSocketAddress wanted, int backlog) throws IOException {
        kernel().bind(wanted, backlog);
        kernelListens = true;
        return (InetSocketAddress) kernel.getLocalAddress();
    }

    private InetSocketAddress bindInBoth(UserStack available, InetSocketAddress wanted, int backlog)
            throws IOException {
        PortReservation port;
        if (wanted != null && wanted.getPort() != 0) {
            port = reserve(available, wanted);
            try {
                bindInKernel(wanted, backlog);
            } catch (IOException | RuntimeException e) {
                port.close();
                throw e;
            }
        } else {
            port = bindToCommonPort(available, wanted, backlog);
        }
        try {
            listenInUser(available, port, backlog);
        } catch (IOException e) {
            replaceKernel(); // bound in one world only is not bound
            throw e;
        }
        // Both halves are asked in turn: neither may block.
        kernel.configureBlocking(false);
        return (InetSocketAddress) kernel.getLocalAddress();
    }

    private PortReservation reserve(UserStack available, InetSocketAddress address) throws IOException {
        return available.reserve(address, userOptions(), family == StandardProtocolFamily.INET);
    }

    private PortReservation bindToCommonPort(UserStack available, InetSocketAddress wanted, int backlog)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            InetSocketAddress given = bindInKernel(wanted, backlog);
            try {
                return reserve(available, given);
            } catch (BindException e) {
                replaceKernel();
                if (attempt == PORT_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Gives the kernel's half up for a new one with the same options: a bound one cannot be bound again. */
    private void replaceKernel() throws IOException {
        kernel.close();
        kernel = null;
        kernelListens = false;
        for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
            replay(option.getKey(), option.getValue());
        }
        for (PeriluneSelectionKey key : keys) {
            key.periluneSelector().interestChanged(key);
        }
    }

    private <T> void replay(SocketOption<T> name, Object value) throws IOException {
        kernel().setOption(name, name.type().cast(value));
    }

    private void listenInUser(UserStack available, PortReservation port, int backlog) throws IOException {
        UserListener made;
        try {
            made = available.listen(port, backlog, userOptions());
        } catch (IOException e) {
            port.close();
            throw e;
        }
        stack = available;
        listener = made;
        for (PeriluneSelectionKey key : keys) {
            attach(key);
        }
    }

    private TcpSocketOptions userOptions() {
        TcpSocketOptions user = SocketOptionTable.replay(options);
        if (!options.containsKey(SocketOptionTable.named("SO_REUSEADDR", supportedOptions()))) {
            user.reuseAddress = true; // as the JDK sets it on its listening sockets, but on Windows
        }
        return user;
    }

    // ---- Accepting ----

    @Override
    public SocketChannel accept() throws IOException {
        if (local == null) {
            throw unbound(isBlocking());
        }
        // Only behind a look at the address, which bind sets last: until then no listener says nothing of its kind.
        if (listener == null) {
            return acceptInKernel();
        }
        acceptLock.lock();
        try {
            ensureOpenToAccept(isBlocking());
            return isBlocking() ? blockingAccept(FOR_EVER) : pollAccept();
        } finally {
            unlockAccept();
        }
    }

    /** Of an accept that has no address to accept at; an interrupt or a close says more. */
    @SuppressWarnings("Finally")
    private RuntimeException unbound(boolean blocks) throws IOException {
        ensureOpenToAccept(blocks);
        if (blocks) {
            begin();
        }
        try {
            ensureOpen();
            return new NotYetBoundException();
        } finally {
            if (blocks) {
                end(false);
            }
        }
    }

    private SocketChannel acceptInKernel() throws IOException {
        try {
            SocketChannel accepted = kernel.accept();
            return accepted == null ? null : new PeriluneSocketChannel(provider(), source, accepted);
        } catch (IOException e) {
            throw followed(e);
        }
    }

    /** Of the adaptor: waits at most so long, 0 for ever. */
    SocketChannel accept(int timeoutMs) throws IOException {
        if (timeoutMs == 0) {
            return accept();
        }
        if (!isBlocking()) {
            throw new IllegalBlockingModeException();
        }
        if (local == null) {
            throw unbound(true);
        }
        if (listener == null) {
            try {
                ServerSocket adaptor = kernel.socket();
                if (kernel.isOpen()) {
                    adaptor.setSoTimeout(timeoutMs);
                }
                return new PeriluneSocketChannel(
                        provider(), source, adaptor.accept().getChannel());
            } catch (IOException e) {
                throw followed(e);
            }
        }
        acceptLock.lock();
        try {
            if (!isBlocking()) {
                throw new IllegalBlockingModeException();
            }
            ensureOpenToAccept(true);
            return blockingAccept(timeoutMs * 1_000_000L);
        } finally {
            unlockAccept();
        }
    }

    /** Without a selector, who asks again and again waits in its own way, and who waits works (D3). */
    private SocketChannel pollAccept() throws IOException {
        SocketChannel accepted = acceptNow();
        if (accepted == null && !isRegistered()) {
            BlockingOperation operation = acceptor();
            operation.reset();
            operation.await(0);
            accepted = acceptNow();
        }
        return accepted;
    }

    /** The oldest connection of either world, or null. A flood in the user-space stack does not shut the kernel out. */
    private SocketChannel acceptNow() throws IOException {
        boolean kernelFirst = acceptedInARow >= MOST_IN_A_ROW;
        if (kernelFirst) {
            acceptedInARow = 0;
            SocketChannel fromKernel = acceptFromKernel();
            if (fromKernel != null) {
                return fromKernel;
            }
        }
        UserSocket accepted = listener.accept();
        if (accepted != null) {
            acceptedInARow++;
            return permitted(new PeriluneSocketChannel(provider(), source, stack, accepted));
        }
        return kernelFirst ? null : acceptFromKernel();
    }

    private static SocketChannel permitted(PeriluneSocketChannel accepted) throws IOException {
        try {
            SocketPermissions.checkAccept(accepted.remoteAddress());
            return accepted;
        } catch (SecurityException e) {
            accepted.close();
            throw e;
        }
    }

    private SocketChannel acceptFromKernel() throws IOException {
        SocketChannel fromKernel = kernelListens ? kernel.accept() : null;
        return fromKernel == null ? null : new PeriluneSocketChannel(provider(), source, fromKernel);
    }

    private SocketChannel blockingAccept(long timeoutNs) throws IOException {
        SocketChannel accepted = null;
        boolean completed = false;
        long startNs = timeoutNs == FOR_EVER ? 0 : System.nanoTime();
        begin();
        try {
            ensureOpen();
            BlockingOperation operation = acceptor();
            while (!completed && isOpen()) {
                operation.reset();
                accepted = acceptNow();
                completed = accepted != null;
                if (!completed && isOpen()) {
                    long leftNs = timeoutNs == FOR_EVER ? FOR_EVER : timeoutNs - (System.nanoTime() - startNs);
                    if (leftNs <= 0) {
                        throw new SocketTimeoutException("Accept timed out");
                    }
                    // The companion's own wait removes the interrupt hook when it ends: set it for each wait.
                    begin();
                    operation.await(leftNs);
                }
            }
        } finally {
            end(completed);
        }
        return accepted;
    }

    private BlockingOperation acceptor() throws IOException {
        synchronized (stateLock) {
            ensureOpen();
            if (acceptor == null) {
                if (kernelListens) {
                    acceptCompanion = new KernelCompanion(source);
                    acceptCompanion.register(kernel, SelectionKey.OP_ACCEPT, null);
                }
                acceptor = new BlockingOperation(stack, acceptCompanion);
                listener.addListener(acceptor);
            }
            return acceptor;
        }
    }

    // ---- Closing ----

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        ServerSocketChannel half;
        UserListener user;
        synchronized (stateLock) {
            closing = true;
            half = kernel;
            user = listener;
            if (acceptor != null) {
                acceptor.signal();
            }
        }
        if (user != null) {
            user.close();
        }
        if (half != null) {
            half.close();
        }
        closeCompanionUnlessInUse();
    }

    /**
     * The accepting thread sees the channel closed and leaves; whoever comes last gives the companion up. Whoever
     * closes never waits for that thread: a close may be an interrupt's, and the interrupting thread holds what the one
     * that it interrupts needs to get out of the kernel's selector.
     */
    private void closeCompanionUnlessInUse() throws IOException {
        KernelCompanion companion;
        synchronized (stateLock) {
            companion = closing ? acceptCompanion : null;
        }
        if (companion == null) {
            return;
        }
        companion.wakeup();
        if (acceptLock.tryLock()) {
            try {
                synchronized (stateLock) {
                    companion = acceptCompanion;
                    acceptCompanion = null;
                }
                if (companion != null) {
                    companion.close();
                }
            } finally {
                acceptLock.unlock();
            }
        }
    }

    /** Lets the next one accept; one that closed meanwhile may have left the companion to this thread. */
    private void unlockAccept() throws IOException {
        acceptLock.unlock();
        closeCompanionUnlessInUse();
    }

    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {
        acceptLock.lock();
        try {
            synchronized (stateLock) {
                ensureOpen();
                blocking = block;
                if (kernel != null && listener == null) {
                    if (block) {
                        keys.stream().filter(key -> !key.isValid()).forEach(PeriluneSelectionKey::cancelKernelKey);
                    }
                    kernel.configureBlocking(block);
                }
            }
        } finally {
            unlockAccept();
        }
    }

    private IOException followed(IOException e) throws IOException {
        if (!kernel.isOpen()) {
            close();
        }
        return e;
    }

    // ---- Options, addresses ----

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        SocketOptionTable.check(name, value, supportedOptions());
        synchronized (stateLock) {
            ensureOpen();
            kernel().setOption(name, value);
            options.put(name, value);
            if (listener != null) {
                listener.updateOptions(user -> SocketOptionTable.apply(user, name, value));
            }
        }
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        SocketOptionTable.check(name, supportedOptions());
        synchronized (stateLock) {
            ensureOpen();
            return kernel().getOption(name);
        }
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return SocketOptionTable.ofServers(source);
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        ensureOpen();
        return SocketPermissions.revealed(local);
    }

    /** Null while not bound; still there after close. */
    InetSocketAddress localAddress() {
        return local;
    }

    @Override
    public ServerSocket socket() {
        synchronized (stateLock) {
            if (socket == null) {
                socket = ServerSocketAdaptor.of(this);
            }
            return socket;
        }
    }

    // ---- For the selector ----

    @Override
    public int userReadyOps() {
        UserListener user = listener;
        return user == null ? 0 : user.readyOps() & SelectionKey.OP_ACCEPT;
    }

    @Override
    public UserStack userStack() {
        return stack;
    }

    @Override
    public SelectableChannel kernelPart() throws IOException {
        synchronized (stateLock) {
            return listener != null && !kernelListens ? null : kernel();
        }
    }

    @Override
    public void keyAdded(PeriluneSelectionKey key) {
        synchronized (stateLock) {
            keys.add(key);
            if (listener != null) {
                attach(key);
            }
        }
    }

    private void attach(PeriluneSelectionKey key) {
        listener.addListener(key);
        if (!kernelListens) {
            key.cancelKernelKey();
        }
        key.periluneSelector().userAttached(stack);
        key.onReady(); // what is ready already is told to nobody
    }

    @Override
    public void keyRemoved(PeriluneSelectionKey key) {
        synchronized (stateLock) {
            keys.remove(key);
            if (listener != null) {
                listener.removeListener(key);
            }
        }
    }

    @Override
    public void kill() {
        // Nothing was deferred: the user-space half is closed at once, the kernel's defers by itself.
    }

    @Override
    public String toString() {
        String name = ServerSocketChannel.class.getName();
        if (!isOpen()) {
            return name + "[closed]";
        }
        InetSocketAddress address = local;
        return name + (address == null ? "[unbound]" : "[" + address + "]");
    }

    private ServerSocketChannel kernel() throws IOException {
        synchronized (stateLock) {
            if (closing) {
                throw new ClosedChannelException();
            }
            if (kernel == null) {
                ServerSocketChannel opened = family == null
                        ? source.kernelProvider().openServerSocketChannel()
                        : source.kernelProvider().openServerSocketChannel(family);
                opened.configureBlocking(blocking);
                kernel = opened;
            }
            return kernel;
        }
    }

    private void ensureOpenToAccept(boolean blocks) throws ClosedChannelException {
        if (!isOpen()) {
            throw SocketExceptions.closedBefore(blocks);
        }
    }

    private void ensureOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }
}
