package io.perilune.channels.asynchronous;

import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/** The options of asynchronous channels: fewer than those of the channels beneath. Any thread. */
final class AsynchronousOptions {

    /** What the JDK's asynchronous channels do not have: to linger is to wait. */
    private static final Set<String> NOT_THESE = Set.of("SO_LINGER", "IP_TOS", "SO_OOBINLINE");

    private AsynchronousOptions() {}

    /** Returns the options of an asynchronous channel over this one. */
    static Set<SocketOption<?>> of(NetworkChannel channel) {
        Set<SocketOption<?>> options = new HashSet<>(channel.supportedOptions());
        options.removeIf(option -> NOT_THESE.contains(option.name()));
        return Set.copyOf(options);
    }

    /** The checks of every setOption, before it is looked whether the channel is open. */
    static void check(SocketOption<?> name, Object value, Set<SocketOption<?>> supported) {
        check(name, supported);
        if (value == null) {
            throw new IllegalArgumentException("Invalid option value");
        }
    }

    /** The checks of every getOption. */
    static void check(SocketOption<?> name, Set<SocketOption<?>> supported) {
        Objects.requireNonNull(name);
        if (!supported.contains(name)) {
            throw new UnsupportedOperationException("'" + name + "' not supported");
        }
    }
}
