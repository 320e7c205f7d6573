package io.perilune.channels;

import io.perilune.loop.UserSocket;
import io.perilune.loop.UserStack;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.spi.SelectorProvider;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What java.net.Socket and ServerSocket are made of where an agent has put Perilune under them. It decides late, as a
 * channel does (D6): at connect, bind or listen it becomes a connection or a listener of the user-space stack, or does
 * everything by the SocketImpl that the JDK would have used. Any thread, as the JDK's.
 *
 * <p>As with the JDK's, an interrupt ends no operation, but that of a virtual thread.
 */
public final class PeriluneSocketImpl extends SocketImpl {

    private final SelectorProvider provider;
    private final StackSource source;
    private final boolean server;
    private final boolean captured;

    /** Guards what follows. Nothing that blocks is called while it is held. */
    private final Object lock = new Object();

    private PlatformSocket platform;
    private boolean platformCreated;
    private boolean closed;
    /** What was set before it was decided. */
    private final Map<SocketOption<?>, Object> options = new LinkedHashMap<>();

    /** The user-space half of a socket, or null. */
    private volatile PeriluneSocketChannel channel;
    /** The user-space half of a server, or null. */
    private volatile SocketListener listener;
    /** Whether it is the JDK's socket for good. */
    private volatile boolean onPlatform;

    /** Where a server is to listen. */
    private InetSocketAddress boundTo;

    private volatile int timeoutMs;

    /** Closes the user-space half of a socket that nobody has any more; null while there is no such half. */
    private volatile SocketCleanup cleanup;

    /**
     * Makes one.
     *
     * @param platform what the JDK would have used
     * @param captured false: it is not to leave the kernel
     */
    PeriluneSocketImpl(
            SelectorProvider provider, StackSource source, SocketImpl platform, boolean server, boolean captured) {
        this.provider = provider;
        this.source = source;
        this.platform = new PlatformSocket(platform);
        this.server = server;
        this.captured = captured;
    }

    // ---- Becoming something ----

    @Override
    protected void create(boolean stream) throws IOException {
        if (!stream) {
            synchronized (lock) {
                platform.create(false); // on 17 this is a datagram socket
                platformCreated = true;
                onPlatform = true;
            }
        }
    }

    /** Returns the JDK's socket, with a descriptor of the kernel. */
    private PlatformSocket platform() throws IOException {
        synchronized (lock) {
            ensureOpen();
            if (!platformCreated) {
                platform.create(true);
                platformCreated = true;
            }
            return platform;
        }
    }

    private void closePlatform() throws IOException {
        if (platformCreated) {
            platform.close();
        }
    }

    /** Returns the user-space stack if it shall have what belongs to it, else null. */
    private UserStack stack() throws IOException {
        return captured && !onPlatform ? source.stackOrNull() : null;
    }

    @Override
    protected void bind(InetAddress host, int port) throws IOException {
        UserStack stack = stack();
        if (server) {
            // What a server is, is known when it listens.
            boundTo = new InetSocketAddress(host, port);
        } else if (stack != null && stack.owns(host)) {
            userHalf().bind(new InetSocketAddress(host, port));
            tellAddresses();
        } else {
            platform().bind(host, port);
            onPlatform = !host.isAnyLocalAddress();
            tellPlatformAddresses();
        }
    }

