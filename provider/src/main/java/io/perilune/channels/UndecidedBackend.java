package io.perilune.channels;

import io.perilune.loop.PortReservation;
import io.perilune.loop.ReadyListener;
import io.perilune.loop.UserStack;
import io.perilune.tcp.TcpSocketOptions;
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

    /** How many ports that are free in the stack may be taken in the kernel, before the kernel alone is asked for one. */
    private static final int PORT_ATTEMPTS = 32;

    private final PeriluneSocketChannel channel;
    private final StackSource source;
    private final ProtocolFamily family;

    // The channel's decision lock guards what follows.
    private final Object lock;
    private final Map<SocketOption<?>, Object> options = new LinkedHashMap<>();
    private SocketChannel kernel;
    private PortReservation reservation;
    private UserStack reservedIn;
    /** Of the port that the kernel's socket has on the wildcard address, so that it is free in the stack too. */
    private PortReservation common;

    private UserStack commonIn;

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
                InetSocketAddress address =
                        local == null ? new InetSocketAddress(0) : SocketAddresses.check(local, family);
                if (address.getAddress().isAnyLocalAddress()
                        && address.getPort() == 0
                        && bindToCommonPort(stack, address.getAddress(), socket)) {
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

    /** In which world the port will be used, connect says: so it must be nobody's in both. */
    private boolean bindToCommonPort(UserStack stack, InetAddress wildcard, SocketChannel socket) throws IOException {
        for (int attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
            PortReservation port =
                    reserve(stack, new InetSocketAddress(wildcard, 0), SocketOptionTable.replay(options));
            boolean bound = false;
            try {
                socket.bind(port.local());
                bound = true;
                common = port;
                commonIn = stack;
                return true;
            } catch (BindException e) {
                // The kernel has it in use: on to another.
            } finally {
                if (!bound) {
                    port.close();
                }
            }
        }
        return false;
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        return decide(remote).connect(remote);
    }

    @Override
    public void connect(SocketAddress remote, int timeoutMs) throws IOException {
        decide(remote).connect(remote, timeoutMs);
    }

    private SocketBackend decide(SocketAddress remote) throws IOException {
        InetSocketAddress to = SocketAddresses.checkRemote(remote, family);
        SocketPermissions.checkConnect(to);
        InetAddress address = to.getAddress();
        channel.ensureOpen();
        UserStack stack = source.stackOrNull();
        boolean reaches = stack != null && stack.reaches(address);
        try {
            synchronized (lock) {
                if (isReplaced()) {
                    return channel.backend();
                }
                channel.ensureOpen();
                SocketBackend decided = reservation != null || (reaches && !isBoundToKernelAddress())
                        ? userBackend(reservation != null ? reservedIn : stack)
                        : new KernelBackend(channel, kernel());
                channel.become(decided);
                if (decided.userStack() == null) {
                    giveUpCommonPort();
                } else if (kernel != null) {
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

    private UserBackend userBackend(UserStack stack) throws IOException {
        TcpSocketOptions replayed = SocketOptionTable.replay(options);
        PortReservation port = reservation;
        if (port == null && commonIn == stack) {
            port = common;
            common = null;
        }
        if (port == null && kernel != null && kernel.getLocalAddress() != null) {
            port = reserve(stack, (InetSocketAddress) kernel.getLocalAddress(), replayed);
        }
        return new UserBackend(channel, stack, stack.openSocket(replayed), port, family);
    }

    private PortReservation reserve(UserStack stack, InetSocketAddress local, TcpSocketOptions replayed)
            throws IOException {
        return stack.reserve(local, replayed, family == StandardProtocolFamily.INET);
    }

    @Override
    public boolean finishConnect() throws IOException {
        channel.ensureOpen();
        throw new NoConnectionPendingException();
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
            giveUpCommonPort();
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

    private void giveUpCommonPort() {
        if (common != null) {
            common.close();
            common = null;
        }
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
