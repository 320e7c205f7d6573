package io.perilune.channels.asynchronous;

import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.IllegalChannelGroupException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;

/** Opens asynchronous channels over the channels of a selector provider. Any thread. */
public abstract class AsynchronousProvider extends AsynchronousChannelProvider {

    /** Guards the default group. */
    private final Object lock = new Object();

    private PeriluneAsynchronousChannelGroup defaultGroup;

    /** Touches nothing: a provider whose constructor fails leaves the JVM without asynchronous channels. */
    protected AsynchronousProvider() {}

    /** Returns where the channels and selectors beneath come from. Called when something is opened. */
    protected abstract SelectorProvider selectorProvider();

    @Override
    public final AsynchronousChannelGroup openAsynchronousChannelGroup(int threads, ThreadFactory factory)
            throws IOException {
        if (threads <= 0) {
            throw new IllegalArgumentException("'nThreads' must be > 0");
        }
        ExecutorService executor = Executors.newFixedThreadPool(threads, Objects.requireNonNull(factory));
        return PeriluneAsynchronousChannelGroup.fixed(
                this, executor, threads, selectorProvider().openSelector());
    }

    @Override
    public final AsynchronousChannelGroup openAsynchronousChannelGroup(ExecutorService executor, int initialSize)
            throws IOException {
        Objects.requireNonNull(executor, "'executor' is null");
        return growing(executor, initialSize);
    }

    private PeriluneAsynchronousChannelGroup growing(ExecutorService executor, int initialSize) throws IOException {
        // One thread selects and so many can run at once: more would only wait.
        int threads = Math.max(0, Math.min(initialSize, Runtime.getRuntime().availableProcessors()));
        return PeriluneAsynchronousChannelGroup.growing(
                this, executor, threads, selectorProvider().openSelector());
    }

    @Override
    public final AsynchronousServerSocketChannel openAsynchronousServerSocketChannel(AsynchronousChannelGroup group)
            throws IOException {
        PeriluneAsynchronousChannelGroup own = own(group);
        ServerSocketChannel channel = selectorProvider().openServerSocketChannel();
        channel.configureBlocking(false);
        return new PeriluneAsynchronousServerSocketChannel(own, channel);
    }

    @Override
    public final AsynchronousSocketChannel openAsynchronousSocketChannel(AsynchronousChannelGroup group)
            throws IOException {
        PeriluneAsynchronousChannelGroup own = own(group);
        SocketChannel channel = selectorProvider().openSocketChannel();
        channel.configureBlocking(false);
        return new PeriluneAsynchronousSocketChannel(own, channel);
    }

    private PeriluneAsynchronousChannelGroup own(AsynchronousChannelGroup group) throws IOException {
        if (group == null) {
            return defaultGroup();
        }
        if (!(group instanceof PeriluneAsynchronousChannelGroup) || group.provider() != this) {
            throw new IllegalChannelGroupException();
        }
        return (PeriluneAsynchronousChannelGroup) group;
    }

    private PeriluneAsynchronousChannelGroup defaultGroup() throws IOException {
        synchronized (lock) {
            if (defaultGroup == null) {
                DefaultThreadPool pool = DefaultThreadPool.ofTheSystemProperties();
                defaultGroup = growing(pool.executor(), pool.initialSize());
            }
            return defaultGroup;
        }
    }
}