    @Override
    protected void connect(String host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), 0);
    }

    @Override
    protected void connect(InetAddress address, int port) throws IOException {
        connect(new InetSocketAddress(address, port), 0);
    }

    @Override
    protected void connect(SocketAddress remote, int timeout) throws IOException {
        if (!(remote instanceof InetSocketAddress) || ((InetSocketAddress) remote).isUnresolved()) {
            // The JDK's has the words for it, before it looks at anything else. Nothing is decided: JDK 17 lets a
            // program
            // connect the same socket to another address then.
            platform.connect(remote, timeout);
            return;
        }
        InetSocketAddress to = (InetSocketAddress) remote;
        if (to.getAddress().isAnyLocalAddress()) {
            to = new InetSocketAddress(InetAddress.getLocalHost(), to.getPort()); // as the JDK's
        }
        if (isOurs(to)) {
            connectInUserSpace(to, timeout);
        } else {
            PlatformSocket decided = platform();
            onPlatform = true;
            decided.connect(to, timeout);
            tellPlatformAddresses();
        }
    }

    private boolean isOurs(InetSocketAddress remote) throws IOException {
        PeriluneSocketChannel bound = channel;
        if (bound != null) {
            return true;
        }
        UserStack stack = stack();
        return stack != null && stack.reaches(remote.getAddress());
    }

    private void connectInUserSpace(SocketAddress remote, int timeout) throws IOException {
        try {
            PeriluneSocketChannel connecting = userHalf();
            int port = localport;
            if (connecting.localAddress() == null && port != 0) {
                // The kernel has kept the port so far.
                synchronized (lock) {
                    closePlatform();
                }
                connecting.bind(new InetSocketAddress(port));
            }
            connecting.backend().connect(remote, timeout);
            synchronized (lock) {
                closePlatform();
            }
        } catch (ClosedByInterruptException e) {
            close();
            SocketException interrupted = new SocketException("Closed by interrupt"); // java.net.Socket makes none here
            interrupted.initCause(e);
            throw interrupted;
        } catch (IOException | RuntimeException e) {
            close();
            throw SocketImplExceptions.translated(e);
        }
        tellAddresses();
    }

    /** Returns the channel that is this socket in user space. */
    private PeriluneSocketChannel userHalf() throws IOException {
        synchronized (lock) {
            ensureOpen();
            if (channel == null) {
                PeriluneSocketChannel made = (PeriluneSocketChannel) provider.openSocketChannel();
                made.ignoreInterrupts();
                cleanup = SocketCleanup.of(this, made);
                for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
                    replay(made, option.getKey(), option.getValue());
                }
                channel = made;
            }
            return channel;
        }
    }

    private static <T> void replay(PeriluneSocketChannel channel, SocketOption<T> name, Object value)
            throws IOException {
        if (channel.supportedOptions().contains(name)) {
            channel.setOption(name, name.type().cast(value));
        }
    }

    @Override
    protected void listen(int backlog) throws IOException {
        InetSocketAddress to = boundTo;
        UserStack stack = stack();
        boolean both = stack != null && to.getAddress().isAnyLocalAddress();
        if (stack == null || !(both || stack.owns(to.getAddress()))) {
            platform().bind(to.getAddress(), to.getPort());
            platform.listen(backlog);
            onPlatform = true; // not before: a program may try another address after one that is taken
            tellPlatformAddresses();
            return;
        }
        synchronized (lock) {
            ensureOpen();
            listener = both ? listenInBoth(stack, to, backlog) : SocketListener.open(stack, to, backlog, null, options);
            cleanup = SocketCleanup.of(this, listener);
            if (both) {
                platform = listener.platform();
            } // else it keeps its options for it
        }
        address = to.getAddress();
        localport = listener.localPort();
    }

    /** If it fails, the kernel's half is a new one: the old one may be bound, and the program may try another port. */
    private SocketListener listenInBoth(UserStack stack, InetSocketAddress to, int backlog) throws IOException {
        try {
            return SocketListener.open(stack, to, backlog, platform(), options);
        } catch (IOException e) {
            platform = SocketListener.another(options);
            platform.setOption(SocketOptions.SO_TIMEOUT, timeoutMs);
            throw e;
        }
    }

    @Override
    protected void accept(SocketImpl accepted) throws IOException {
        if (!(accepted instanceof PeriluneSocketImpl)) {
            throw new SocketException("Perilune cannot accept a connection for a " + accepted.getClass());
        }
        PeriluneSocketImpl one = (PeriluneSocketImpl) accepted;
        SocketListener both = listener;
        if (both == null) {
            platform().accept(one.platform);
            one.becomeAccepted(one.platform);
        } else {
            try {
                both.accept(one, timeoutMs);
            } catch (IOException e) {
                throw SocketImplExceptions.translated(e);
            }
        }
    }

    /** Is a connection that the kernel has accepted. */
    void becomeAccepted(PlatformSocket connected) {
        synchronized (lock) {
            platform = connected;
            platformCreated = true;
            onPlatform = true;
        }
        tellPlatformAddresses();
    }

    /** Is a connection that the user-space stack has accepted. */
    void becomeAccepted(UserStack stack, UserSocket connected) {
        PeriluneSocketChannel made = new PeriluneSocketChannel(provider, source, stack, connected);
        made.ignoreInterrupts();
        cleanup = SocketCleanup.of(this, made);
        channel = made;
        tellAddresses();
    }

    /** The JDK's own server accepts into the JDK's own socket: returns it, and is that from now on. */
    SocketImpl yieldToPlatform() {
        synchronized (lock) {
            platformCreated = true;
            onPlatform = true;
            return platform.impl();
        }
    }

    private void tellAddresses() {
        InetSocketAddress local = channel.localAddress();
        InetSocketAddress remote = channel.remoteAddress();
        localport = local == null ? 0 : local.getPort();
        if (remote != null) {
            address = remote.getAddress();
            port = remote.getPort();
        }
    }

    private void tellPlatformAddresses() {
        localport = platform.localPort();
        address = platform.address();
        port = platform.port();
        fd = platform.fileDescriptor();
    }

    @Override
    protected InetAddress getInetAddress() {
        return onPlatform ? platform.address() : address;
    }

    @Override
    protected int getPort() {
        return onPlatform ? platform.port() : port;
    }

    @Override
    protected int getLocalPort() {
        return onPlatform ? platform.localPort() : localport;
    }

    // ---- Bytes ----

    @Override
    protected InputStream getInputStream() throws IOException {
        return onPlatform ? platform.inputStream() : new SocketInput(this);
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        return onPlatform ? platform.outputStream() : new SocketOutput(this);
    }

    /** Returns how long a read or an accept waits, in milliseconds, 0 for ever. */
    int timeoutMs() {
        return timeoutMs;
    }

    @Override
    protected int available() throws IOException {
        if (onPlatform) {
            return platform.available();
        }
        try {
            return connected().backend().available();
        } catch (IOException | NotYetConnectedException e) {
            throw SocketImplExceptions.translated(e);
        }
    }

    @Override
    protected boolean supportsUrgentData() {
        return true;
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        if (onPlatform) {
            platform.sendUrgentData(data);
            return;
        }
        PeriluneSocketChannel to = connected();
        try {
            to.backend().sendUrgentData(data);
        } catch (ClosedChannelException | InterruptedIOException | NotYetConnectedException e) {
            boolean shut = e instanceof ClosedChannelException && to.isOpen();
            throw shut ? SocketExceptions.brokenPipe() : SocketImplExceptions.translated(e);
        } // any other failure is an IOException here, as the JDK's, not a SocketException as of a write
    }

    /** Returns the user-space half of a connected socket. */
    PeriluneSocketChannel connected() throws SocketException {
        PeriluneSocketChannel present = channel;
        if (present == null) {
            synchronized (lock) {
                ensureOpen();
            }
            throw new SocketException("Not connected");
        }
        return present;
    }

    // ---- The end ----

    @Override
    protected void shutdownInput() throws IOException {
        if (onPlatform) {
            platform.shutdownInput();
            return;
        }
        try {
            connected().shutdownInput();
        } catch (IOException | NotYetConnectedException e) {
            throw SocketImplExceptions.translated(e);
        }
    }

    @Override
    protected void shutdownOutput() throws IOException {
        if (onPlatform) {
            platform.shutdownOutput();
            return;
        }
        try {
            connected().shutdownOutput();
        } catch (IOException | NotYetConnectedException e) {
            throw SocketImplExceptions.translated(e);
        }
    }

    @Override
    protected void close() throws IOException {
        PeriluneSocketChannel user;
        SocketListener listening;
        synchronized (lock) {
            closed = true;
            user = channel;
            listening = listener;
        }
        if (user != null) {
            shutDownBeforeClose(user);
            user.close();
        }
        if (listening != null) {
            listening.close();
        }
        SocketCleanup registered = cleanup;
        if (registered != null) {
            registered.cancel();
        }
        synchronized (lock) {
            closePlatform();
        }
    }

    /** As the JDK's: the peer reads the end, also where a close with unread bytes is a reset; not if linger asks for that. */
    private static void shutDownBeforeClose(PeriluneSocketChannel user) throws IOException {
        try {
            if (user.isConnected() && user.getOption(StandardSocketOptions.SO_LINGER) != 0) {
                user.shutdownOutput();
            }
        } catch (ClosedChannelException | NotYetConnectedException | SocketException e) {
            return; // there is nothing left to shut down
        }
    }

    private void ensureOpen() throws SocketException {
        if (closed) {
            throw new SocketException("Socket closed");
        }
    }

    // ---- Options ----

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        if (!captured || onPlatform) {
            return platform.supportedOptions();
        }
        Set<SocketOption<?>> both = new HashSet<>(platform.supportedOptions());
        // Servers' too: a ServerSocket hands on an option, as IP_TOS, that a ServerSocketChannel does not have.
        both.retainAll(SocketOptionTable.ofSockets(source));
        return both;
    }

    @Override
    protected <T> void setOption(SocketOption<T> name, T value) throws IOException {
        if (onPlatform) {
            platform.setOption(name, value);
            return;
        }
        SocketOptionTable.check(name, value, supportedOptions());
        set(name, value);
    }

    @Override
    protected <T> T getOption(SocketOption<T> name) throws IOException {
        if (onPlatform) {
            return platform.option(name);
        }
        SocketOptionTable.check(name, supportedOptions());
        return get(name);
    }

    private <T> void set(SocketOption<T> name, T value) throws IOException {
        PeriluneSocketChannel user = channel;
        try {
            if (user != null) {
                user.setOption(name, value);
                return;
            }
            synchronized (lock) {
                platform().setOption(name, value);
                options.put(name, value);
                if (listener != null) {
                    listener.option(name, value);
                }
            }
        } catch (ClosedChannelException e) {
            throw SocketImplExceptions.translated(e);
        }
    }

    private <T> T get(SocketOption<T> name) throws IOException {
        PeriluneSocketChannel user = channel;
        try {
            return user != null ? user.getOption(name) : platform().option(name);
        } catch (ClosedChannelException e) {
            throw SocketImplExceptions.translated(e);
        }
    }

    @Override
    public void setOption(int number, Object value) throws SocketException {
        if (number == SocketOptions.SO_TIMEOUT) {
            setTimeout(value);
        }
        try {
            if (number == SocketOptions.SO_TIMEOUT && (listener != null || channel != null)) {
                synchronized (lock) {
                    ensureOpen(); // as after a connect that failed, where java.net.Socket is not closed
                }
                return;
            }
            if (onPlatform || channel == null) {
                platform().setOption(number, value); // it checks, too
                if (onPlatform || number == SocketOptions.SO_TIMEOUT) {
                    return;
                }
                synchronized (lock) {
                    SocketOption<?> name = NumberedOptions.named(number, SocketOptionTable.ofSockets(source));
                    options.put(name, NumberedOptions.toValue(number, value));
                    if (listener != null) {
                        listener.option(name, NumberedOptions.toValue(number, value));
                    }
                }
            } else {
                NumberedOptions.set(channel, number, value);
            }
        } catch (IOException e) {
            throw SocketImplExceptions.asSocketException(e);
        }
    }

    private void setTimeout(Object value) throws SocketException {
        if (!(value instanceof Integer)) {
            throw new SocketException("Bad value for SO_TIMEOUT");
        }
        if ((Integer) value < 0) {
            throw new IllegalArgumentException("timeout < 0");
        }
        timeoutMs = (Integer) value;
    }

    @Override
    public Object getOption(int number) throws SocketException {
        try {
            if (number == SocketOptions.SO_TIMEOUT) {
                synchronized (lock) {
                    ensureOpen();
                }
                return timeoutMs;
            }
            return onPlatform || channel == null ? platform().option(number) : NumberedOptions.get(channel, number);
        } catch (IOException e) {
            throw SocketImplExceptions.asSocketException(e);
        }
    }
}
