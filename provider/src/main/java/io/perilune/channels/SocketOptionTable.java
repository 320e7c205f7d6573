package io.perilune.channels;

import io.perilune.tcp.TcpSocketOptions;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The options of Perilune's channels: those of the JDK's that {@link TcpSocketOptions} knows. Options are told apart by
 * name, so that jdk.net's need not be linked to: that module may be absent (D11). Any thread.
 */
final class SocketOptionTable {

    private static final int MAX_LINGER = 65535;
    private static final int MAX_KEEP_SECONDS = 32767;
    private static final int MAX_KEEP_COUNT = 127;

    /** RFC 3168 §5: not the user's. */
    private static final int ECN_BITS = 3;

    private static volatile Set<SocketOption<?>> ofSockets;
    private static volatile Set<SocketOption<?>> ofServers;

    private SocketOptionTable() {}

    /** Returns the options of socket channels. */
    static Set<SocketOption<?>> ofSockets(StackSource source) {
        Set<SocketOption<?>> set = ofSockets;
        if (set == null) {
            try (SocketChannel kernel = source.kernelProvider().openSocketChannel()) {
                set = known(kernel.supportedOptions());
            } catch (IOException e) {
                throw new IllegalStateException("the kernel's provider opens no socket to tell its options", e);
            }
            ofSockets = set;
        }
        return set;
    }

    /** Returns the options of server socket channels. */
    static Set<SocketOption<?>> ofServers(StackSource source) {
        Set<SocketOption<?>> set = ofServers;
        if (set == null) {
            try (ServerSocketChannel kernel = source.kernelProvider().openServerSocketChannel()) {
                set = known(kernel.supportedOptions());
            } catch (IOException e) {
                throw new IllegalStateException("the kernel's provider opens no socket to tell its options", e);
            }
            ofServers = set;
        }
        return set;
    }

    /** Returns the option of this name. */
    static SocketOption<?> named(String name, Set<SocketOption<?>> options) {
        for (SocketOption<?> option : options) {
            if (option.name().equals(name)) {
                return option;
            }
        }
        throw new UnsupportedOperationException("'" + name + "' not supported");
    }

    /** The checks of every setOption, before it is looked whether the channel is open. */
    static void check(SocketOption<?> name, Object value, Set<SocketOption<?>> supported) {
        check(name, supported);
        if (!name.type().isInstance(value)) {
            throw new IllegalArgumentException("Invalid value '" + value + "'");
        }
    }

    /** The checks of every getOption. */
    static void check(SocketOption<?> name, Set<SocketOption<?>> supported) {
        Objects.requireNonNull(name);
        if (!supported.contains(name)) {
            throw new UnsupportedOperationException("'" + name + "' not supported");
        }
    }

    /** Checks the value as the kernel and the JDK do. */
    static void checkRange(SocketOption<?> name, Object value) throws SocketException {
        switch (name.name()) {
            case "SO_SNDBUF":
            case "SO_RCVBUF":
                if ((Integer) value < 0) {
                    throw new IllegalArgumentException("Invalid send/receive buffer size");
                }
                break;
            case "IP_TOS":
                if ((Integer) value < 0 || (Integer) value > 255) {
                    throw new IllegalArgumentException("Invalid IP_TOS value");
                }
                break;
            case "TCP_KEEPIDLE":
            case "TCP_KEEPINTERVAL":
                checkKeep((Integer) value, MAX_KEEP_SECONDS);
                break;
            case "TCP_KEEPCOUNT":
                checkKeep((Integer) value, MAX_KEEP_COUNT);
                break;
            default:
                break;
        }
    }

    private static void checkKeep(int value, int max) throws SocketException {
        if (value < 1 || value > max) {
            throw new SocketException("Invalid argument");
        }
    }

    /** Returns the options with all these set. */
    static TcpSocketOptions replay(Map<SocketOption<?>, Object> values) {
        TcpSocketOptions options = new TcpSocketOptions();
        values.forEach((name, value) -> apply(options, name, value));
        return options;
    }

    /** Sets an option whose type and range were checked. */
    static void apply(TcpSocketOptions options, SocketOption<?> name, Object value) {
        switch (name.name()) {
            case "SO_SNDBUF" -> options.sendBuffer = (Integer) value;
            case "SO_RCVBUF" -> options.receiveBuffer = (Integer) value;
            case "SO_KEEPALIVE" -> options.keepAlive = (Boolean) value;
            case "SO_REUSEADDR" -> options.reuseAddress = (Boolean) value;
            case "SO_REUSEPORT" -> options.reusePort = (Boolean) value;
            case "SO_LINGER" -> options.linger = Math.max(-1, Math.min((Integer) value, MAX_LINGER));
            case "TCP_NODELAY" -> options.noDelay = (Boolean) value;
            case "IP_TOS" -> options.trafficClass = (Integer) value & ~ECN_BITS;
            case "SO_OOBINLINE" -> options.oobInline = (Boolean) value;
            case "TCP_QUICKACK" -> options.quickAck = (Boolean) value;
            case "TCP_KEEPIDLE" -> options.keepIdle = (Integer) value;
            case "TCP_KEEPINTERVAL" -> options.keepInterval = (Integer) value;
            case "TCP_KEEPCOUNT" -> options.keepCount = (Integer) value;
            default -> throw new UnsupportedOperationException("'" + name + "' not supported");
        }
    }

    /** Returns the value of an option; null if it is not one of {@link #apply}'s. */
    static Object read(TcpSocketOptions options, String name) {
        return switch (name) {
            case "SO_SNDBUF" -> options.sendBuffer;
            case "SO_RCVBUF" -> options.receiveBuffer;
            case "SO_KEEPALIVE" -> options.keepAlive;
            case "SO_REUSEADDR" -> options.reuseAddress;
            case "SO_REUSEPORT" -> options.reusePort;
            case "SO_LINGER" -> options.linger;
            case "TCP_NODELAY" -> options.noDelay;
            case "IP_TOS" -> options.trafficClass;
            case "SO_OOBINLINE" -> options.oobInline;
            case "TCP_QUICKACK" -> options.quickAck;
            case "TCP_KEEPIDLE" -> options.keepIdle;
            case "TCP_KEEPINTERVAL" -> options.keepInterval;
            case "TCP_KEEPCOUNT" -> options.keepCount;
            default -> null;
        };
    }

    private static Set<SocketOption<?>> known(Set<SocketOption<?>> all) {
        Set<SocketOption<?>> known = new HashSet<>();
        TcpSocketOptions sample = new TcpSocketOptions();
        for (SocketOption<?> option : all) {
            if (read(sample, option.name()) != null) {
                known.add(option);
            }
        }
        return Collections.unmodifiableSet(known);
    }
}
