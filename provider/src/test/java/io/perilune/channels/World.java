package io.perilune.channels;

import io.perilune.config.Settings;
import io.perilune.link.Sleeper;
import io.perilune.loop.UserStack;
import java.nio.channels.Selector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Map;

/** A provider that the contracts are run against. The JDK's comes first: it proves the contracts themselves. */
enum World {
    JDK {
        @Override
        SelectorProvider provider() {
            return SelectorProvider.provider();
        }
    },
    PERILUNE_ON_THE_KERNEL {
        @Override
        SelectorProvider provider() {
            return Providers.KERNEL_ONLY;
        }
    },
    /** Connections between two ends in this JVM: 127.0.0.0/8 runs over the stack's loopback link. */
    PERILUNE_ON_ITS_LOOPBACK {
        @Override
        SelectorProvider provider() {
            return Providers.LOOPBACK;
        }
    };

    private static final class Providers {
        static final SelectorProvider KERNEL_ONLY = new TestProvider(null);
        static final SelectorProvider LOOPBACK =
                new TestProvider(UserStack.start(Settings.of(Map.of("link", "none", "loopback", "user")), null));
    }

    abstract SelectorProvider provider();

    /** Perilune's channels over the given stack, or over the kernel alone. */
    static final class TestProvider extends ChannelProvider implements StackSource {
        private final UserStack stack;

        TestProvider(UserStack stack) {
            this.stack = stack;
        }

        @Override
        protected StackSource source() {
            return this;
        }

        @Override
        public SelectorProvider kernelProvider() {
            return SelectorProvider.provider();
        }

        @Override
        public UserStack stackOrNull() {
            return stack;
        }

        @Override
        public int epollDescriptor(Selector kernelSelector) {
            return Sleeper.NO_DESCRIPTOR;
        }
    }
}
