package io.perilune.channels;

import io.perilune.link.Sleeper;
import io.perilune.loop.UserStack;
import java.nio.channels.Selector;
import java.nio.channels.spi.SelectorProvider;

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
            return KERNEL_ONLY;
        }
    };

    private static final SelectorProvider KERNEL_ONLY = new TestProvider(null);

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
