package io.perilune;

import io.perilune.channels.asynchronous.AsynchronousProvider;
import java.nio.channels.spi.SelectorProvider;

/**
 * The provider to name in the system property {@code java.nio.channels.spi.AsynchronousChannelProvider}. Opens
 * asynchronous socket channels in both worlds, and groups of them. Any thread.
 */
public final class PeriluneAsynchronousChannelProvider extends AsynchronousProvider {

    private static final SelectorProvider CHANNELS = new PeriluneSelectorProvider();

    /** Does nothing, so that it cannot fail: the stack starts when a channel first needs it. */
    public PeriluneAsynchronousChannelProvider() {}

    @Override
    protected SelectorProvider selectorProvider() {
        return CHANNELS;
    }
}
