package io.perilune.channels;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.util.Set;

/**
 * A SocketImpl of the JDK's own, whose methods are protected: reached as java.net's own classes do, which the agent has
 * opened to us. Any thread, as far as the JDK's allows it.
 */
final class PlatformSocket {

    private static final Methods METHODS = new Methods();

    private final SocketImpl impl;

    PlatformSocket(SocketImpl impl) {
        this.impl = impl;
    }

    /** The methods, found once. */
    private static final class Methods {
        final MethodHandle create = find("create", void.class, boolean.class);
        final MethodHandle connect = find("connect", void.class, SocketAddress.class, int.class);
        final MethodHandle bind = find("bind", void.class, InetAddress.class, int.class);
        final MethodHandle listen = find("listen", void.class, int.class);
        final MethodHandle accept = find("accept", void.class, SocketImpl.class);
        final MethodHandle inputStream = find("getInputStream", InputStream.class);
        final MethodHandle outputStream = find("getOutputStream", OutputStream.class);
        final MethodHandle available = find("available", int.class);
        final MethodHandle close = find("close", void.class);
        final MethodHandle shutdownInput = find("shutdownInput", void.class);
        final MethodHandle shutdownOutput = find("shutdownOutput", void.class);
        final MethodHandle sendUrgentData = find("sendUrgentData", void.class, int.class);
        final MethodHandle fileDescriptor = find("getFileDescriptor", FileDescriptor.class);
        final MethodHandle address = find("getInetAddress", InetAddress.class);
        final MethodHandle port = find("getPort", int.class);
        final MethodHandle localPort = find("getLocalPort", int.class);
        final MethodHandle setOption = find("setOption", void.class, SocketOption.class, Object.class);
        final MethodHandle option = find("getOption", Object.class, SocketOption.class);
        final MethodHandle supportedOptions = find("supportedOptions", Set.class);
        /** {@code (boolean server) -> SocketImpl}. */
        final MethodHandle platform = findPlatform();

        private static MethodHandle find(String name, Class<?> result, Class<?>... arguments) {
            try {
                return MethodHandles.privateLookupIn(SocketImpl.class, MethodHandles.lookup())
                        .findVirtual(SocketImpl.class, name, MethodType.methodType(result, arguments));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("java.net is closed to Perilune, or SocketImpl is another: " + e, e);
            }
        }

        private static MethodHandle findPlatform() {
            try {
                Class<?> type = Class.forName("sun.nio.ch.NioSocketImpl", false, null);
                return MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                        .findConstructor(type, MethodType.methodType(void.class, boolean.class))
                        .asType(MethodType.methodType(SocketImpl.class, boolean.class));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("the JDK's SocketImpl is not to be found: " + e, e);
            }
        }
    }

    /** Makes another of the JDK's. */
    static PlatformSocket open(boolean server) {
        try {
            return new PlatformSocket((SocketImpl) METHODS.platform.invokeExact(server));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    SocketImpl impl() {
        return impl;
    }

    void create(boolean stream) throws IOException {
        try {
            METHODS.create.invokeExact(impl, stream);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void connect(SocketAddress remote, int timeoutMs) throws IOException {
        try {
            METHODS.connect.invokeExact(impl, remote, timeoutMs);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void bind(InetAddress host, int port) throws IOException {
        try {
            METHODS.bind.invokeExact(impl, host, port);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void listen(int backlog) throws IOException {
        try {
            METHODS.listen.invokeExact(impl, backlog);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void accept(PlatformSocket accepted) throws IOException {
        try {
            METHODS.accept.invokeExact(impl, accepted.impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    InputStream inputStream() throws IOException {
        try {
            return (InputStream) METHODS.inputStream.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    OutputStream outputStream() throws IOException {
        try {
            return (OutputStream) METHODS.outputStream.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    int available() throws IOException {
        try {
            return (int) METHODS.available.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void close() throws IOException {
        try {
            METHODS.close.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void shutdownInput() throws IOException {
        try {
            METHODS.shutdownInput.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void shutdownOutput() throws IOException {
        try {
            METHODS.shutdownOutput.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    void sendUrgentData(int data) throws IOException {
        try {
            METHODS.sendUrgentData.invokeExact(impl, data);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    FileDescriptor fileDescriptor() {
        try {
            return (FileDescriptor) METHODS.fileDescriptor.invokeExact(impl);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    InetAddress address() {
        try {
            return (InetAddress) METHODS.address.invokeExact(impl);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    int port() {
        try {
            return (int) METHODS.port.invokeExact(impl);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    int localPort() {
        try {
            return (int) METHODS.localPort.invokeExact(impl);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    <T> void setOption(SocketOption<T> name, T value) throws IOException {
        try {
            METHODS.setOption.invokeExact(impl, (SocketOption<?>) name, (Object) value);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    @SuppressWarnings("unchecked") // as the option's type says
    <T> T option(SocketOption<T> name) throws IOException {
        try {
            return (T) METHODS.option.invokeExact(impl, (SocketOption<?>) name);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    @SuppressWarnings("unchecked")
    Set<SocketOption<?>> supportedOptions() {
        try {
            return (Set<SocketOption<?>>) (Set<?>) METHODS.supportedOptions.invokeExact(impl);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** The options with numbers are public in the JDK. */
    void setOption(int name, Object value) throws SocketException {
        impl.setOption(name, value);
    }

    Object option(int name) throws SocketException {
        return impl.getOption(name);
    }

    private static IOException thrown(Throwable e) {
        if (e instanceof IOException) {
            return (IOException) e;
        }
        throw unexpected(e);
    }

    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof RuntimeException) {
            return (RuntimeException) e;
        }
        if (e instanceof Error) {
            throw (Error) e;
        }
        return new IllegalStateException(e);
    }
}
