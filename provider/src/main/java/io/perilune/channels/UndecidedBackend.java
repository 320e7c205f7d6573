package io.perilune.channels;

import io.perilune.loop.PortReservation;
import io.perilune.loop.ReadyListener;
import io.perilune.loop.UserStack;
import io.perilune.tcp.TcpSocketOptions;
import io.perilune.zerocopy.PacketBytes;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A socket that is not connected yet and may become either kind (D6). As soon as anything but connect is asked of it,
 * it holds a socket of the kernel, which answers for options, bind and registration as the JDK's would; if connect then
 * decides for the user-space stack, the options are replayed and that socket is given up.
 */
final class UndecidedBackend implements SocketBackend {

    /** How many ports that are free in the user-space stack are tried until one is free in the kernel too. */
    private static final int PORT_ATTEMPTS = 32;

    private final PeriluneSocketChannel channel;
    private final StackSource source;
    private final ProtocolFamily family;

    // The channel's decision lock guards what follows.
    private final Object lock;
    private final Map<SocketOption<?>, Object> options = new LinkedHashMap<>();
    private SocketChannel kernel;
    private PortReservation reservation;

    /** The port of the kernel's socket that is bound to the wildcard address: held in the user-space stack as well. */
    private PortReservation wildcardPort;

    private UserStack reservedIn;
    private boolean blocking = true;

    UndecidedBackend(PeriluneSocketChannel channel, StackSource source, ProtocolFamily family, Object lock) {
        this.channel = channel;
        this.source = source;
        this.family = family;
        this.lock = lock;
    }

    @Override
    public int read(ByteBuffer destination) throws IOException {
        Objects.requireNonNull(destination);
        throw notConnected();
    }

