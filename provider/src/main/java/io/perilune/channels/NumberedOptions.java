package io.perilune.channels;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.Set;

/** The options of java.net.SocketOptions, which have numbers instead of names, as channels have them. */
final class NumberedOptions {

    private static final Map<Integer, String> NAMES = Map.of(
            SocketOptions.TCP_NODELAY, "TCP_NODELAY",
            SocketOptions.IP_TOS, "IP_TOS",
            SocketOptions.SO_REUSEADDR, "SO_REUSEADDR",
            SocketOptions.SO_REUSEPORT, "SO_REUSEPORT",
            SocketOptions.SO_LINGER, "SO_LINGER",
            SocketOptions.SO_SNDBUF, "SO_SNDBUF",
            SocketOptions.SO_RCVBUF, "SO_RCVBUF",
            SocketOptions.SO_KEEPALIVE, "SO_KEEPALIVE",
            SocketOptions.SO_OOBINLINE, "SO_OOBINLINE");

    private static final int NO_LINGER = -1;

    private NumberedOptions() {}

    /**
     * Returns the option that a number stands for.
     *
     * @throws SocketException if it stands for none
     */
    static SocketOption<?> named(int number, Set<SocketOption<?>> options) throws SocketException {
        String name = NAMES.get(number);
        if (name == null) {
            throw new SocketException("Unknown option " + number);
        }
        return SocketOptionTable.named(name, options);
    }

    /** Returns a numbered option's value as a channel's option has it. */
    static Object toValue(int number, Object value) {
        return number == SocketOptions.SO_LINGER && Boolean.FALSE.equals(value) ? NO_LINGER : value;
    }

    static void set(PeriluneSocketChannel channel, int number, Object value) throws IOException {
        Object converted = toValue(number, value);
        SocketOption<?> name = named(number, channel.supportedOptions());
        if (!name.type().isInstance(converted)) {
            throw new SocketException("Bad value for " + name.name());
        }
        if ((number == SocketOptions.SO_SNDBUF || number == SocketOptions.SO_RCVBUF) && (Integer) converted <= 0) {
            throw new SocketException(name.name() + " <= 0");
        }
        set(channel, name, converted);
    }

    private static <T> void set(PeriluneSocketChannel channel, SocketOption<T> name, Object value) throws IOException {
        channel.setOption(name, name.type().cast(value));
    }

    static Object get(PeriluneSocketChannel channel, int number) throws IOException {
        if (number == SocketOptions.SO_BINDADDR) {
            if (!channel.isOpen()) {
                throw new ClosedChannelException(); // and java.net.Socket says that it has the wildcard address
            }
            return channel.localAddress().getAddress();
        }
        Object value = channel.getOption(named(number, channel.supportedOptions()));
        return number == SocketOptions.SO_LINGER && value.equals(NO_LINGER) ? Boolean.FALSE : value;
    }
}
