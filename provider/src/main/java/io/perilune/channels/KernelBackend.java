package io.perilune.channels;

import io.perilune.loop.ReadyListener;
import io.perilune.loop.UserStack;
import io.perilune.zerocopy.PacketBytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;

/**
 * A socket of the kernel: a channel of the JDK's own, in the same blocking mode as ours, does everything. Locks,
 * checks, interrupts and asynchronous close are its; when an operation has closed it, ours is closed too.
 */
final class KernelBackend implements SocketBackend {

    private final PeriluneSocketChannel channel;
    private final SocketChannel kernel;

    private volatile InputStream input;
    private volatile OutputStream output;

    KernelBackend(PeriluneSocketChannel channel, SocketChannel kernel) {
        this.channel = channel;
        this.kernel = kernel;
    }

    @Override
    public int read(ByteBuffer destination) throws IOException {
        try {
            return kernel.read(destination);
        } catch (IOException e) {
            throw followed(e);
        }
    }

    @Override
    public long read(ByteBuffer[] destinations, int offset, int length) throws IOException {
        try {
            return kernel.read(destinations, offset, length);
        } catch (IOException e) {
            throw followed(e);
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        try {
            return kernel.write(source);
        } catch (IOException e) {
            throw followed(e);
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        try {
            return kernel.write(sources, offset, length);
        } catch (IOException e) {
            throw followed(e);
        }
    }

    @Override
    public boolean isZeroCopy() {
        return false;
    }

    @Override
    public int take(PacketBytes[] destinations, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, destinations.length);
        throw notHere();
    }

    @Override
    public int write(PacketBytes[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        throw notHere();
    }

    @Override
    public PacketBytes allocate() throws IOException {
        throw notHere();
    }

    private RuntimeException notHere() throws ClosedChannelException {
        channel.ensureOpen();
        return kernel.isConnected()
                ? new UnsupportedOperationException("a connection of the kernel's can only be read and written")
                : new NotYetConnectedException();
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        kernel.bind(local);
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        try {
            return kernel.connect(remote);
        } catch (IOException e) {
            throw followed(e);
        }
    }

    @Override
    public boolean finishConnect() throws IOException {
        try {
            return kernel.finishConnect();
        } catch (IOException e) {
            throw followed(e);
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        kernel.shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        kernel.shutdownOutput();
    }

    @Override
    public <T> void setOption(SocketOption<T> name, T value) throws IOException {
        kernel.setOption(name, value);
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return kernel.getOption(name);
    }

    @Override
    public boolean isConnected() {
        return kernel.isConnected();
    }

    @Override
    public boolean isConnectionPending() {
        return kernel.isConnectionPending();
    }

    @Override
    public boolean isInputShutdown() {
        return kernel.socket().isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
        return kernel.socket().isOutputShutdown();
    }

    @Override
    public InetSocketAddress localAddress() {
        return (InetSocketAddress) kernel.socket().getLocalSocketAddress();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return (InetSocketAddress) kernel.socket().getRemoteSocketAddress();
    }

    @Override
    public void configureBlocking(boolean block) throws IOException {
        kernel.configureBlocking(block);
    }

    @Override
    public void close() throws IOException {
        if (!channel.isWatchedByJdk()) {
            kernel.close();
        } else if (kernel.isConnected() && !isOutputShutdown()) {
            kernel.shutdownOutput(); // as the JDK's closes a channel that a Selector still knows
        }
    }

    @Override
    public void kill() {
        // If it was in a companion's Selector it has ended itself by now.
        try {
            kernel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public JdkSelection selectedByJdk() {
        return JdkSelection.ofKernel(kernel);
    }

    @Override
    public void watchedBy(ReadyListener listener) {}

    @Override
    public void connect(SocketAddress remote, int timeoutMs) throws IOException {
        try {
            kernel.socket().connect(remote, timeoutMs);
        } catch (IOException e) {
            throw followed(e);
        }
    }

    @Override
    public int read(byte[] destination, int offset, int length, int timeoutMs) throws IOException {
        Socket socket = kernel.socket();
        InputStream in = input;
        if (in == null) {
            if (!kernel.isOpen()) {
                throw new ClosedChannelException();
            }
            if (socket.isInputShutdown()) {
                return -1;
            }
            in = socket.getInputStream();
            input = in;
        }
        try {
            if (kernel.isOpen() && socket.getSoTimeout() != timeoutMs) {
                socket.setSoTimeout(timeoutMs);
            }
            return in.read(destination, offset, length);
        } catch (IOException e) {
            throw followed(e);
        }
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        OutputStream out = output;
        if (out == null) {
            if (!kernel.isOpen() || kernel.socket().isOutputShutdown()) {
                throw new ClosedChannelException();
            }
            out = kernel.socket().getOutputStream();
            output = out;
        }
        try {
            out.write(source, offset, length);
        } catch (IOException e) {
            throw followed(e);
        }
    }

    @Override
    public int available() throws IOException {
        InputStream in = input;
        if (in == null) {
            if (!kernel.isOpen()) {
                throw new ClosedChannelException();
            }
            if (kernel.socket().isInputShutdown()) {
                return 0;
            }
            in = kernel.socket().getInputStream();
            input = in;
        }
        return in.available();
    }

    @Override
    public void sendUrgentData(int data) throws IOException {
        try {
            kernel.socket().sendUrgentData(data);
        } catch (IOException e) {
            throw followed(e);
        }
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
    public SelectableChannel kernelPart() {
        return kernel;
    }

    @Override
    public void keyAdded(PeriluneSelectionKey key) {}

    @Override
    public void keyRemoved(PeriluneSelectionKey key) {}

    @Override
    public String describe() {
        return kernel.toString();
    }

    private IOException followed(IOException e) throws IOException {
        if (!kernel.isOpen()) {
            channel.close();
        }
        return e;
    }
}
