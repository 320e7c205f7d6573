package io.perilune.channels;

import io.perilune.config.Privileged;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;

/**
 * Opens Perilune's channels for TCP over IP, and the kernel's for all else (UNIX sockets, datagrams, pipes, the
 * inherited channel). Any thread.
 */
public abstract class ChannelProvider extends SelectorProvider {

    /** Touches nothing: the JVM has no networking at all when its provider's constructor fails. */
    protected ChannelProvider() {}

    /** Returns the source of both worlds; called first when something is opened. */
    protected abstract StackSource source();

    @Override
    public final DatagramChannel openDatagramChannel() throws IOException {
        return source().kernelProvider().openDatagramChannel();
    }

    @Override
    public final DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
        return source().kernelProvider().openDatagramChannel(family);
    }

    @Override
    public final Pipe openPipe() throws IOException {
        return source().kernelProvider().openPipe();
    }

    @Override
    public final AbstractSelector openSelector() throws IOException {
        return new PeriluneSelector(this, source());
    }

    @Override
    public final ServerSocketChannel openServerSocketChannel() throws IOException {
        return new PeriluneServerSocketChannel(this, source(), defaultFamily());
    }

    @Override
    public final ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
        return isInternet(family)
                ? new PeriluneServerSocketChannel(this, source(), family)
                : source().kernelProvider().openServerSocketChannel(family);
    }

    @Override
    public final SocketChannel openSocketChannel() throws IOException {
        return new PeriluneSocketChannel(this, source(), defaultFamily());
    }

    @Override
    public final SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
        return isInternet(family)
                ? new PeriluneSocketChannel(this, source(), family)
                : source().kernelProvider().openSocketChannel(family);
    }

    @Override
    public final Channel inheritedChannel() throws IOException {
        return source().kernelProvider().inheritedChannel();
    }

    /** Both families, unless the JVM was told to do without IPv6. */
    private static ProtocolFamily defaultFamily() {
        return prefersIpv4() ? StandardProtocolFamily.INET : null;
    }

    /** The JDK's networking property: its channels are IPv4 sockets then. */
    private static boolean prefersIpv4() {
        return Privileged.get(() -> Boolean.getBoolean("java.net.preferIPv4Stack"));
    }

    private static boolean isInternet(ProtocolFamily family) {
        Objects.requireNonNull(family, "'family' is null");
        if (family == StandardProtocolFamily.INET6 && prefersIpv4()) {
            throw new UnsupportedOperationException("IPv6 not available");
        }
        return family == StandardProtocolFamily.INET || family == StandardProtocolFamily.INET6;
    }
}
