package io.perilune;

import io.perilune.channels.ChannelProvider;
import io.perilune.channels.StackSource;

/**
 * The provider to name in the system property {@code java.nio.channels.spi.SelectorProvider}. Opens Perilune's channels
 * and selectors. Any thread.
 */
public final class PeriluneSelectorProvider extends ChannelProvider {

    /** Does nothing, so that it cannot fail: the stack starts when a channel first needs it. */
    public PeriluneSelectorProvider() {}

    @Override
    protected StackSource source() {
        return Bootstrap.stackSource();
    }
}