    @Override
    public long read(ByteBuffer[] destinations, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, destinations.length);
        throw notConnected();
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source);
        throw notConnected();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        throw notConnected();
    }

    @Override
    public boolean isZeroCopy() {
        return false;
    }

    @Override
    public int take(PacketBytes[] destinations, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, destinations.length);
        throw notConnected();
    }

    @Override
    public int write(PacketBytes[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        throw notConnected();
    }

    @Override
    public PacketBytes allocate() throws IOException {
        throw notConnected();
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        UserStack stack = source.stackOrNull();
        synchronized (lock) {
            if (isReplaced()) {
                channel.backend().bind(local);
                return;
            }
            if (reservation != null) {
                channel.ensureOpen();
                throw new AlreadyBoundException();
            }
            SocketChannel socket = kernel();
            if (stack != null && socket.getLocalAddress() == null) {
                InetSocketAddress address = local == null ? null : SocketAddresses.check(local, family);
                if (address == null || address.getAddress().isAnyLocalAddress()) {
                    bindInBoth(stack, address);
                    return;
                }
                if (stack.owns(address.getAddress())) {
                    SocketPermissions.checkListen(address.getPort());
                    reservation = reserve(stack, address, SocketOptionTable.replay(options));
                    reservedIn = stack;
                    return;
                }
            }
            socket.bind(local);
        }
    }

    /** The wildcard decides nothing yet: the port must be free in both worlds, or connect would find it taken. */
    private void bindInBoth(UserStack stack, InetSocketAddress wanted) throws IOException {
        if (wanted == null || wanted.getPort() == 0) {
            bindToCommonPort(stack, wanted == null ? new InetSocketAddress(0) : wanted);
            return;
        }
        kernel().bind(wanted);
        try {
            InetSocketAddress given = (InetSocketAddress) kernel.getLocalAddress();
            wildcardPort = reserve(stack, given, SocketOptionTable.replay(options));
        } catch (IOException e) {
            replaceKernel(); // bound in one world only is not bound
            throw e;
        }
    }

    /** The stack chooses: what the kernel has free may be full of connections here that ended a moment ago. */
    private void bindToCommonPort(UserStack stack, InetSocketAddress any) throws IOException {
        BindException taken = null;
        for (int attempt = 0; attempt < PORT_ATTEMPTS && wildcardPort == null; attempt++) {
            PortReservation port = reserve(stack, any, SocketOptionTable.replay(options));
            try {
                kernel().bind(port.local());
                wildcardPort = port;
            } catch (BindException e) {
                taken = e; // in use in the kernel: on to another
            } finally {
                if (wildcardPort == null) {
                    port.close();
                }
            }
        }
        if (wildcardPort == null) {
            throw taken;
        }
    }

    /** A bound socket cannot be bound again: gives it up for a new one with the same options. */
    private void replaceKernel() throws IOException {
        kernel.close();
        kernel = null;
        for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
            replay(option.getKey(), option.getValue());
        }
        channel.kernelPartReplaced();
    }

    private <T> void replay(SocketOption<T> name, Object value) throws IOException {
        kernel().setOption(name, name.type().cast(value));
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        return decide(remote, false).connect(remote);
    }

    @Override
    public void connect(SocketAddress remote, int timeoutMs) throws IOException {
        decide(remote, true).connect(remote, timeoutMs);
    }

    private SocketBackend decide(SocketAddress remote, boolean mustBlock) throws IOException {
        InetSocketAddress to = SocketAddresses.checkRemote(remote, family);
        SocketPermissions.checkConnect(to);
        InetAddress address = to.getAddress();
        if (mustBlock && !channel.isBlocking()) {
            throw new IllegalBlockingModeException(); // and nothing is decided: it may be connected later
        }
        channel.ensureOpenToConnect();
        UserStack stack = source.stackOrNull();
        boolean reaches = stack != null && stack.reaches(address);
        try {
            synchronized (lock) {
                if (isReplaced()) {
                    return channel.backend();
                }
                channel.ensureOpenToConnect();
                SocketBackend decided = reservation != null || (reaches && !isBoundToKernelAddress())
                        ? userBackend(reservation != null ? reservedIn : stack, to)
                        : new KernelBackend(channel, kernel());
                channel.become(decided);
                if (decided.userStack() == null && wildcardPort != null) {
                    wildcardPort.close();
                }
                if (decided.userStack() != null && kernel != null) {
                    kernel.close();
                }
                return decided;
            }
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private boolean isBoundToKernelAddress() throws IOException {
        InetSocketAddress local = kernel == null ? null : (InetSocketAddress) kernel.getLocalAddress();
        return local != null && !local.getAddress().isAnyLocalAddress();
    }

    private UserBackend userBackend(UserStack stack, InetSocketAddress destination) throws IOException {
        TcpSocketOptions replayed = SocketOptionTable.replay(options);
        PortReservation port = reservation != null ? reservation : wildcardPort;
        return new UserBackend(channel, stack, stack.openSocket(replayed, destination, port), port, family);
    }

    private PortReservation reserve(UserStack stack, InetSocketAddress local, TcpSocketOptions replayed)
            throws IOException {
        return stack.reserve(local, replayed, family == StandardProtocolFamily.INET);
    }

    @Override
    @SuppressWarnings("Finally") // an interrupt or a close says more than that nothing is pending
    public boolean finishConnect() throws IOException {
        channel.ensureOpenToConnect();
        boolean blocking = channel.isBlocking();
        if (blocking) {
            channel.beginBlocking();
        }
        try {
            channel.ensureOpen();
            throw new NoConnectionPendingException();
        } finally {
            if (blocking) {
                channel.endBlocking(false);
            }
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        throw notConnected();
    }

    @Override
    public void shutdownOutput() throws IOException {
        throw notConnected();
    }

    @Override
    public <T> void setOption(SocketOption<T> name, T value) throws IOException {
        synchronized (lock) {
            if (isReplaced()) {
                channel.backend().setOption(name, value);
                return;
            }
            kernel().setOption(name, value);
            options.put(name, value);
        }
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        synchronized (lock) {
            return isReplaced() ? channel.backend().getOption(name) : kernel().getOption(name);
        }
    }

    @Override
    public boolean isConnected() {
        return false;
    }

    @Override
    public boolean isConnectionPending() {
        return false;
    }

    @Override
    public boolean isInputShutdown() {
        return false;
    }

    @Override
    public boolean isOutputShutdown() {
        return false;
    }

    @Override
    public InetSocketAddress localAddress() {
        synchronized (lock) {
            if (reservation != null) {
                return reservation.local();
            }
            return kernel == null ? null : (InetSocketAddress) kernel.socket().getLocalSocketAddress();
        }
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return null;
    }

    @Override
    public void configureBlocking(boolean block) throws IOException {
        synchronized (lock) {
            blocking = block;
            if (kernel != null) {
                kernel.configureBlocking(block);
            }
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (lock) {
            if (reservation != null) {
                reservation.close();
            }
            if (wildcardPort != null) {
                wildcardPort.close();
            }
            if (kernel != null) {
                kernel.close();
            }
        }
    }

    @Override
    public void kill() {
        // The kernel's channel, if any, is on no selector either by now: it has ended itself.
    }

    @Override
    public int read(byte[] destination, int offset, int length, int timeoutMs) throws IOException {
        throw notConnected();
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        throw notConnected();
    }

    @Override
    public int available() throws IOException {
        throw notConnected();
    }

    @Override
    public void sendUrgentData(int data) throws IOException {
        throw notConnected();
    }

    @Override
    public int userReadyOps() {
        return 0;
    }

    @Override
    public UserStack userStack() {
        return null;
    }

    @Override
    public SelectableChannel kernelPart() throws IOException {
        synchronized (lock) {
            return isReplaced() ? channel.backend().kernelPart() : kernel();
        }
    }

    @Override
    public void keyAdded(PeriluneSelectionKey key) {}

    @Override
    public void keyRemoved(PeriluneSelectionKey key) {}

    @Override
    public JdkSelection selectedByJdk() throws IOException {
        if (reservation != null) {
            return JdkSelection.ofUser(channel, source.kernelProvider());
        }
        KernelBackend decided = new KernelBackend(channel, kernel());
        channel.become(decided);
        return decided.selectedByJdk();
    }

    @Override
    public void watchedBy(ReadyListener listener) {}

    @Override
    public String describe() {
        InetSocketAddress local = localAddress();
        return SocketChannel.class.getName() + "[unconnected" + (local == null ? "]" : " local=" + local + "]");
    }

    private boolean isReplaced() {
        return channel.backend() != this;
    }

    private SocketChannel kernel() throws IOException {
        synchronized (lock) {
            channel.ensureOpen();
            if (kernel == null) {
                SocketChannel opened = family == null
                        ? source.kernelProvider().openSocketChannel()
                        : source.kernelProvider().openSocketChannel(family);
                opened.configureBlocking(blocking);
                kernel = opened;
            }
            return kernel;
        }
    }

    private RuntimeException notConnected() throws ClosedChannelException {
        channel.ensureOpen();
        return new NotYetConnectedException();
    }
}
